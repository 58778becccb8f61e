import type { WorkerDeps } from "../../deps.ts";
import { dispatchAt } from "../../domain/delivery/attempt.ts";
import { afterRelease, resumeUnproven, startProbe } from "../../domain/delivery/connection-state.ts";
import type { ConnectionState } from "../../domain/records/connection-state.ts";
import { deliveryJob } from "../../store/queues.ts";
import { updatePausedNotice } from "../notices/raise-notice.ts";
import { updateConnection } from "./record-outcome.ts";
import { replaceDelivery } from "./replace-delivery.ts";

/** How many deliveries that waited are let out at once; each still asks its consumer's budget. */
const LET_OUT_AT_ONCE = 500;

/**
 * Looks after connections that are due: a paused one is probed with the delivery that has waited
 * longest, and one that resumed has what waited let out. Returns how many it looked after.
 */
export async function probeConnections(deps: WorkerDeps, limit: number): Promise<number> {
  const due = await deps.store.connections.pastDue(limit);
  for (const state of due) await (state.pausedAt === null ? release(deps, state) : probe(deps, state));
  return due.length;
}

async function probe(deps: WorkerDeps, state: ConnectionState): Promise<void> {
  const taken = startProbe(state, deps.clock.now());
  if (!taken || !(await deps.store.connections.replace(state, taken))) return;
  const { subscriptionId } = state;
  // Told when it was paused, unless a crash came between.
  await updatePausedNotice(deps, taken);
  const [oldest] = await deps.store.deliveries.parked(subscriptionId, 1);
  if (oldest) {
    await deps.store.queues.enqueueDeliveries([{ ...deliveryJob(oldest), probe: true }]);
    deps.log.info(
      { event: "connection.probed", subscriptionId, deliveryId: oldest.deliveryId },
      "Connection probed",
    );
    return;
  }
  const { after } = await updateConnection(deps, subscriptionId, (one) =>
    one.pausedAt === null ? one : resumeUnproven(one, deps.clock.now()),
  );
  await updatePausedNotice(deps, after);
}

/** Lets out what waited; what was set aside in the very moment of resuming is let out two minutes later. */
async function release(deps: WorkerDeps, state: ConnectionState): Promise<void> {
  const { deliveries, queues, connections } = deps.store;
  const { subscriptionId } = state;
  const waiting = await deliveries.parked(subscriptionId, LET_OUT_AT_ONCE);
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
  await connections.replace(state, afterRelease(state, waiting.length > 0, now));
}
