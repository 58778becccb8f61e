import { isParked } from "../delivery/connection-state.ts";
import type { ConnectionState } from "../records/connection-state.ts";
import type { Delivery } from "../records/delivery.ts";
import type { StoredEvent } from "../records/run.ts";

/** Work that should have ended, or goes on only once somebody does something. */
export interface Stuck {
  kind: "delivery" | "event" | "job" | "dead-job" | "connection";
  /** The delivery's id, the run's, the job's, or the subscription's. */
  id: string;
  ownerId: string;
  /** The subject, such as a job's kind. */
  what: string;
  /** Since when, as ISO 8601. */
  since: string;
  failures: number;
  /** When it is tried again, as ISO 8601; null: never. */
  nextAt: string | null;
  /** The last failure, where it is known. */
  reason: string | null;
}

/** A job that was given up, as it is recorded for those who run the deployment. */
export interface DeadJob {
  kind: string;
  id: string;
  ownerId: string;
  at: string;
  failures: number;
}

/** Times that the sweep may enqueue work again before it counts as stuck: a queue that is behind is no fault. */
const PATIENCE = 2;

const goesItsWay = ({ failures = 0, enqueued = 0 }: { failures?: number; enqueued?: number }): boolean =>
  failures === 0 && enqueued < PATIENCE;

/** Returns a delivery as stuck work; null where it goes its way. One of a paused connection is not listed by itself. */
export function stuckDelivery(delivery: Delivery): Stuck | null {
  const { stall } = delivery;
  if (isParked(delivery) || !stall) return null;
  // The end of its wait may have ended the sweep, which counts like any other failure.
  const failures = stall.failures + (stall.ending?.times ?? 0);
  if (goesItsWay({ ...stall, failures })) return null;
  return {
    kind: "delivery",
    id: delivery.deliveryId,
    ownerId: delivery.consumerOwnerId,
    what: delivery.eventType,
    since: stall.since ?? stall.failedAt ?? delivery.createdAt,
    failures,
    nextAt: delivery.dueAt,
    reason: delivery.attempts.at(-1)?.failure?.reason ?? null,
  };
}

/** Returns an event whose routing is stuck; null where it goes its way. */
export function stuckEvent(event: StoredEvent): Stuck | null {
  if (goesItsWay(event)) return null;
  return {
    kind: "event",
    id: event.runId,
    ownerId: event.ownerId,
    what: event.run.path,
    since: event.receivedAt,
    failures: event.failures ?? 0,
    nextAt: event.dueAt ?? null,
    reason: null,
  };
}

/** A stored job, as far as it shows that it is stuck. */
interface WaitingJob {
  jobId: string;
  ownerId: string;
  job: { kind: string };
  writtenAt: string;
  enqueued: number;
  failures: number;
  dueAt?: string;
}

/** Returns a job as stuck work; null where it goes its way. */
export const stuckJob = (stored: WaitingJob): Stuck | null =>
  goesItsWay(stored)
    ? null
    : {
        kind: "job",
        id: stored.jobId,
        ownerId: stored.ownerId,
        what: stored.job.kind,
        since: stored.writtenAt,
        failures: stored.failures,
        nextAt: stored.dueAt ?? null,
        reason: null,
      };

/** Returns a job that was given up as stuck work. */
export const stuckDeadJob = ({ kind, id, ownerId, at, failures }: DeadJob): Stuck => ({
  kind: "dead-job",
  id,
  ownerId,
  what: kind,
  since: at,
  failures,
  nextAt: null,
  reason: null,
});

/** Returns a paused connection as stuck work. */
export const stuckConnection = (
  { subscriptionId, pausedAt, failures, dueAt, failure }: ConnectionState,
  ownerId: string,
): Stuck => ({
  kind: "connection",
  id: subscriptionId,
  ownerId,
  what: "paused",
  since: pausedAt ?? "",
  failures,
  nextAt: dueAt,
  reason: failure?.reason ?? null,
});
