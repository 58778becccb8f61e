import type { Delivery } from "./delivery.ts";

/** The rights of the requester of a replay: which side they may change. */
export interface Asker {
  changesConsumer: boolean;
  changesProvider: boolean;
}

/** The filter of a job: it selects a connection's deliveries. Times in ISO 8601, both included. */
export interface ReplayFilter {
  subscriptionId: string;
  from: string;
  to: string;
  statuses: Delivery["status"][];
}

/** A bulk replay, and how far it has come. */
export interface ReplayJob extends ReplayFilter {
  jobId: string;
  /** The consumer's owner, who groups the queue. */
  ownerId: string;
  /** True counts the deliveries it would replay, and replays none. */
  dryRun: boolean;
  requestedBy: string;
  /** Absent of jobs that were started before it was kept: those were a consumer's. */
  asker?: Asker;
  state: "running" | "done" | "cancelled";
  /** The cursor of the next page to examine; null at the start. */
  after: string | null;
  /** The number of deliveries read. */
  examined: number;
  /** The number of those that the filter selects. */
  matched: number;
  replayed: number;
  /** The number of the matched that could not be replayed, by reason. */
  refused: Record<string, number>;
  startedAt: string;
  updatedAt: string;
  version: number;
}
