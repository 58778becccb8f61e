import type { WorkerDeps } from "../../deps.ts";
import { SECOND, timeShare } from "../../domain/clock.ts";
import { type ForEach, oneByOne } from "../../domain/for-each-concurrently.ts";
import { hourOf } from "../../domain/insight/meter.ts";
import { isTooOld } from "../../domain/jobs/due-again.ts";
import type { StoredEvent, StoredMessage } from "../../domain/records/run.ts";
import type { StoredJob } from "../../store/jobs.ts";
import { probeConnections } from "../delivery/probe-connections.ts";
import { resumeDeliveries } from "./end-waits.ts";
import { buryEvent, buryJob } from "./handle-message.ts";
import { workPart } from "./work-part.ts";

/** The number of items of each kind that one sweep handles, per shard of the due index. */
const LIMIT_PER_SHARD = 100;
/** The time that each part of the sweep may take: together less than half of what its function has. */
const MESSAGES_SHARE = 20 * SECOND;
const JOBS_SHARE = 20 * SECOND;
const DELIVERIES_SHARE = 60 * SECOND;
const CONNECTIONS_SHARE = 20 * SECOND;
const FOLDS_SHARE = 20 * SECOND;
/** Items of a part that are worked on at once; of one owner a quarter of them. */
const AT_ONCE = 16;

/** The numbers of past-due items that a sweep found. */
export interface Swept {
  events: number;
  orphanedMessages: number;
  deliveries: number;
  connections: number;
  jobs: number;
  hoursFolded: number;
}

/**
 * Enqueues whatever is past due: events, deliveries and jobs whose queue message or worker was lost, and messages no
 * event joined. Runs every minute, over indexes only. Each part has its share of the time, and runs whatever became
 * of the others. Within a part, no item and no owner holds up the others.
 *
 * @throws AggregateError of what the parts threw; the error itself where there is one
 */
export async function sweep(deps: WorkerDeps): Promise<Swept> {
  const { clock } = deps;
  const swept: Swept = {
    events: 0,
    orphanedMessages: 0,
    deliveries: 0,
    connections: 0,
    jobs: 0,
    hoursFolded: 0,
  };
  const share = (time: number): { atOnce: number; isTimeLeft: () => boolean } => ({
    atOnce: AT_ONCE,
    isTimeLeft: timeShare(clock, time),
  });
  const parts: (() => Promise<void>)[] = [
    async () => {
      Object.assign(
        swept,
        await workPart(deps, "runs", share(MESSAGES_SHARE), (each) => resumeRuns(deps, each)),
      );
    },
    async () => {
      const work = (each: ForEach): Promise<number> => sweepJobs(deps, LIMIT_PER_SHARD, each);
      swept.jobs = await workPart(deps, "jobs", share(JOBS_SHARE), work);
    },
    async () => {
      swept.deliveries = await resumeDeliveries(deps, timeShare(clock, DELIVERIES_SHARE));
    },
    async () => {
      const work = (each: ForEach): Promise<number> => probeConnections(deps, LIMIT_PER_SHARD, each);
      swept.connections = await workPart(deps, "connections", share(CONNECTIONS_SHARE), work);
    },
    async () => {
      const work = (each: ForEach): Promise<number> => deps.store.meters.foldClosed(LIMIT_PER_SHARD, each);
      swept.hoursFolded = await workPart(deps, "folds", share(FOLDS_SHARE), work);
    },
  ];
  const errors: unknown[] = [];
  for (const part of parts) await part().catch((error: unknown) => errors.push(error));
  if (errors.length > 1) throw new AggregateError(errors, `${errors.length} of the sweep's parts failed`);
  if (errors.length === 1) throw errors[0];
  return swept;
}

/** Enqueues events whose routing was lost, and removes messages that no event ever joined. */
async function resumeRuns(
  deps: WorkerDeps,
  forEach: ForEach,
): Promise<Pick<Swept, "events" | "orphanedMessages">> {
  const due = await deps.store.runs.pastDue(LIMIT_PER_SHARD);
  await sweepEvents(deps, due.events, forEach);
  const naming = {
    nameOf: (message: StoredMessage): string => message.messageId,
    ownerOf: ({ ownerId }: StoredMessage): string => ownerId,
  };
  const orphanedMessages = await forEach(due.messages, naming, (message) => removeOrphan(deps, message));
  return { events: due.events.length, orphanedMessages };
}

/** Enqueues the routing of events that are past due; one that was enqueued for 14 days and ended its workers each time is dead. */
export async function sweepEvents(
  deps: WorkerDeps,
  due: readonly StoredEvent[],
  forEach: ForEach,
): Promise<void> {
  const { runs, queues } = deps.store;
  const now = deps.clock.now();
  const naming = {
    nameOf: ({ runId, runAttempt }: StoredEvent): string => `${runId}/${runAttempt}`,
    ownerOf: ({ ownerId }: StoredEvent): string => ownerId,
  };
  const again: StoredEvent[] = [];
  await forEach(due, naming, async (event) => {
    const { enqueued = 0, receivedAt } = event;
    if (event.deadAt || (enqueued > 0 && isTooOld(receivedAt, now))) return await buryEvent(deps, event);
    if (await runs.recordEnqueued(event)) again.push(event);
  });
  await queues.enqueueRouting(again);
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
    if (stored.deadAt || (stored.enqueued > 0 && isTooOld(stored.writtenAt, now)))
      return await buryJob(deps, stored);
    const marked = await jobs.recordEnqueued(stored);
    if (marked) again.push(marked);
  });
  await jobs.enqueueStored(again);
  return due.length;
}

async function removeOrphan(deps: WorkerDeps, message: StoredMessage): Promise<void> {
  const { runs, meters } = deps.store;
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
