import type { Zekt } from "../../deps.ts";
import type { Delivery } from "../../domain/delivery/delivery.ts";
import { MAX_DELAY_SECONDS } from "../../store/queues.ts";
import { jobOf } from "../intake/route.ts";

/** Has a delivery taken up at a later moment: by the queue where it is near, else by the sweep. */
export async function enqueueAt(zekt: Zekt, delivery: Delivery, at: number): Promise<void> {
  const delaySeconds = Math.max(0, Math.ceil((at - zekt.clock.now()) / 1000));
  if (delaySeconds > MAX_DELAY_SECONDS) return;
  await zekt.store.queues.enqueueDeliveries([{ ...jobOf(delivery), delaySeconds }]);
}
