import type { WorkerDeps } from "../../deps.ts";
import { SECOND, timeShare } from "../../domain/clock.ts";
import { hourOf } from "../../domain/insight/meter.ts";
import type { StoredMessage } from "../../domain/records/run.ts";
import { probeConnections } from "../delivery/probe-connections.ts";
import { resumeDeliveries } from "./end-waits.ts";
import { sweepEvents } from "./route-event.ts";
import { sweepJobs } from "./work-job.ts";

/** The number of items of each kind that one sweep handles, per shard of the due index. */
const LIMIT_PER_SHARD = 100;
/** The time that each part of the sweep may take: together less than half of what its function has. */
const MESSAGES_SHARE = 20 * SECOND;
const DELIVERIES_SHARE = 60 * SECOND;
const CONNECTIONS_SHARE = 30 * SECOND;

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
 * of the others.
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
  const parts: (() => Promise<void>)[] = [
    async () => {
      Object.assign(swept, await resumeRuns(deps, timeShare(clock, MESSAGES_SHARE)));
    },
    async () => {
      swept.jobs = await sweepJobs(deps, LIMIT_PER_SHARD);
    },
    async () => {
      swept.deliveries = await resumeDeliveries(deps, timeShare(clock, DELIVERIES_SHARE));
    },
    async () => {
      const isTimeLeft = timeShare(clock, CONNECTIONS_SHARE);
      swept.connections = await probeConnections(deps, LIMIT_PER_SHARD, isTimeLeft);
    },
    async () => {
      swept.hoursFolded = await deps.store.meters.foldClosed(LIMIT_PER_SHARD);
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
  isTimeLeft: () => boolean,
): Promise<Pick<Swept, "events" | "orphanedMessages">> {
  const due = await deps.store.runs.pastDue(LIMIT_PER_SHARD);
  await sweepEvents(deps, due.events);
  let orphanedMessages = 0;
  for (const message of due.messages) {
    if (!isTimeLeft()) break;
    await removeOrphan(deps, message);
    orphanedMessages += 1;
  }
  return { events: due.events.length, orphanedMessages };
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
