import type { DeliveryJob, QueueName } from "../store/queues.ts";
import type { RunAttempt } from "../store/runs.ts";
import type { Zekt } from "../zekt.ts";
import { deliver } from "./deliver.ts";
import { route } from "./route.ts";

/** Does what one queue message asks for; whatever it throws puts the message back. */
export async function work(zekt: Zekt, queue: QueueName, body: string): Promise<void> {
  const job = JSON.parse(body) as unknown;
  if (queue === "routing") await route(zekt, job as RunAttempt);
  else await deliver(zekt, job as DeliveryJob);
}
