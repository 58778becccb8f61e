import type { WorkerDeps } from "../../deps.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import { deliveryJob, MAX_DELAY_SECONDS } from "../../store/queues.ts";

/** Has a delivery taken up at a later moment: by the queue where it is near, else by the sweep. */
export async function enqueueAt(deps: WorkerDeps, delivery: Delivery, at: number): Promise<void> {
  const delaySeconds = Math.max(0, Math.ceil((at - deps.clock.now()) / 1000));
  if (delaySeconds > MAX_DELAY_SECONDS) return;
  await deps.store.queues.enqueueDeliveries([{ ...deliveryJob(delivery), delaySeconds }]);
}
