import type { WorkerDeps } from "../../deps.ts";
import { hourOf } from "../../domain/insight/meter.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import { deliveryJob } from "../../store/queues.ts";
import { withDurableWork } from "../delivery/durable-work.ts";
import { handleOverdue, type RunLists } from "../delivery/handle-overdue.ts";
import { probeConnections } from "../delivery/probe-connections.ts";

/** The number of items of each kind that one sweep handles, per shard of the due index. */
const LIMIT_PER_SHARD = 100;

/** The numbers of past-due items that a sweep found. */
export interface Swept {
  events: number;
  orphanedMessages: number;
  deliveries: number;
  connections: number;
  hoursFolded: number;
}

/**
 * Takes up whatever is past due: events whose routing was lost, deliveries whose queue message or worker was lost,
 * and messages no event joined. Runs every minute, over indexes only.
 */
export async function sweep(deps: WorkerDeps): Promise<Swept> {
  const { runs, deliveries, queues, meters } = deps.store;
  const [due, dueDeliveries] = await Promise.all([
    runs.pastDue(LIMIT_PER_SHARD),
    deliveries.pastDue(LIMIT_PER_SHARD),
  ]);
  await queues.enqueueRouting(due.events);
  await queues.enqueueDeliveries(
    dueDeliveries.filter(({ dueFor }) => dueFor === "dispatch").map(deliveryJob),
  );
  await endWaits(
    deps,
    dueDeliveries.filter(({ dueFor }) => dueFor !== "dispatch"),
  );
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
    deps.log.warn(
      { event: "message.orphaned", correlationId: message.runId, repositoryId: message.repositoryId },
      "Message orphaned",
    );
  }
  const connections = await probeConnections(deps, LIMIT_PER_SHARD);
  const hoursFolded = await meters.foldClosed(LIMIT_PER_SHARD);
  return {
    events: due.events.length,
    orphanedMessages: due.messages.length,
    deliveries: dueDeliveries.length,
    connections,
    hoursFolded,
  };
}

/** Ends waits, each repository's in order and repositories side by side; one that cannot be ended holds up no other. */
async function endWaits(deps: WorkerDeps, waiting: readonly Delivery[]): Promise<void> {
  const lists: RunLists = new Map();
  const byRepository = Map.groupBy(waiting, ({ consumerRepositoryId }) => consumerRepositoryId);
  await Promise.all(
    [...byRepository.values()].map(async (deliveries) => {
      for (const delivery of deliveries) {
        const { correlationId, deliveryId } = delivery;
        const ending = withDurableWork(deps, delivery.consumerOwnerId, () =>
          handleOverdue(deps, delivery, lists),
        );
        await ending.catch((error: unknown) =>
          deps.log.error(
            { event: "overdue.failed", err: error, correlationId, deliveryId },
            "Overdue delivery could not be handled; the next sweep tries again",
          ),
        );
      }
    }),
  );
}
