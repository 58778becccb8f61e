import type { WorkerDeps } from "../../deps.ts";
import { SECOND } from "../../domain/clock.ts";
import { countFailure } from "../../domain/delivery/stall.ts";
import type { DeadJob } from "../../domain/insight/stuck.ts";
import { MAX_FAILURES } from "../../domain/jobs/due-again.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import type { RunAttempt, StoredEvent } from "../../domain/records/run.ts";
import { outageOf } from "../../github/outage.ts";
import { withLogContext } from "../../log/context.ts";
import { DEAD_JOBS } from "../../store/fact-kinds.ts";
import { isToDo, type StoredJob } from "../../store/jobs.ts";
import type { BackgroundJob, DeliveryJob, JobLeft, JobMessage, QueueName } from "../../store/queues.ts";
import { deliver } from "../delivery/deliver.ts";
import { withDurableWork } from "../delivery/durable-work.ts";
import { trackRun } from "../delivery/track-workflow-run.ts";
import { recordDelivery, replaceDelivery } from "../delivery/update-delivery.ts";
import { workErasure, workRemnants } from "../installations/erase-owner.ts";
import { abandonExport, workExport } from "../installations/export-owner.ts";
import { syncInstallation } from "../installations/sync-installation.ts";
import { workRepository } from "../installations/sync-repository.ts";
import { route } from "../intake/route.ts";
import { sendNoticeWebhook } from "../notices/send-notice-webhook.ts";
import { syncIssue } from "../notices/sync-issue.ts";
import { abandonReplay, workReplay } from "../replay/bulk-replay.ts";
import { workFile } from "../zekt-yml/apply-zekt-file.ts";

/*
 * A queue message says that stored work is to be done now: an event's routing, a delivery, or a background job.
 * A failure is counted with the work itself. After ten of them the work is dead: the sweep enqueues it no more.
 */

/** Seconds until GitHub is asked again after it could not be. */
const OUTAGE_WAIT = 120;

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

/**
 * Routes an event. Counts a failure with the event, which is dead after ten of them.
 *
 * @throws whatever the routing threw, so that the queue message is received again
 */
export async function routeEvent(deps: WorkerDeps, run: RunAttempt & { ingestMs?: number }): Promise<void> {
  try {
    await route(deps, run);
  } catch (error) {
    await recordRoutingFailure(deps, run).catch((unrecorded: unknown) => {
      throw new AggregateError([error, unrecorded], "The routing failed, and that could not be recorded.");
    });
    throw error;
  }
}

async function recordRoutingFailure(deps: WorkerDeps, run: RunAttempt): Promise<void> {
  const { runs } = deps.store;
  const event = await runs.getEvent(run);
  if (!event || event.dueAt === undefined) return;
  const failures = await runs.recordRoutingFailure(event);
  if (failures >= MAX_FAILURES) await buryEvent(deps, { ...event, failures });
}

/**
 * Ends the routing of an event that cannot be routed, and says so; not where a message made it due anew. It stays due
 * until it is recorded as dead, so that the sweep does the rest where this is cut off.
 */
export async function buryEvent(deps: WorkerDeps, event: StoredEvent): Promise<void> {
  const { runs } = deps.store;
  const at = event.deadAt ?? (await runs.bury(event));
  if (at === null) return;
  const { runId: correlationId, repositoryId, runAttempt, failures = 0 } = event;
  deps.log.error(
    { event: "job.dead", job: "routing", correlationId, repositoryId, runAttempt, failures },
    "Routing is dead",
  );
  await recordDeadJob(deps, { kind: "routing", id: correlationId, ownerId: event.ownerId, at, failures });
  await runs.endRouting(event);
}

/**
 * Works on a delivery. Counts a failure with the delivery, which is given up after ten of them.
 *
 * @throws whatever the work threw, so that the queue message is received again
 */
export async function workDelivery(deps: WorkerDeps, job: DeliveryJob): Promise<void> {
  try {
    await deliver(deps, job);
  } catch (error) {
    await recordWorkFailure(deps, job, error).catch((unrecorded: unknown) => {
      throw new AggregateError([error, unrecorded], "A delivery failed, and that could not be recorded.");
    });
    throw error;
  }
}

/** Counts a failure of the work on a delivery, and gives it up after the tenth; an outage of GitHub's counts for nothing. */
export async function recordWorkFailure(
  deps: WorkerDeps,
  { deliveryId }: Pick<Delivery, "deliveryId">,
  error: unknown,
): Promise<void> {
  if (outageOf(error)) return;
  for (;;) {
    const current = await deps.store.deliveries.get(deliveryId);
    if (!current) return;
    const next = countFailure(current, deps.clock.now());
    if (next === current) return;
    const failures = (current.stall?.failures ?? 0) + 1;
    if (failures < MAX_FAILURES) {
      if (await replaceDelivery(deps, current, next)) return;
    } else if (await buryDelivery(deps, current, next, failures)) return;
  }
}

/** Ends a delivery that cannot be worked on, and says so; false where somebody else changed it first. */
export async function buryDelivery(
  deps: WorkerDeps,
  before: Delivery,
  after: Delivery,
  failures = before.stall?.failures ?? 0,
): Promise<boolean> {
  if (!(await replaceDelivery(deps, before, after))) return false;
  const { correlationId, deliveryId } = after;
  deps.log.error(
    { event: "job.dead", job: "delivery", correlationId, deliveryId, failures },
    "Delivery is dead",
  );
  if (!before.isFinalized) await recordDelivery(deps, after);
  return true;
}

/**
 * Does the stored job that a queue message names, if it is due. It is removed once it is done; what it
 * leaves to do takes its place. While GitHub cannot be asked it waits, however long; what fails for
 * another reason is due again after a wait, and dead after ten failures.
 */
export async function workJob(deps: WorkerDeps, message: JobMessage): Promise<void> {
  const { jobs } = deps.store;
  const stored = await jobs.get(message);
  if (!stored || !isToDo(stored) || Date.parse(stored.notBefore) > deps.clock.now()) return;
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
      return await workRepository(deps, job);
    case "file":
      return await workFile(deps, job);
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

/**
 * Ends a job that cannot be done, and says so. It stays due until it is recorded as dead, so that the sweep does the rest
 * where this is cut off.
 */
export async function buryJob(deps: WorkerDeps, stored: StoredJob): Promise<void> {
  const { jobs } = deps.store;
  const dead = stored.deadAt ? stored : await jobs.bury(stored);
  if (!dead?.deadAt) return;
  const { job, ownerId, jobId, failures, deadAt: at } = dead;
  deps.log.error({ event: "job.dead", job: job.kind, ownerId, jobId, failures }, "Job is dead");
  await recordDeadJob(deps, { kind: job.kind, id: jobId, ownerId, at, failures });
  if (job.kind === "export") await abandonExport(deps, job);
  if (job.kind === "replay") await abandonReplay(deps, job.jobId);
  await jobs.leaveDead(dead);
}

/** Records that work was given up, so that those who run the deployment find it for 14 days. */
export async function recordDeadJob(deps: WorkerDeps, dead: DeadJob): Promise<void> {
  await deps.store.facts.record(DEAD_JOBS.of(), dead.at, JSON.stringify(dead));
}

/** Stores a job that the version before enqueued whole. */
async function storeJob(
  deps: WorkerDeps,
  { postponedUntil = 0, notBefore, ...job }: WholeJob,
): Promise<void> {
  await deps.store.jobs.enqueue([job as BackgroundJob], Math.max(postponedUntil, notBefore ?? 0));
}
