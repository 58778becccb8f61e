import type { DurableSettings } from "../catalog/catalog.ts";
import { iso } from "../clock.ts";
import { dispatchAt } from "../delivery/attempt.ts";
import type { Delivery } from "../delivery/delivery.ts";

/** A new delivery of what another delivered: the same payload to the same consumer, as its subscription now is. */
export const replayOf = (
  original: Delivery,
  { deliveryId, durable, now }: { deliveryId: string; durable: DurableSettings | null; now: number },
): Delivery =>
  dispatchAt(
    {
      ...original,
      deliveryId,
      durable,
      status: "Pending",
      isFinalized: false,
      attempts: [],
      owners: {},
      firstOwner: null,
      confirmationAttempts: 0,
      ambiguousRuns: [],
      releasedRuns: [],
      failure: null,
      replayOf: original.deliveryId,
      replayedBy: null,
      createdAt: iso(now),
      dispatchedAt: null,
      confirmedAt: null,
      completedAt: null,
      conclusion: null,
      version: 1,
    },
    now,
  );

/** Which of a connection's deliveries a job replays. Moments in ISO 8601, both included. */
export interface ReplayFilter {
  subscriptionId: string;
  from: string;
  to: string;
  statuses: Delivery["status"][];
}

/** A bulk replay, and how far it has come. */
export interface ReplayJob extends ReplayFilter {
  jobId: string;
  /** The consumer's owner: what groups the queue. */
  ownerId: string;
  /** Counts what it would replay, and replays nothing. */
  dryRun: boolean;
  requestedBy: string;
  state: "running" | "done" | "cancelled";
  /** Where to go on; null at the start. */
  after: string | null;
  /** Deliveries looked at. */
  examined: number;
  /** Of those, how many the filter takes. */
  matched: number;
  replayed: number;
  /** Of the matched, how many could not be replayed, by reason. */
  refused: Record<string, number>;
  startedAt: string;
  updatedAt: string;
  version: number;
}

/** Whether a job takes a delivery: only what has ended, and what no replay was made of yet. */
export const matches = (job: ReplayFilter, delivery: Delivery): boolean =>
  delivery.isFinalized && delivery.replayedBy === null && job.statuses.includes(delivery.status);

/** What came of one page of a job. */
export interface ReplayPage {
  examined: number;
  matched: number;
  replayed: number;
  refused: readonly string[];
  /** Where the next page begins; null where there is none. */
  next: string | null;
}

/** A job after one more page. */
export function afterPage(job: ReplayJob, page: ReplayPage, now: number): ReplayJob {
  const refused = { ...job.refused };
  for (const reason of page.refused) refused[reason] = (refused[reason] ?? 0) + 1;
  return {
    ...job,
    state: page.next === null ? "done" : "running",
    after: page.next,
    examined: job.examined + page.examined,
    matched: job.matched + page.matched,
    replayed: job.replayed + page.replayed,
    refused,
    updatedAt: iso(now),
  };
}
