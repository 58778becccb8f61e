import type { Delivery } from "./delivery.ts";

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
