import type { WorkerDeps } from "../../deps.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import { recordDelivery } from "./record-delivery.ts";
import { replaceDelivery } from "./replace-delivery.ts";

/**
 * Moves a delivery by one conditional write: `next` says what becomes of it as it is, and is asked
 * again whenever somebody else moved it first. Returning the same object means that nothing changes.
 */
export async function updateDelivery(
  deps: WorkerDeps,
  delivery: Delivery,
  next: (current: Delivery) => Delivery,
): Promise<Delivery> {
  let current = delivery;
  for (;;) {
    const moved = next(current);
    if (moved === current || (await replaceDelivery(deps, current, moved))) {
      // Written even where nothing moved: the facts of the move before may have been lost to a crash.
      await recordDelivery(deps, moved);
      return moved === current ? current : { ...moved, version: current.version + 1 };
    }
    const reread = await deps.store.deliveries.get(delivery.deliveryId);
    if (!reread) throw new Error(`Delivery ${delivery.deliveryId} went away while it was moved.`);
    current = reread;
  }
}
