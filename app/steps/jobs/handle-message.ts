import type { WorkerDeps } from "../../deps.ts";
import type { RunAttempt } from "../../domain/records/run.ts";
import { withLogContext } from "../../log/context.ts";
import type { BackgroundJob, DeliveryJob, JobMessage, QueueName } from "../../store/queues.ts";
import { routeEvent } from "./route-event.ts";
import { workDelivery } from "./work-delivery.ts";
import { workJob } from "./work-job.ts";

/** A job that the version before enqueued whole; the moments are in milliseconds since the epoch. */
type WholeJob = BackgroundJob & { postponedUntil?: number; notBefore?: number | null };

type Message = DeliveryJob | RunAttempt | JobMessage | WholeJob;

/** Does what one queue message asks for; whatever it throws puts the message back. */
export async function handleMessage(deps: WorkerDeps, queue: QueueName, body: string): Promise<void> {
  const message = JSON.parse(body) as Message;
  await withLogContext(idsOf(message), async () => {
    if (queue === "delivery") await workDelivery(deps, message as DeliveryJob);
    else if ("job" in message) await workJob(deps, message);
    else if ("kind" in message) await storeJob(deps, message);
    else await routeEvent(deps, message as RunAttempt);
  });
}

/** The ids that a message is known by, for its log lines. */
function idsOf(message: Message): Record<string, unknown> {
  if ("deliveryId" in message) return { deliveryId: message.deliveryId };
  if ("job" in message || "kind" in message) {
    const job = "kind" in message ? message.kind : message.job.split("#")[0];
    return { job, ownerId: message.ownerId };
  }
  return { correlationId: message.runId, repositoryId: message.repositoryId };
}

/** Returns the ids that a queue message is known by, for the log line of its failure; none where it is no JSON. */
export function messageIds(body: string): Record<string, unknown> {
  try {
    return idsOf(JSON.parse(body) as Message);
  } catch {
    return {};
  }
}

/** Stores a job that the version before enqueued whole. */
async function storeJob(
  deps: WorkerDeps,
  { postponedUntil = 0, notBefore, ...job }: WholeJob,
): Promise<void> {
  await deps.store.jobs.enqueue([job as BackgroundJob], Math.max(postponedUntil, notBefore ?? 0));
}
