import type { Zekt } from "../../deps.ts";
import { DAY, iso } from "../../domain/clock.ts";
import type { Delivery } from "../../domain/delivery/delivery.ts";
import { type ObservedRun, windowOf } from "../../domain/delivery/tracking.ts";

/** Longer than any wait for a confirm, after which runs are looked for once more. */
const KEPT = 8 * DAY;

/** Notes that a delivery is about to be dispatched to a repository: before it is, so that no run of it can be seen earlier. */
export async function noteDispatch(zekt: Zekt, repositoryId: string, deliveryId: string): Promise<void> {
  await zekt.store.guards.note("dispatched", repositoryId, iso(zekt.clock.now()), deliveryId, KEPT);
}

/** Deliveries that were dispatched to a run's repository shortly before it began. */
export async function dispatchedBefore(zekt: Zekt, run: ObservedRun): Promise<Delivery[]> {
  const [from, to] = windowOf(run);
  const ids = await zekt.store.guards.notes("dispatched", run.repositoryId, iso(from), iso(to));
  const deliveries = await zekt.store.deliveries.getMany([...new Set(ids)]);
  return deliveries.filter(({ consumerRepositoryId }) => consumerRepositoryId === run.repositoryId);
}
