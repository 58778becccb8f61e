import type { WorkerDeps } from "../../deps.ts";
import { SECOND } from "../../domain/clock.ts";
import { type ForEach, oneByOne } from "../../domain/for-each-concurrently.ts";
import { isTooOld, MAX_FAILURES } from "../../domain/jobs/due-again.ts";
import { outageOf } from "../../github/outage.ts";
import type { StoredJob } from "../../store/jobs.ts";
import type { BackgroundJob, JobLeft, JobMessage } from "../../store/queues.ts";
import { withDurableWork } from "../delivery/durable-work.ts";
import { trackRun } from "../delivery/track-workflow-run.ts";
import { workErasure, workRemnants } from "../installations/erase-owner.ts";
import { abandonExport, workExport } from "../installations/export-owner.ts";
import { syncInstallation } from "../installations/sync-installation.ts";
import { syncDeleted, syncRepository } from "../installations/sync-repository.ts";
import { sendNoticeWebhook } from "../notices/send-notice-webhook.ts";
import { syncIssue } from "../notices/sync-issue.ts";
import { abandonReplay, workReplay } from "../replay/bulk-replay.ts";
import { applyZektFile } from "../zekt-yml/apply-zekt-file.ts";
import { recordDeadJob } from "./record-dead-job.ts";

/** Seconds until GitHub is asked again after it could not be. */
const OUTAGE_WAIT = 120;

/**
 * Does the stored job that a queue message names, if it is due. It is removed once it is done; what it
 * leaves to do takes its place. While GitHub cannot be asked it waits, however long; what fails for
 * another reason is due again after a wait, and dead after ten failures.
 */
export async function workJob(deps: WorkerDeps, message: JobMessage): Promise<void> {
  const { jobs } = deps.store;
  const stored = await jobs.get(message);
  if (!stored || stored.dueAt === undefined || Date.parse(stored.notBefore) > deps.clock.now()) return;
  let left: JobLeft | null;
  try {
    left = await runJob(deps, stored.job);
  } catch (error) {
    return await postponeOrFail(deps, stored, error);
  }
  if (left) await jobs.replace(stored, left.job, left.at);
  else await jobs.remove(stored);
}

async function runJob(deps: WorkerDeps, job: BackgroundJob): Promise<JobLeft | null> {
  switch (job.kind) {
    case "installation":
      return await syncInstallation(deps, job);
    case "repository":
      await (job.deleted ? syncDeleted : syncRepository)(deps, job.repositoryId);
      return null;
    case "file":
      await applyZektFile(deps, job);
      return null;
    case "track":
      await withDurableWork(deps, job.ownerId, () => trackRun(deps, job.run));
      return null;
    case "replay":
      return await workReplay(deps, job);
    case "export":
      return await workExport(deps, job);
    case "issue":
      return await syncIssue(deps, job);
    case "notify":
      return await sendNoticeWebhook(deps, job);
    case "erasure":
      return await workErasure(deps, job);
    case "remnants":
      return await workRemnants(deps, job);
  }
}

async function postponeOrFail(deps: WorkerDeps, stored: StoredJob, error: unknown): Promise<void> {
  const outage = outageOf(error);
  if (outage) {
    deps.log.warn({ event: "job.postponed", reason: outage.message }, "Job postponed until GitHub answers");
    const wait = (outage.retryAfter ?? OUTAGE_WAIT) * SECOND;
    return await deps.store.jobs.replace(stored, stored.job, deps.clock.now() + wait);
  }
  const failures = stored.failures + 1;
  deps.log.error({ event: "job.failed", err: error, failures }, "Job failed and is tried again");
  if (failures >= MAX_FAILURES) return await buryJob(deps, { ...stored, failures });
  await deps.store.jobs.recordFailure(stored);
}

/** Ends a job that cannot be done, and says so. */
async function buryJob(deps: WorkerDeps, stored: StoredJob): Promise<void> {
  const { job, ownerId, jobId, failures } = stored;
  if (!(await deps.store.jobs.bury(stored))) return;
  deps.log.error({ event: "job.dead", job: job.kind, ownerId, jobId, failures }, "Job is dead");
  await recordDeadJob(deps, { kind: job.kind, id: jobId, ownerId, failures });
  if (job.kind === "export") await abandonExport(deps, job);
  if (job.kind === "replay") await abandonReplay(deps, job.jobId);
}

/**
 * Enqueues stored jobs that are past due; one that was enqueued for 14 days and ended its workers each time is dead.
 * Returns how many are past due.
 */
export async function sweepJobs(
  deps: WorkerDeps,
  limitPerShard: number,
  forEach: ForEach = oneByOne,
): Promise<number> {
  const { jobs } = deps.store;
  const due = await jobs.pastDue(limitPerShard);
  const now = deps.clock.now();
  const naming = {
    nameOf: ({ ownerId, jobId }: StoredJob): string => `${ownerId}#${jobId}`,
    ownerOf: ({ ownerId }: StoredJob): string => ownerId,
  };
  const again: StoredJob[] = [];
  await forEach(due, naming, async (stored) => {
    if (stored.enqueued > 0 && isTooOld(stored.writtenAt, now)) return await buryJob(deps, stored);
    const marked = await jobs.recordEnqueued(stored);
    if (marked) again.push(marked);
  });
  await jobs.enqueueStored(again);
  return due.length;
}
