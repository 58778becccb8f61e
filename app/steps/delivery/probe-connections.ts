import type { Zekt } from "../../deps.ts";
import { dispatchAt } from "../../domain/delivery/attempt.ts";
import {
  type ConnectionState,
  letOut,
  resumeUnproven,
  takeProbe,
} from "../../domain/delivery/connection-state.ts";
import { jobOf } from "../intake/route.ts";
import { tellPaused } from "../notices/tell.ts";
import { changeConnection } from "./note-outcome.ts";
import { replaceDelivery } from "./replace-delivery.ts";

/** How many deliveries that waited are let out at once; each still asks its consumer's budget. */
const LET_OUT_AT_ONCE = 500;

/**
 * Looks after connections that are due: a paused one is probed with the delivery that has waited
 * longest, and one that resumed has what waited let out. Returns how many it looked after.
 */
export async function probeConnections(zekt: Zekt, limit: number): Promise<number> {
  const due = await zekt.store.connections.pastDue(limit);
  for (const state of due) await (state.pausedAt === null ? release(zekt, state) : probe(zekt, state));
  return due.length;
}

async function probe(zekt: Zekt, state: ConnectionState): Promise<void> {
  const taken = takeProbe(state, zekt.clock.now());
  if (!taken || !(await zekt.store.connections.replace(state, taken))) return;
  const { subscriptionId } = state;
  // Told when it was paused, unless a crash came between.
  await tellPaused(zekt, taken);
  const [oldest] = await zekt.store.deliveries.parked(subscriptionId, 1);
  if (oldest) {
    await zekt.store.queues.enqueueDeliveries([{ ...jobOf(oldest), probe: true }]);
    zekt.log.info({ subscriptionId, deliveryId: oldest.deliveryId }, "connection probed");
    return;
  }
  const { after } = await changeConnection(zekt, subscriptionId, (one) =>
    one.pausedAt === null ? one : resumeUnproven(one),
  );
  await tellPaused(zekt, after);
}

/** Lets out what waited; what was set aside in the very moment of resuming is found by a second look. */
async function release(zekt: Zekt, state: ConnectionState): Promise<void> {
  const { deliveries, queues, connections } = zekt.store;
  const { subscriptionId } = state;
  const waiting = await deliveries.parked(subscriptionId, LET_OUT_AT_ONCE);
  const now = zekt.clock.now();
  for (const delivery of waiting) {
    // Moved by somebody else meanwhile, it does not wait any more.
    if (await replaceDelivery(zekt, delivery, dispatchAt(delivery, now))) {
      await queues.enqueueDeliveries([jobOf(delivery)]);
    }
  }
  if (waiting.length > 0)
    zekt.log.info({ subscriptionId, deliveries: waiting.length }, "waiting deliveries let out");
  await connections.replace(state, letOut(state, waiting.length > 0, now));
}
