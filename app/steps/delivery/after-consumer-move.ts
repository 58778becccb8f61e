import type { Zekt } from "../../deps.ts";
import type { Delivery } from "../../domain/delivery/delivery.ts";
import { enqueueAt } from "./enqueue-at.ts";
import { noteSuccess } from "./note-outcome.ts";

/** What follows where a consumer's run has moved a delivery: a retry is enqueued, and a confirm proves that its connection works. */
export async function afterConsumerMove(zekt: Zekt, before: Delivery, after: Delivery): Promise<void> {
  if (after.dueFor === "dispatch" && after.notBefore !== null) {
    await enqueueAt(zekt, after, Date.parse(after.notBefore));
  }
  if (after.durable !== null && before.confirmedAt === null && after.confirmedAt !== null) {
    await noteSuccess(zekt, after, "confirmed");
  }
}
