import type { WorkerDeps } from "../../deps.ts";
import { deliveryFacts } from "../../domain/delivery/delivery-facts.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import { raiseDeadLetter } from "../notices/raise-notice.ts";

/**
 * Notes what a delivery has come to: its counts and, where it ended as failed, that it did, and tells of it. Called after
 * every move, and again whenever a move is repeated, since a crash may have come between the two: noting
 * anything twice changes nothing.
 */
export async function recordDelivery(deps: WorkerDeps, delivery: Delivery): Promise<void> {
  await deps.store.meters.record(deliveryFacts(delivery));
  if (delivery.status !== "Failed") return;
  if (!delivery.isTest) await deps.store.failures.record(delivery);
  await raiseDeadLetter(deps, delivery);
}
