import type { WorkerDeps } from "../../deps.ts";
import { iso, SECOND, timeShare } from "../../domain/clock.ts";
import {
  beginEnding,
  diedOfEnding,
  endEnding,
  giveUp,
  isDeadly,
  isEndless,
  mayEndNow,
  recordEnqueued,
} from "../../domain/delivery/stall.ts";
import { forEachConcurrently, forEachFairly } from "../../domain/for-each-concurrently.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import { ENDING_WAITS } from "../../store/fact-kinds.ts";
import { deliveryJob } from "../../store/queues.ts";
import { withDurableWork } from "../delivery/durable-work.ts";
import { handleOverdue } from "../delivery/handle-overdue.ts";
import { RunLists } from "../delivery/see-runs.ts";
import { recordDelivery, replaceDelivery } from "../delivery/update-delivery.ts";
import { buryDelivery, recordWorkFailure } from "./handle-message.ts";

/** Deliveries enqueued again by one sweep at most: those before them still wait in the queue. */
const MAX_ENQUEUED = 1000;
/** Deliveries that the sweep writes at once. */
const WRITES_AT_ONCE = 16;
/** Repositories whose waits are ended at once, of one owner too, and the time that each may take. */
const AT_ONCE = 16;
const OF_ONE_OWNER = 4;
const REPOSITORY_SHARE = 10 * SECOND;

/**
 * Works past-due deliveries, round by round, until none is left or the time is over. Enqueues those that are to be
 * dispatched, ends the waits of others, and records what failed just before its worker died. Returns how many it worked.
 */
export async function resumeDeliveries(deps: WorkerDeps, isTimeLeft: () => boolean): Promise<number> {
  const { deliveries, facts } = deps.store;
  const lists = new RunLists();
  let taken = 0;
  let enqueued = 0;
  let mode: Mode | null = null;
  try {
    for await (const due of deliveries.pastDue()) {
      const [toDispatch, waiting] = [
        due.filter(({ dueFor }) => dueFor === "dispatch").slice(0, MAX_ENQUEUED - enqueued),
        due.filter((one) => one.dueFor !== "dispatch" && mayEndNow(one, deps.clock.now())),
      ];
      await sweepDeliveries(deps, toDispatch, isTimeLeft);
      enqueued += toDispatch.length;
      taken += toDispatch.length;
      if (waiting.length > 0) {
        mode ??= await beginEndingWaits(deps);
        taken += await endWaits(deps, waiting, lists, { mode, isTimeLeft });
      }
      if (!isTimeLeft()) break;
    }
  } finally {
    // Left where this process dies meanwhile.
    if (mode !== null) await facts.remove(ENDING_WAITS.of());
  }
  return taken;
}

/**
 * Enqueues deliveries that are past due; each is due again after a wait, should this come to nothing. One that was
 * enqueued for 14 days and ended its workers each time is dead.
 */
export async function sweepDeliveries(
  deps: WorkerDeps,
  due: readonly Delivery[],
  isTimeLeft: () => boolean,
): Promise<void> {
  const now = deps.clock.now();
  const marked: Delivery[] = [];
  const sweepOne = async (delivery: Delivery): Promise<void> => {
    if (isEndless(delivery, now)) await buryDelivery(deps, delivery, giveUp(delivery, now));
    else if (await replaceDelivery(deps, delivery, recordEnqueued(delivery, now))) marked.push(delivery);
  };
  await forEachConcurrently(due, { atOnce: WRITES_AT_ONCE, goesOn: isTimeLeft }, async (delivery) => {
    const { correlationId, deliveryId } = delivery;
    await sweepOne(delivery).catch((error: unknown) =>
      deps.log.error(
        { event: "overdue.failed", err: error, correlationId, deliveryId },
        "Overdue delivery could not be enqueued; the next sweep tries again",
      ),
    );
  });
  await deps.store.queues.enqueueDeliveries(marked.map(deliveryJob));
}

/** The way in which waits are ended. `careful`: one after the other, each marked before, to find the one that kills. */
type Mode = "swift" | "careful";

interface Ending {
  mode: Mode;
  isTimeLeft: () => boolean;
}

/** Records that waits are being ended. Where that is recorded already, the sweep before died of one of them. */
async function beginEndingWaits(deps: WorkerDeps): Promise<Mode> {
  const { won } = await deps.store.facts.claim(ENDING_WAITS.of(), { at: iso(deps.clock.now()) });
  return won ? "swift" : "careful";
}

/** Ends waits, some repositories at once and each within its share of the time. Returns how many it handled. */
async function endWaits(
  deps: WorkerDeps,
  waiting: readonly Delivery[],
  lists: RunLists,
  ending: Ending,
): Promise<number> {
  const groups = Map.groupBy(waiting, ({ consumerRepositoryId }) => consumerRepositoryId).values();
  const atOnce = ending.mode === "careful" ? 1 : AT_ONCE;
  let handled = 0;
  const ownerOf = (group: readonly Delivery[]): string => group[0]?.consumerOwnerId ?? "";
  const fairly = { atOnce, most: Math.min(atOnce, OF_ONE_OWNER), ownerOf, goesOn: ending.isTimeLeft };
  await forEachFairly(groups, fairly, async (group) => {
    const ended = await endRepositoryWaits(deps, group, lists, ending);
    handled += ended;
  });
  return handled;
}

/** Ends one repository's waits, the oldest first; one that cannot be ended holds up no other. */
async function endRepositoryWaits(
  deps: WorkerDeps,
  group: readonly Delivery[],
  lists: RunLists,
  { mode, isTimeLeft }: Ending,
): Promise<number> {
  const isShareLeft = timeShare(deps.clock, REPOSITORY_SHARE);
  // The first asks for the runs of all: the list reaches back to the oldest dispatch.
  const oldestFirst = [...group].sort((a, b) => (dispatchedAt(a) < dispatchedAt(b) ? -1 : 1));
  let handled = 0;
  for (const delivery of oldestFirst) {
    if (!isShareLeft() || !isTimeLeft()) break;
    const { correlationId, deliveryId } = delivery;
    const isMarked = mode === "careful" || diedOfEnding(delivery);
    const ending = isMarked ? endMarked(deps, delivery, lists) : endWait(deps, delivery, lists);
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

/** Ends a delivery's wait, or records what failed just before its worker died. */
async function endWait(deps: WorkerDeps, delivery: Delivery, lists: RunLists): Promise<void> {
  if (delivery.isFinalized) return await recordDelivery(deps, delivery);
  await withDurableWork(deps, delivery.consumerOwnerId, () => handleOverdue(deps, delivery, lists));
}

/** Marks a delivery, and ends its wait. One of which the sweep died ten times is given up. */
async function endMarked(deps: WorkerDeps, delivery: Delivery, lists: RunLists): Promise<void> {
  const now = deps.clock.now();
  if (isDeadly(delivery)) return void (await buryDelivery(deps, delivery, giveUp(delivery, now)));
  const marked = beginEnding(delivery, now);
  if (!(await replaceDelivery(deps, delivery, marked))) return;
  try {
    await endWait(deps, { ...marked, version: delivery.version + 1 }, lists);
  } finally {
    const current = await deps.store.deliveries.get(delivery.deliveryId);
    if (current && endEnding(current) !== current) await replaceDelivery(deps, current, endEnding(current));
  }
}

const dispatchedAt = ({ attempts }: Delivery): string => attempts[0]?.startedAt ?? "";
