import type { WorkerDeps } from "../../deps.ts";
import type { ForEach } from "../../domain/for-each-concurrently.ts";
import { isTooOld, MAX_FAILURES } from "../../domain/jobs/due-again.ts";
import type { RunAttempt, StoredEvent } from "../../domain/records/run.ts";
import { route } from "../intake/route.ts";
import { recordDeadJob } from "./record-dead-job.ts";

/**
 * Routes an event. What fails is counted with the event, which is dead after ten failures: the sweep
 * enqueues it no more.
 *
 * @throws whatever the routing threw, so that the queue message is received again
 */
export async function routeEvent(deps: WorkerDeps, run: RunAttempt & { ingestMs?: number }): Promise<void> {
  try {
    await route(deps, run);
  } catch (error) {
    await recordFailure(deps, run).catch((unrecorded: unknown) => {
      throw new AggregateError([error, unrecorded], "The routing failed, and that could not be recorded.");
    });
    throw error;
  }
}

async function recordFailure(deps: WorkerDeps, run: RunAttempt): Promise<void> {
  const { runs } = deps.store;
  const event = await runs.getEvent(run);
  if (!event || event.dueAt === undefined) return;
  const failures = await runs.recordRoutingFailure(event);
  if (failures >= MAX_FAILURES) await buryEvent(deps, { ...event, failures });
}

/** Ends the routing of an event that cannot be routed, and says so; not where a message made it due anew. */
async function buryEvent(deps: WorkerDeps, event: StoredEvent): Promise<void> {
  if (!(await deps.store.runs.endRouting(event))) return;
  const { runId: correlationId, repositoryId, runAttempt, failures = 0 } = event;
  deps.log.error(
    { event: "job.dead", job: "routing", correlationId, repositoryId, runAttempt, failures },
    "Routing is dead",
  );
  await recordDeadJob(deps, { kind: "routing", id: correlationId, ownerId: event.ownerId, failures });
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
    if (enqueued > 0 && isTooOld(receivedAt, now)) return await buryEvent(deps, event);
    if (await runs.recordEnqueued(event)) again.push(event);
  });
  await queues.enqueueRouting(again);
}
