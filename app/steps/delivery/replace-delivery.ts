import type { WorkerDeps } from "../../deps.ts";
import type { Delivery } from "../../domain/records/delivery.ts";

/**
 * Replaces a delivery by its next state; false where somebody else moved it since it was read. Every step
 * that moves one does it through here: the write that has it fail, and no other, logs `delivery failed`.
 * Failures are counted by that line, so what is repeated or comes late must not write it again.
 */
export async function replaceDelivery(deps: WorkerDeps, before: Delivery, after: Delivery): Promise<boolean> {
  if (!(await deps.store.deliveries.replace(before, after))) return false;
  if (before.status !== "Failed" && after.status === "Failed") {
    const { correlationId, deliveryId, failure } = after;
    deps.log.warn(
      {
        event: "delivery.failed",
        correlationId,
        deliveryId,
        stage: failure?.stage,
        reason: failure?.reason,
      },
      "Delivery failed",
    );
  }
  return true;
}
