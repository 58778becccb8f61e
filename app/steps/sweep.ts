import type { Delivery } from "../domain/delivery.ts";
import { hourOf } from "../domain/meter.ts";
import { overdue } from "../domain/moves/overdue.ts";
import type { Zekt } from "../zekt.ts";
import { enqueueAt } from "./deliver.ts";
import { move } from "./move.ts";
import { jobOf } from "./route.ts";

/** How much of each kind one sweep takes up, per shard of the due index. */
const LIMIT_PER_SHARD = 100;

/** What a sweep found past due. */
export interface Swept {
  events: number;
  orphanedMessages: number;
  deliveries: number;
  hoursFolded: number;
}

/**
 * Takes up again whatever is past due: events whose routing was lost, deliveries whose queue message
 * or worker was lost, and messages no event ever joined. Runs every minute, over indexes only.
 */
export async function sweep(zekt: Zekt): Promise<Swept> {
  const { runs, deliveries, queues, meters } = zekt.store;
  const [due, dueDeliveries] = await Promise.all([
    runs.pastDue(LIMIT_PER_SHARD),
    deliveries.pastDue(LIMIT_PER_SHARD),
  ]);
  await queues.enqueueRouting(due.events);
  await queues.enqueueDeliveries(dueDeliveries.filter(({ dueFor }) => dueFor === "dispatch").map(jobOf));
  for (const delivery of dueDeliveries.filter(({ dueFor }) => dueFor !== "dispatch"))
    await endWait(zekt, delivery);
  for (const message of due.messages) {
    // The count names the message, so a crash before its removal counts it once all the same.
    await meters.record([
      {
        scope: `owner#${message.ownerId}`,
        factId: `${message.messageId}#orphaned`,
        at: `${hourOf(message.dueAt as string)}:00:00.000Z`,
        counts: { orphanedMessages: 1 },
      },
    ]);
    await runs.removeMessage(message);
    zekt.log.warn({ correlationId: message.runId, repositoryId: message.repositoryId }, "message orphaned");
  }
  const hoursFolded = await meters.foldClosed(LIMIT_PER_SHARD);
  return {
    events: due.events.length,
    orphanedMessages: due.messages.length,
    deliveries: dueDeliveries.length,
    hoursFolded,
  };
}

/** Ends a durable delivery's wait for its consumer: it is dispatched again, or has failed. */
async function endWait(zekt: Zekt, delivery: Delivery): Promise<void> {
  const moved = await move(zekt, delivery, (current) => overdue(current, zekt.clock.now(), Math.random));
  if (moved.dueFor === "dispatch" && moved.notBefore !== null) {
    await enqueueAt(zekt, moved, Date.parse(moved.notBefore));
  }
}
