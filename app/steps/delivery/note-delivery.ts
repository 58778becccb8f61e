import type { Zekt } from "../../deps.ts";
import type { Delivery } from "../../domain/delivery/delivery.ts";
import { deliveryFacts } from "../../domain/delivery/delivery-facts.ts";
import { tellDeadLetter } from "../notices/tell.ts";

/**
 * Notes what a delivery has come to: its counts and, where it ended as failed, that it did, and tells of it. Called after
 * every move, and again whenever a move is repeated, since a crash may have come between the two: noting
 * anything twice changes nothing.
 */
export async function noteDelivery(zekt: Zekt, delivery: Delivery): Promise<void> {
  await zekt.store.meters.record(deliveryFacts(delivery));
  if (delivery.status !== "Failed") return;
  await zekt.store.failures.note(delivery);
  await tellDeadLetter(zekt, delivery);
}
