import type { WorkerDeps } from "../../deps.ts";
import { SECOND } from "../../domain/clock.ts";
import type { RunAttempt } from "../../domain/records/run.ts";
import { Refusal } from "../../domain/refusal.ts";
import { refusalOf } from "../../github/outage.ts";
import { withLogContext } from "../../log/context.ts";
import {
  type BackgroundJob,
  type DeliveryJob,
  MAX_DELAY_SECONDS,
  type QueueName,
} from "../../store/queues.ts";
import { deliver } from "../delivery/deliver.ts";
import { withDurableWork } from "../delivery/durable-work.ts";
import { track } from "../delivery/track.ts";
import { eraseOwner } from "../installations/erase-owner.ts";
import { syncInstallation } from "../installations/sync-installation.ts";
import { syncDeleted, syncRepository } from "../installations/sync-repository.ts";
import { route } from "../intake/route.ts";
import { sendNoticeWebhook } from "../notices/send-notice-webhook.ts";
import { syncIssue } from "../notices/sync-issue.ts";
import { workReplay } from "../replay/bulk-replay.ts";
import { applyZektFile } from "../zekt-yml/apply-zekt-file.ts";

/** Seconds until GitHub is asked again after it could not be. */
const OUTAGE_WAIT = 120;

/** Does what one queue message asks for; whatever it throws puts the message back. */
export async function handleMessage(deps: WorkerDeps, queue: QueueName, body: string): Promise<void> {
  const job = JSON.parse(body) as DeliveryJob | RunAttempt | BackgroundJob;
  await withLogContext(jobIds(job), async () => {
    if (queue === "delivery") await deliver(deps, job as DeliveryJob);
    else if ("kind" in job) await runJobOrWait(deps, job);
    else await route(deps, job as RunAttempt);
  });
}

/** The ids that a job is known by, for its log lines. */
function jobIds(job: DeliveryJob | RunAttempt | BackgroundJob): Record<string, unknown> {
  if ("deliveryId" in job) return { deliveryId: job.deliveryId };
  if (!("kind" in job)) return { correlationId: job.runId, repositoryId: job.repositoryId };
  return {
    job: job.kind,
    ownerId: job.ownerId,
    ...("repositoryId" in job ? { repositoryId: job.repositoryId } : {}),
  };
}

/** The ids that a queue message is known by, for whoever tells that it failed. */
export const messageIds = (body: string): Record<string, unknown> =>
  jobIds(JSON.parse(body) as DeliveryJob | RunAttempt | BackgroundJob);

/** While GitHub cannot be asked, upkeep waits in the queue anew, however long; an attempt each, and the queue would give it up. */
async function runJobOrWait(deps: WorkerDeps, job: PostponedJob): Promise<void> {
  const { postponedUntil = 0, ...plain } = job;
  const left = postponedUntil - deps.clock.now();
  // A queue holds nothing back for as long as a limit may last.
  if (left > 0) return await postpone(deps, plain, postponedUntil, left);
  try {
    await runJob(deps, plain);
  } catch (error) {
    const outage = outageOf(error);
    if (!outage) throw error;
    deps.log.warn({ event: "job.postponed", reason: outage.message }, "Job postponed until GitHub answers");
    const wait = (outage.retryAfter ?? OUTAGE_WAIT) * SECOND;
    await postpone(deps, plain, deps.clock.now() + wait, wait);
  }
}

/** A job that waits until GitHub may be asked again: milliseconds since the epoch. */
type PostponedJob = BackgroundJob & { postponedUntil?: number };

/** Enqueues a job anew that is not to run before a moment, in milliseconds since the epoch. */
async function postpone(
  deps: WorkerDeps,
  job: BackgroundJob,
  postponedUntil: number,
  wait: number,
): Promise<void> {
  const postponed: PostponedJob = { ...job, postponedUntil };
  const delaySeconds = Math.min(MAX_DELAY_SECONDS, Math.ceil(wait / SECOND));
  await deps.store.queues.enqueueJobs([postponed], delaySeconds);
}

function outageOf(error: unknown): Refusal | null {
  if (error instanceof Refusal)
    return error.code === "unavailable" || error.code === "limited" ? error : null;
  return refusalOf(error);
}

async function runJob(deps: WorkerDeps, job: BackgroundJob): Promise<void> {
  switch (job.kind) {
    case "installation":
      return await syncInstallation(deps, job);
    case "repository":
      return await (job.deleted ? syncDeleted : syncRepository)(deps, job.repositoryId);
    case "file":
      await applyZektFile(deps, job);
      return;
    case "track":
      return await withDurableWork(deps, job.ownerId, () => track(deps, job.run));
    case "replay":
      return await workReplay(deps, job);
    case "issue":
      return await syncIssue(deps, job);
    case "notify":
      return await sendNoticeWebhook(deps, job);
    case "erasure":
      return await eraseOwner(deps, job.ownerId).catch(ignoreRefusal);
  }
}

/** Ignores a refusal: an owner who installed the App again during an erasure keeps the remaining data. */
function ignoreRefusal(error: unknown): void {
  if (!(error instanceof Refusal)) throw error;
}
