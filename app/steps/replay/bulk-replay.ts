import type { WorkerDeps } from "../../deps.ts";
import { iso, SECOND } from "../../domain/clock.ts";
import { replayIdOf } from "../../domain/ids.ts";
import type { Asker, ReplayFilter, ReplayJob } from "../../domain/records/replay-job.ts";
import type { Subscription } from "../../domain/records/subscription.ts";
import { isPassing, Refusal } from "../../domain/refusal.ts";
import { afterPage, isMadeBy, matches, type ReplayPage } from "../../domain/replay/replay.ts";
import { findRight } from "../../github/repository-right.ts";
import { SUBSCRIPTION_REPLAYS } from "../../store/fact-kinds.ts";
import type { BulkReplayJob, JobLeft } from "../../store/queues.ts";
import { checkMayReplay, replayOnce } from "./replay.ts";

/** Deliveries that a job looks at in one go, and the time until its next: 60 a minute at most. */
const AT_ONCE = 10;
const PAUSE = 10 * SECOND;
/** The reason by which a delivery is left out that another replay was made of since it was listed. */
const MEANWHILE = "Somebody else replayed the delivery meanwhile.";
/** A dry run only counts. */
const COUNTED_AT_ONCE = 100;

export interface ReplayRequest extends ReplayFilter {
  dryRun: boolean;
  requestedBy: string;
  asker: Asker;
}

/** Starts a bulk replay of a connection's deliveries, oldest first; it goes on by itself. */
export async function startReplay(
  deps: WorkerDeps,
  subscription: Subscription,
  request: ReplayRequest,
): Promise<ReplayJob> {
  const now = iso(deps.clock.now());
  const job: ReplayJob = {
    ...request,
    // What the job itself makes is no part of it.
    to: request.to < now ? request.to : now,
    jobId: `replay-${crypto.randomUUID()}`,
    ownerId: subscription.ownerId,
    state: "running",
    after: null,
    examined: 0,
    matched: 0,
    replayed: 0,
    refused: {},
    startedAt: now,
    updatedAt: now,
    version: 1,
  };
  // First, so that an erasure of the connection finds it.
  await deps.store.facts.record(SUBSCRIPTION_REPLAYS.of(subscription), now, job.jobId);
  const work = { kind: "replay", jobId: job.jobId, ownerId: job.ownerId } as const;
  await deps.store.jobs.enqueueAfter(work, () => deps.store.replayJobs.add(job));
  return job;
}

/** Does one page of a bulk replay and answers what is left. Cut off anywhere and run again it makes nothing twice. */
export async function workReplay(deps: WorkerDeps, left: BulkReplayJob): Promise<JobLeft | null> {
  const job = await deps.store.replayJobs.get(left.jobId);
  if (job?.state !== "running") return null;
  const next = await deps.store.replayJobs.replace(
    job,
    afterPage(job, await workPage(deps, job), deps.clock.now()),
  );
  // Where somebody else did the page meanwhile, or cancelled the job, the next look finds out.
  if (next && next.state !== "running") return null;
  return { job: left, at: deps.clock.now() + (job.dryRun ? 0 : PAUSE) };
}

/**
 * Asks once more whether a job may replay. Its consumer's owner or its provider may have forbidden it since, and
 * its requester may have lost their role on GitHub.
 *
 * @throws Refusal unavailable or limited where GitHub does not answer
 */
async function refusalOf(deps: WorkerDeps, job: ReplayJob): Promise<string | null> {
  const { catalog } = deps.store;
  const subscription = await catalog.findSubscription(job.subscriptionId);
  if (!subscription) return "The subscription was removed.";
  const service = await catalog.findService(subscription.serviceId);
  try {
    const asker = await askerNow(deps, job, subscription);
    await checkMayReplay(deps, { consumerOwnerId: job.ownerId }, service, asker);
    return null;
  } catch (error) {
    if (!(error instanceof Refusal) || isPassing(error)) throw error;
    return error.message;
  }
}

/** Returns the rights that the requester of a job had then and has still. */
async function askerNow(
  deps: WorkerDeps,
  { asker = { changesConsumer: true, changesProvider: false }, requestedBy }: ReplayJob,
  { repositoryId, providerRepositoryId }: Subscription,
): Promise<Asker> {
  const changes = async (id: string): Promise<boolean> => {
    const repository = await deps.store.accounts.getRepository(id);
    if (!repository?.installationId) return false;
    const { installationId, ownerId } = repository;
    return (await findRight(deps.github, { installationId, ownerId }, id, requestedBy)) === "change";
  };
  const changesConsumer = asker.changesConsumer && (await changes(repositoryId));
  // The consumer's people may replay whatever the provider allows.
  const changesProvider = asker.changesProvider && !changesConsumer && (await changes(providerRepositoryId));
  return { changesConsumer, changesProvider };
}

async function workPage(deps: WorkerDeps, job: ReplayJob): Promise<ReplayPage> {
  const { items: listed, next } = await deps.store.deliveries.listAfter("subscription", job.subscriptionId, {
    after: job.after,
    count: job.dryRun ? COUNTED_AT_ONCE : AT_ONCE,
    between: [job.from, job.to],
    ascending: true,
  });
  const items = listed.filter(([, delivery]) => !isMadeBy(job, delivery));
  const matched = items
    .map(([, delivery]) => delivery)
    .filter((delivery) => matches(job, delivery, replayIdOf(job.jobId, delivery.deliveryId)));
  const reason = job.dryRun || matched.length === 0 ? null : await refusalOf(deps, job);
  if (reason !== null) {
    const counts = { examined: items.length, matched: matched.length, replayed: 0 };
    return { ...counts, refused: matched.map(() => reason), next, stopped: true };
  }
  const refused: string[] = [];
  let replayed = 0;
  for (const delivery of job.dryRun ? [] : matched) {
    try {
      if (await replayOnce(deps, delivery, replayIdOf(job.jobId, delivery.deliveryId))) replayed += 1;
      else refused.push(MEANWHILE);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refused.push(error.message);
    }
  }
  return { examined: items.length, matched: matched.length, replayed, refused, next };
}

/** A job that goes no further, and whether this call stopped it: it may have ended before. */
interface Stopped {
  job: ReplayJob;
  isNew: boolean;
}

/** Stops a bulk replay where it is; what it has made stays. */
export async function cancelReplay(deps: WorkerDeps, jobId: string): Promise<Stopped> {
  const stopped = await cancel(deps, jobId);
  if (!stopped) throw new Refusal("not-found", "There is no such job.");
  return stopped;
}

/** Stops a bulk replay of which a page failed each time it was tried. */
export async function abandonReplay(deps: WorkerDeps, jobId: string): Promise<void> {
  await cancel(deps, jobId);
}

async function cancel(deps: WorkerDeps, jobId: string): Promise<Stopped | null> {
  for (;;) {
    const job = await deps.store.replayJobs.get(jobId);
    if (job?.state !== "running") return job && { job, isNew: false };
    const updatedAt = iso(deps.clock.now());
    const cancelled = await deps.store.replayJobs.replace(job, { ...job, state: "cancelled", updatedAt });
    if (cancelled) return { job: cancelled, isNew: true };
  }
}
