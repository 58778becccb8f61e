import type { WorkerDeps } from "../../deps.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import { enqueueAt } from "./enqueue-at.ts";
import { recordSuccess } from "./record-outcome.ts";

/**
 * Continues after a consumer's run has changed a delivery: enqueues a retry, and records that a confirm
 * proves the connection.
 */
export async function afterConsumerUpdate(
  deps: WorkerDeps,
  before: Delivery,
  after: Delivery,
): Promise<void> {
  if (after.dueFor === "dispatch" && after.notBefore !== null) {
    await enqueueAt(deps, after, Date.parse(after.notBefore));
  }
  if (after.durable !== null && before.confirmedAt === null && after.confirmedAt !== null) {
    await recordSuccess(deps, after, "confirmed");
  }
}
