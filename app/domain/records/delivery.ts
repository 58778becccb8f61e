import type { Trace } from "./event.ts";
import type { DurableSettings } from "./subscription.ts";

export type DeliveryStatus = "Pending" | "Dispatched" | "Confirmed" | "Completed" | "Failed";

/** Where a delivery failed. */
export type FailureStage = "before-github" | "github" | "confirmation" | "completion" | "conclusion";

/** What kind of failure it was. */
export type FailureKind =
  | "service-unavailable"
  | "timeout"
  | "auth"
  | "rate-limit"
  | "not-found"
  | "payload"
  | "network"
  | "consumer";

export interface Failure {
  stage: FailureStage;
  kind: FailureKind;
  /** What happened and, where somebody can mend it, how. Holds no payload and no token. */
  reason: string;
  /** GitHub's status, where it answered. */
  status: number | null;
}

/** One `repository_dispatch`, or the attempt at it. */
export interface Attempt {
  number: number;
  startedAt: string;
  /** The worker that leased it; null where the outcome is in. */
  holder: string | null;
  endedAt: string | null;
  /** GitHub's status; null where it never answered or the answer was not recorded. */
  status: number | null;
  outcome: "leased" | "dispatched" | "failed" | "unknown";
  /** True where an earlier attempt may have reached GitHub unrecorded. */
  possibleDuplicate: boolean;
  failure: Failure | null;
}

/** The run of a consumer's workflow that took a delivery on. */
export interface Owner {
  workflow: string;
  runId: string;
  runAttempt: number;
  confirmedAt: string | null;
  completedAt: string | null;
  conclusion: string | null;
  via: "action" | "run-name" | "inferred";
  /** Runs of the same workflow that came for it too and were told so. */
  duplicates: string[];
}

/** How a delivery presents its provider to the consumer; frozen when it was made. */
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

export interface Delivery {
  deliveryId: string;
  eventId: string;
  messageId: string | null;
  /** Whether somebody made it to try the subscription; left out of those made before there were tests. */
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
  /** Where the joined payload is archived. */
  archiveKey: string;
  trace: Trace;
  durable: DurableSettings | null;
  status: DeliveryStatus;
  isFinalized: boolean;
  attempts: Attempt[];
  /** By workflow path, the run that took it on. */
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
  /** When the provider's run ended, as GitHub says; left out of those made before it was kept. */
  runEndedAt?: string;
  createdAt: string;
  dispatchedAt: string | null;
  confirmedAt: string | null;
  completedAt: string | null;
  conclusion: string | null;
  /** What is outstanding: a dispatch, or the end of a wait for the consumer. Null when nothing is. */
  dueFor: "dispatch" | "confirmation" | "completion" | null;
  /** Not to be dispatched before this moment. */
  notBefore: string | null;
  /** The moment that its consumer's budget has reserved for it; null where none is. */
  slotAt: string | null;
  /** Since when it waits for its paused connection to resume; null where it does not. */
  parkedAt: string | null;
  /** When the sweep looks after it; null when nothing is outstanding. */
  dueAt: string | null;
  /** Counts the writes, so that each is conditional on the one before. */
  version: number;
}
