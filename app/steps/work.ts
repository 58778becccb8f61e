import type { DeliveryJob, QueueName, SyncJob } from "../store/queues.ts";
import type { RunAttempt } from "../store/runs.ts";
import type { Zekt } from "../zekt.ts";
import { deliver } from "./deliver.ts";
import { route } from "./route.ts";
import { syncInstallation } from "./sync-installation.ts";

/** Does what one queue message asks for; whatever it throws puts the message back. */
export async function work(zekt: Zekt, queue: QueueName, body: string): Promise<void> {
  const job = JSON.parse(body) as object;
  if (queue === "delivery") await deliver(zekt, job as DeliveryJob);
  else if ("installationId" in job) await syncInstallation(zekt, job as SyncJob);
  else await route(zekt, job as RunAttempt);
}
