import { Refusal } from "../domain/refusal.ts";
import type { DeliveryJob, QueueName, UpkeepJob } from "../store/queues.ts";
import type { RunAttempt } from "../store/runs.ts";
import type { Zekt } from "../zekt.ts";
import { applyZektFile } from "./apply-zekt-file.ts";
import { deliver } from "./deliver.ts";
import { eraseOwner } from "./erase-owner.ts";
import { route } from "./route.ts";
import { syncInstallation } from "./sync-installation.ts";
import { syncDeleted, syncRepository } from "./sync-repository.ts";

/** Does what one queue message asks for; whatever it throws puts the message back. */
export async function work(zekt: Zekt, queue: QueueName, body: string): Promise<void> {
  const job = JSON.parse(body) as DeliveryJob | RunAttempt | UpkeepJob;
  if (queue === "delivery") await deliver(zekt, job as DeliveryJob);
  else if ("kind" in job) await keepUp(zekt, job);
  else await route(zekt, job as RunAttempt);
}

async function keepUp(zekt: Zekt, job: UpkeepJob): Promise<void> {
  switch (job.kind) {
    case "installation":
      return await syncInstallation(zekt, job);
    case "repository":
      return await (job.deleted ? syncDeleted : syncRepository)(zekt, job.repositoryId);
    case "file":
      await applyZektFile(zekt, job);
      return;
    case "erasure":
      return await eraseOwner(zekt, job.ownerId).catch(ignoreRefusal);
  }
}

/** Who installed the App again while its data was erased keeps what is left. */
function ignoreRefusal(error: unknown): void {
  if (!(error instanceof Refusal)) throw error;
}
