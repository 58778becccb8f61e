import type { Zekt } from "../../deps.ts";
import { Refusal } from "../../domain/refusal.ts";
import { refusalOf } from "../../github/outage.ts";
import { about } from "../../log/context.ts";
import { type DeliveryJob, MAX_DELAY_SECONDS, type QueueName, type UpkeepJob } from "../../store/queues.ts";
import type { RunAttempt } from "../../store/runs.ts";
import { deliver } from "../delivery/deliver.ts";
import { durably } from "../delivery/durable-work.ts";
import { track } from "../delivery/track.ts";
import { eraseOwner } from "../installations/erase-owner.ts";
import { syncInstallation } from "../installations/sync-installation.ts";
import { syncDeleted, syncRepository } from "../installations/sync-repository.ts";
import { route } from "../intake/route.ts";
import { keepIssue } from "../notices/keep-issue.ts";
import { notify } from "../notices/notify.ts";
import { workReplay } from "../replay/bulk-replay.ts";
import { applyZektFile } from "../zekt-yml/apply-zekt-file.ts";

/** Seconds until GitHub is asked again after it could not be. */
const OUTAGE_WAIT = 120;

/** Does what one queue message asks for; whatever it throws puts the message back. */
export async function work(zekt: Zekt, queue: QueueName, body: string): Promise<void> {
  const job = JSON.parse(body) as DeliveryJob | RunAttempt | UpkeepJob;
  await about(idsOf(job), async () => {
    if (queue === "delivery") await deliver(zekt, job as DeliveryJob);
    else if ("kind" in job) await keepUpOrWait(zekt, job);
    else await route(zekt, job as RunAttempt);
  });
}

/** The ids that a job is known by, for its log lines. */
function idsOf(job: DeliveryJob | RunAttempt | UpkeepJob): Record<string, unknown> {
  if ("deliveryId" in job) return { deliveryId: job.deliveryId };
  if (!("kind" in job)) return { correlationId: job.runId, repositoryId: job.repositoryId };
  return {
    job: job.kind,
    ownerId: job.ownerId,
    ...("repositoryId" in job ? { repositoryId: job.repositoryId } : {}),
  };
}

/** The ids that a queue message is known by, for whoever tells that it failed. */
export const idsOfMessage = (body: string): Record<string, unknown> =>
  idsOf(JSON.parse(body) as DeliveryJob | RunAttempt | UpkeepJob);

/** While GitHub cannot be asked, upkeep waits in the queue anew, however long; an attempt each, and the queue would give it up. */
async function keepUpOrWait(zekt: Zekt, job: UpkeepJob): Promise<void> {
  try {
    await keepUp(zekt, job);
  } catch (error) {
    const outage = outageOf(error);
    if (!outage) throw error;
    zekt.log.warn({ reason: outage.message }, "upkeep waits for GitHub");
    const delaySeconds = Math.min(MAX_DELAY_SECONDS, outage.retryAfter ?? OUTAGE_WAIT);
    await zekt.store.queues.enqueueUpkeep([job], delaySeconds);
  }
}

function outageOf(error: unknown): Refusal | null {
  if (error instanceof Refusal)
    return error.code === "unavailable" || error.code === "limited" ? error : null;
  return refusalOf(error);
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
    case "track":
      return await durably(zekt, job.ownerId, () => track(zekt, job.run));
    case "replay":
      return await workReplay(zekt, job);
    case "issue":
      return await keepIssue(zekt, job);
    case "notify":
      return await notify(zekt, job);
    case "erasure":
      return await eraseOwner(zekt, job.ownerId).catch(ignoreRefusal);
  }
}

/** Who installed the App again while its data was erased keeps what is left. */
function ignoreRefusal(error: unknown): void {
  if (!(error instanceof Refusal)) throw error;
}
