import type { Trace } from "./event.ts";
import type { DurableSettings, StartChoice } from "./subscription.ts";

/** The status of a delivery, as every list shows it. */
export type DeliveryStatus = "Pending" | "Dispatched" | "Confirmed" | "Completed" | "Failed";

/** The stage that a delivery failed at. */
export type FailureStage = "before-github" | "github" | "confirmation" | "completion" | "conclusion";

/** The cause of a failure. */
export type FailureKind =
  | "service-unavailable"
  | "timeout"
  | "auth"
  | "rate-limit"
  | "not-found"
  | "payload"
  | "network"
  | "startup-failure"
  | "consumer"
  /** An error of Zekt's own. */
  | "internal";

/** The failure of an attempt, or of a whole delivery. */
export interface Failure {
  stage: FailureStage;
  kind: FailureKind;
  /** Says what happened and, where somebody can fix it, how. Holds no payload and no token. */
  reason: string;
  /** GitHub's status, where it answered. */
  status: number | null;
}

/** GitHub's answer to a dispatch, as far as it is stored. It is shown for as long as the payload. */
export interface ReceivedResponse {
  /** The headers that say something of the request, by lower-case name. */
  headers: Record<string, string>;
  /** The beginning of the body; null where there was none. */
  body: string | null;
}

/** One dispatch, or the attempt at it. */
export interface Attempt {
  number: number;
  startedAt: string;
  /** The worker that leased it; null where the outcome is in. */
  holder: string | null;
  endedAt: string | null;
  /** GitHub's status; null where it never answered or the answer was not recorded. */
  status: number | null;
  outcome: "leased" | "dispatched" | "failed" | "unknown";
  /** True where an earlier attempt may have arrived, and no run of it is known to have failed. */
  possibleDuplicate: boolean;
  /** The run that GitHub's answer named; absent where it named none. */
  runId?: string;
  /** True where it probed a paused connection: it uses up none of the delivery's attempts. */
  probe?: true;
  /** Times that GitHub was asked for its run, and knew none; absent where its answer is known. */
  looks?: number;
  /** GitHub's answer; absent where none came, and from attempts older than this field. */
  response?: ReceivedResponse;
  failure: Failure | null;
}

/** Tries to work on a delivery that came to nothing, since its last attempt. */
export interface Stall {
  /** The first time that the sweep enqueued it, since it last waited for something else; null: not yet. */
  since: string | null;
  /** Times that the sweep enqueued it since then. */
  enqueued: number;
  failures: number;
  failedAt: string | null;
  /** The sweep began to end its wait so many times, last then, and its worker ended of it each time. */
  ending?: { times: number; at: string } | null;
}

/** The run of a consumer's workflow that took a delivery on. */
export interface Owner {
  workflow: string;
  runId: string;
  runAttempt: number;
  /** The job that confirmed it; absent where no token named one. */
  jobId?: string;
  confirmedAt: string | null;
  completedAt: string | null;
  conclusion: string | null;
  /** `run-id`: GitHub named the run in its answer to the dispatch. */
  via: "run-id" | "action" | "run-name" | "inferred";
  /** Runs of the same workflow that came for it too and were told so. */
  duplicates: string[];
}

/** The provider as a delivery shows it to the consumer; frozen when the delivery was made. */
export interface Source {
  serviceId: string;
  slug: string;
  /** The provider's login, or the alias. */
  provider: string;
  /** `owner/name`, or the alias. */
  repo: string;
  /** Fields of `workflow_run` that travel. */
  runFields: string[];
}

/** One event or message on its way to one subscription. */
export interface Delivery extends StartChoice {
  deliveryId: string;
  eventId: string;
  messageId: string | null;
  /** True for a test of the subscription; absent from deliveries older than test events. */
  isTest?: boolean;
  subscriptionId: string;
  /** The provider run's id: several deliveries share it. */
  correlationId: string;
  eventType: string;
  providerRepositoryId: string;
  providerOwnerId: string;
  consumerRepositoryId: string;
  consumerOwnerId: string;
  /** The workflow whose result counts, where the subscription names one. */
  workflow: string | null;
  source: Source;
  messageAttempt: number | null;
  /**
   * Says that its message is encrypted, and whether its consumer is among the recipients; `late` where it was not, when
   * the message was sent. Absent: the message is plain text, or there is none.
   */
  shield?: "recipient" | "late";
  /** The key of the joined payload in the archive. */
  archiveKey: string;
  trace: Trace;
  durable: DurableSettings | null;
  status: DeliveryStatus;
  isFinalized: boolean;
  attempts: Attempt[];
  /** The run that took it on, by workflow path. */
  owners: Record<string, Owner>;
  /** The workflow whose run was first, and whose result counts where the subscription names none. */
  firstOwner: string | null;
  confirmationAttempts: number;
  /** Runs that may be this delivery's or another's: nothing told them apart. */
  ambiguousRuns: string[];
  /** Attempts of runs that failed and gave it up, so that it was dispatched again: `run/attempt`. */
  releasedRuns: string[];
  failure: Failure | null;
  replayOf: string | null;
  replayedBy: string | null;
  /** The end of the provider's run, as GitHub says; absent from deliveries older than this field. */
  runEndedAt?: string;
  createdAt: string;
  dispatchedAt: string | null;
  confirmedAt: string | null;
  completedAt: string | null;
  conclusion: string | null;
  /** The outstanding work: a dispatch, or the end of a wait for the consumer; null: none. */
  dueFor: "dispatch" | "confirmation" | "completion" | null;
  /** Not to be dispatched before this moment. */
  notBefore: string | null;
  /** The moment that its consumer's budget has reserved for it; null where none is. */
  slotAt: string | null;
  /** The time it was parked until its paused connection resumes; null: not parked. */
  parkedAt: string | null;
  /**
   * The time the sweep takes it up; null: never, as nothing is outstanding. One that failed is due until its
   * figures are recorded and its notice is raised.
   */
  dueAt: string | null;
  /** Absent or null where it was worked on without trouble. */
  stall?: Stall | null;
  /** Counts the writes, so that each is conditional on the one before. */
  version: number;
}
