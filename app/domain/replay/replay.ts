import { iso } from "../clock.ts";
import { dispatchAt } from "../delivery/attempt.ts";
import { newHistory } from "../delivery/new-history.ts";
import { startFields } from "../delivery/start.ts";
import { replayIdOf } from "../ids.ts";
import type { Delivery } from "../records/delivery.ts";
import type { ReplayFilter, ReplayJob } from "../records/replay-job.ts";
import type { Subscription } from "../records/subscription.ts";

/**
 * A new delivery of what another delivered: the same payload to the same consumer, as its subscription now is. Where a
 * repository changed hands since, it is its new owner's, who is asked and charged for it.
 */
export const replayOf = (
  original: Delivery,
  {
    deliveryId,
    subscription,
    now,
  }: {
    deliveryId: string;
    subscription: Pick<Subscription, "durable" | "start" | "ref" | "format" | "ownerId" | "providerOwnerId">;
    now: number;
  },
): Delivery => {
  // Troubles that the work on the original had are not the new one's.
  const { start: _, ref: __, format: ___, stall: ____, ...same } = original;
  return dispatchAt(
    {
      ...same,
      ...startFields(subscription),
      deliveryId,
      durable: subscription.durable,
      consumerOwnerId: subscription.ownerId,
      providerOwnerId: subscription.providerOwnerId,
      ...newHistory(now),
      replayOf: original.deliveryId,
    },
    now,
  );
};

/**
 * Returns whether a job replays a delivery: it has ended, and no other replay was made of it yet. One that the job made
 * itself is of a page that was cut off.
 *
 * @param deliveryId - of the replay that the job makes of it
 */
export const matches = (job: ReplayFilter, delivery: Delivery, deliveryId: string): boolean =>
  delivery.isFinalized &&
  (delivery.replayedBy === null || delivery.replayedBy === deliveryId) &&
  job.statuses.includes(delivery.status);

/** Returns whether a job has made a delivery, by whatever clock: that is no part of what it replays. */
export const isMadeBy = ({ jobId }: Pick<ReplayJob, "jobId">, { deliveryId, replayOf }: Delivery): boolean =>
  replayOf !== null && deliveryId === replayIdOf(jobId, replayOf);

/** The result of one page of a job. */
export interface ReplayPage {
  examined: number;
  matched: number;
  replayed: number;
  refused: readonly string[];
  /** Where the next page begins; null where there is none. */
  next: string | null;
  /** True where the job may not go on. */
  stopped?: boolean;
}

/** A job after one more page. */
export function afterPage(job: ReplayJob, page: ReplayPage, now: number): ReplayJob {
  const refused = { ...job.refused };
  for (const reason of page.refused) refused[reason] = (refused[reason] ?? 0) + 1;
  return {
    ...job,
    state: page.stopped ? "cancelled" : page.next === null ? "done" : "running",
    after: page.next,
    examined: job.examined + page.examined,
    matched: job.matched + page.matched,
    replayed: job.replayed + page.replayed,
    refused,
    updatedAt: iso(now),
  };
}
