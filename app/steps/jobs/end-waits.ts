import type { WorkerDeps } from "../../deps.ts";
import { SECOND, timeShare } from "../../domain/clock.ts";
import { forEachConcurrently } from "../../domain/for-each-concurrently.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import { withDurableWork } from "../delivery/durable-work.ts";
import { handleOverdue } from "../delivery/handle-overdue.ts";
import type { RunLists } from "../delivery/see-runs.ts";
import { recordDelivery } from "../delivery/update-delivery.ts";
import { recordWorkFailure, sweepDeliveries } from "./work-delivery.ts";

/** Deliveries enqueued again by one sweep at most: those before them still wait in the queue. */
const MAX_ENQUEUED = 1000;
/** Repositories whose waits are ended at once, and the time that each may take. */
const AT_ONCE = 16;
const REPOSITORY_SHARE = 10 * SECOND;

/**
 * Works past-due deliveries, round by round, until none is left or the time is over. Enqueues those that are to be
 * dispatched, ends the waits of others, and records what failed just before its worker died. Returns how many it worked.
 */
export async function resumeDeliveries(deps: WorkerDeps, isTimeLeft: () => boolean): Promise<number> {
  const { deliveries } = deps.store;
  const lists: RunLists = new Map();
  let taken = 0;
  let enqueued = 0;
  for await (const due of deliveries.pastDue()) {
    const [toDispatch, waiting] = [
      due.filter(({ dueFor }) => dueFor === "dispatch").slice(0, MAX_ENQUEUED - enqueued),
      due.filter(({ dueFor }) => dueFor !== "dispatch"),
    ];
    await sweepDeliveries(deps, toDispatch);
    enqueued += toDispatch.length;
    const ended = await endWaits(deps, waiting, lists, isTimeLeft);
    taken += toDispatch.length + ended;
    if (!isTimeLeft()) break;
  }
  return taken;
}

/** Ends waits, some repositories at once and each within its share of the time. Returns how many it handled. */
async function endWaits(
  deps: WorkerDeps,
  waiting: readonly Delivery[],
  lists: RunLists,
  isTimeLeft: () => boolean,
): Promise<number> {
  const groups = Map.groupBy(waiting, ({ consumerRepositoryId }) => consumerRepositoryId).values();
  let handled = 0;
  await forEachConcurrently(groups, { atOnce: AT_ONCE, goesOn: isTimeLeft }, async (group) => {
    const ended = await endRepositoryWaits(deps, group, lists, isTimeLeft);
    handled += ended;
  });
  return handled;
}

/** Ends one repository's waits, the oldest first; one that cannot be ended holds up no other. */
async function endRepositoryWaits(
  deps: WorkerDeps,
  group: readonly Delivery[],
  lists: RunLists,
  isTimeLeft: () => boolean,
): Promise<number> {
  const isShareLeft = timeShare(deps.clock, REPOSITORY_SHARE);
  // The first asks for the runs of all: the list reaches back to the oldest dispatch.
  const oldestFirst = [...group].sort((a, b) => (dispatchedAt(a) < dispatchedAt(b) ? -1 : 1));
  let handled = 0;
  for (const delivery of oldestFirst) {
    if (!isShareLeft() || !isTimeLeft()) break;
    const { correlationId, deliveryId } = delivery;
    const ending = delivery.isFinalized
      ? recordDelivery(deps, delivery)
      : withDurableWork(deps, delivery.consumerOwnerId, () => handleOverdue(deps, delivery, lists));
    await ending.catch(async (error: unknown) => {
      deps.log.error(
        { event: "overdue.failed", err: error, correlationId, deliveryId },
        "Overdue delivery could not be handled; a later sweep tries again",
      );
      await recordWorkFailure(deps, delivery, error).catch((unrecorded: unknown) =>
        deps.log.error(
          { event: "overdue.failed", err: unrecorded, correlationId, deliveryId },
          "The failure of an overdue delivery could not be recorded",
        ),
      );
    });
    handled += 1;
  }
  return handled;
}

const dispatchedAt = ({ attempts }: Delivery): string => attempts[0]?.startedAt ?? "";
