import type { WorkerDeps } from "../../deps.ts";
import { dispatchAt, fail, PAYLOAD_GONE } from "../../domain/delivery/attempt.ts";
import {
  afterRelease,
  dispatchRefusal,
  RELEASED_AT_ONCE,
  releaseAll,
  resumeUnproven,
  startProbe,
} from "../../domain/delivery/connection-state.ts";
import { type ForEach, oneByOne } from "../../domain/for-each-concurrently.ts";
import { ARCHIVE_TTL } from "../../domain/limits.ts";
import type { ConnectionState } from "../../domain/records/connection-state.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import { deliveryJob } from "../../store/queues.ts";
import { updatePausedNotice } from "../notices/raise-notice.ts";
import { updateConnection } from "./record-outcome.ts";
import { recordDelivery, replaceDelivery } from "./update-delivery.ts";

/** Deliveries of a paused connection that are looked at: those that wait, or where none does the newest. */
const LOOKED_AT = 100;
/** Times that one probe looks at so many, at most, where none of them can be sent any more. */
const ROUNDS = 10;

/**
 * Works on the connections that are due. A paused one is probed with the delivery that has waited longest; one that
 * resumed releases its waiting deliveries. One that fails holds up no other. Returns how many it looked after.
 */
export async function probeConnections(
  deps: WorkerDeps,
  limit: number,
  forEach: ForEach = oneByOne,
): Promise<number> {
  const due = await deps.store.connections.pastDue(limit);
  const naming = { nameOf: ({ subscriptionId }: ConnectionState): string => subscriptionId };
  return await forEach(due, naming, async (state) => {
    const { subscriptionId } = state;
    await (state.pausedAt === null ? release(deps, state) : probe(deps, state)).catch((error: unknown) =>
      deps.log.error(
        { event: "connection.failed", err: error, subscriptionId },
        "Connection could not be looked after; the next sweep tries again",
      ),
    );
  });
}

/**
 * Ends the pause of a connection that may dispatch nothing any more. The next sweep releases its waiting deliveries,
 * and each fails with its reason.
 */
export async function releaseEnded(deps: WorkerDeps, subscriptionId: string): Promise<void> {
  const { before, after } = await updateConnection(deps, subscriptionId, (state) =>
    state.pausedAt === null ? state : releaseAll(state, deps.clock.now()),
  );
  // Also of one that is to be released: the process that resumed it may have died before its notice was resolved.
  if (after !== before || after.dueAt !== null) await updatePausedNotice(deps, after);
}

/** Says whether a connection's deliveries may still be dispatched at all. */
async function mayDispatch(deps: WorkerDeps, subscriptionId: string): Promise<boolean> {
  const subscription = await deps.store.catalog.findSubscription(subscriptionId);
  if (!subscription) return false;
  const repository = await deps.store.accounts.getRepository(subscription.repositoryId);
  return dispatchRefusal(subscription.status, repository) === null;
}

async function probe(deps: WorkerDeps, state: ConnectionState): Promise<void> {
  // Its approval may have ended in the moment of pausing.
  if (!(await mayDispatch(deps, state.subscriptionId))) return await releaseEnded(deps, state.subscriptionId);
  const taken = startProbe(state, deps.clock.now());
  if (!taken || !(await deps.store.connections.replace(state, taken))) return;
  const { subscriptionId } = state;
  // Told when it was paused, unless a crash came between.
  await updatePausedNotice(deps, taken);
  const oldest = await oldestWhole(deps, subscriptionId);
  if (oldest) {
    await deps.store.queues.enqueueDeliveries([{ ...deliveryJob(oldest), probe: true }]);
    deps.log.info(
      { event: "connection.probed", subscriptionId, deliveryId: oldest.deliveryId },
      "Connection probed",
    );
    return;
  }
  if (await isSomeRetried(deps, subscriptionId)) return;
  const { after } = await updateConnection(deps, subscriptionId, (one) =>
    one.pausedAt === null ? one : resumeUnproven(one, deps.clock.now()),
  );
  await updatePausedNotice(deps, after);
}

/**
 * Finds the delivery that waited longest and whose payload is still archived, as its age tells. What waited longer fails
 * here: a probe with it would ask GitHub nothing, so that those behind it would never have their turn.
 */
async function oldestWhole(deps: WorkerDeps, subscriptionId: string): Promise<Delivery | null> {
  const { deliveries } = deps.store;
  const now = deps.clock.now();
  for (let round = 0; round < ROUNDS; round++) {
    // The first one suffices, unless the connection was paused for very long.
    const limit = round === 0 ? 1 : LOOKED_AT;
    const waiting = await deliveries.parked(subscriptionId, limit);
    for (const one of waiting) {
      // The schedule may not read the archive.
      if (Date.parse(one.createdAt) + ARCHIVE_TTL > now) return one;
      const failed = fail(one, PAYLOAD_GONE, now);
      if (await replaceDelivery(deps, one, failed)) await recordDelivery(deps, failed, one);
    }
    if (waiting.length < limit) break;
  }
  return null;
}

/**
 * Returns whether a durable delivery of late is to be dispatched again before long, or a probe is on its way. Then
 * that one waits as well, and the next probe is made with it. Resuming meanwhile would use up an attempt of each
 * such delivery.
 */
async function isSomeRetried(deps: WorkerDeps, subscriptionId: string): Promise<boolean> {
  const newest = await deps.store.deliveries.newest(subscriptionId, LOOKED_AT);
  return newest.some(
    ({ durable, dueFor, attempts }) =>
      (durable !== null || attempts.at(-1)?.probe === true) &&
      (dueFor === "dispatch" || dueFor === "confirmation"),
  );
}

/** Releases what waited; what was set aside in the very moment of resuming is released two minutes later. */
async function release(deps: WorkerDeps, state: ConnectionState): Promise<void> {
  const { deliveries, queues, connections } = deps.store;
  const { subscriptionId } = state;
  // Resolved when it resumed, unless a crash came between.
  await updatePausedNotice(deps, state);
  const waiting = await deliveries.parked(subscriptionId, RELEASED_AT_ONCE);
  const now = deps.clock.now();
  for (const delivery of waiting) {
    // Moved by somebody else meanwhile, it does not wait any more.
    if (await replaceDelivery(deps, delivery, dispatchAt(delivery, now))) {
      await queues.enqueueDeliveries([deliveryJob(delivery)]);
    }
  }
  if (waiting.length > 0)
    deps.log.info(
      { event: "connection.released", subscriptionId, deliveries: waiting.length },
      "Waiting deliveries released",
    );
  await connections.replace(state, afterRelease(state, waiting.length, now));
}
