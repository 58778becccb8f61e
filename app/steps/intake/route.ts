import type { WorkerDeps } from "../../deps.ts";
import { durableFacts } from "../../domain/insight/usage.ts";
import { join, workflowPath } from "../../domain/intake/event.ts";
import { archiveKeyOf, deliveriesOf } from "../../domain/intake/routing.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import type { Counts, MeterFact } from "../../domain/records/meter-fact.ts";
import type { Plan } from "../../domain/records/routing-plan.ts";
import type { RunAttempt, StoredEvent } from "../../domain/records/run.ts";
import { deliveryJob } from "../../store/queues.ts";
import { archive } from "../delivery/archive.ts";
import { recordRouting } from "../delivery/record-spans.ts";
import { filterDeliveries } from "./filter-deliveries.ts";
import { routingPlan } from "./routing-plan.ts";

/** The number of deliveries written at once. */
const WRITES_AT_ONCE = 32;

/**
 * Makes deliveries of one attempt of a run. The event is paired with each message of its steps. The plan, read once,
 * says to which subscriptions a pair goes. A pair's payload is one object of the archive, whoever gets it. Wherever
 * this is cut off, and however often it begins anew, the same deliveries come of it, and all of them are enqueued.
 */
export async function route(deps: WorkerDeps, runAttempt: RunAttempt & { ingestMs?: number }): Promise<void> {
  const startedAt = performance.now();
  const beganAt = deps.clock.now();
  const { runs, deliveries, queues } = deps.store;
  const { events, messages } = await runs.load(runAttempt);
  const event = events.find((one) => one.runAttempt === runAttempt.runAttempt);
  if (!event) return;
  // Told by the first queue message, and stored with the plan for those that come later.
  const ingestMs = runAttempt.ingestMs ?? event.ingestMs ?? 0;
  const plan = await routingPlan(deps, event, ingestMs);
  if (!plan) return;
  const joined = join(messages, event);
  const asked = deliveriesOf(event, plan, joined, deps.clock.now());
  const known = event.plan || event.planKey ? await ofKnownConsumers(deps, asked) : asked;
  const wanted = await filterDeliveries(deps, event, plan, joined, known);
  const filtered = known.length - wanted.length;
  const used = new Set(wanted.map(({ archiveKey }) => archiveKey));
  const taken = new Set(joined.map(({ message }) => message?.messageId));
  const bytes = new Map<string, number>();
  for (const one of joined) {
    const key = archiveKeyOf(event, one);
    if (used.has(key)) bytes.set(key, await archive(deps, event, one));
  }
  let made = 0;
  for (let i = 0; i < wanted.length; i += WRITES_AT_ONCE) {
    const batch = wanted.slice(i, i + WRITES_AT_ONCE);
    const added = await Promise.all(batch.map((delivery) => deliveries.add(delivery)));
    made += added.filter(Boolean).length;
    // What was there already may have lost its place in the queue to a crash, so all of it is enqueued.
    await queues.enqueueDeliveries(batch.map(deliveryJob));
  }
  const archivedBytes = [...bytes.values()].reduce((all, one) => all + one, 0);
  const runMs = ingestMs + Math.ceil(performance.now() - startedAt);
  await deps.store.meters.record([
    ...routingFacts(event, plan, { deliveries: wanted.length, filtered, archivedBytes, runMs }),
    ...durableFacts(wanted, bytes, event.receivedAt),
  ]);
  await Promise.all(
    messages
      .filter((message) => !message.joinedAt && taken.has(message.messageId))
      .map((message) => runs.joined(message)),
  );
  await runs.endRouting(event);
  // A repetition made nothing, unless there is nothing to make.
  if (made > 0 || wanted.length === 0) recordRouting(deps, event, beganAt, made);
  logRouting(deps, event, plan, { joined: joined.length - 1, deliveries: wanted.length, filtered, made });
}

/** Leaves out consumers that were erased since the plan was made. */
async function ofKnownConsumers(deps: WorkerDeps, asked: Delivery[]): Promise<Delivery[]> {
  const ids = asked.map(({ consumerRepositoryId }) => consumerRepositoryId);
  const known = new Set(
    (await deps.store.accounts.getRepositories(ids)).map(({ repositoryId }) => repositoryId),
  );
  return asked.filter(({ consumerRepositoryId }) => known.has(consumerRepositoryId));
}

/** Returns the facts of an event's routing. A repetition overwrites its duration. */
function routingFacts(
  event: StoredEvent,
  plan: Plan,
  { filtered, ...counted }: Record<"deliveries" | "filtered" | "archivedBytes" | "runMs", number>,
): MeterFact[] {
  const at = event.receivedAt;
  const ofOwner = { scope: `owner#${event.ownerId}`, factId: event.eventId, at };
  // What was made to try a subscription is in no figure but the time it took.
  if (event.test) return [{ ...ofOwner, counts: { runMs: counted.runMs } }];
  const path = workflowPath(event.run.path);
  // What nobody's filter let pass was allowed, and not wanted.
  const blocked = plan.blocked ?? (counted.deliveries + filtered === 0 ? "event-type" : null);
  const verdict: Counts = blocked === null ? { eventsAllowed: 1 } : { eventsBlocked: 1 };
  const reason: Counts = blocked === null ? {} : { [`blocked:${blocked}:${path}`]: 1 };
  return [
    { ...ofOwner, counts: { webhooksReceived: 1, ...counted, ...verdict } },
    {
      scope: `repository#${event.repositoryId}`,
      factId: event.eventId,
      at,
      counts: { ...verdict, ...reason },
    },
  ];
}

function logRouting(deps: WorkerDeps, event: StoredEvent, plan: Plan, counts: Record<string, number>): void {
  deps.log.info(
    {
      event: plan.blocked === null ? "event.routed" : "event.blocked",
      correlationId: event.runId,
      repositoryId: event.repositoryId,
      runAttempt: event.runAttempt,
      blocked: plan.blocked,
      ...counts,
    },
    plan.blocked === null ? "Event routed" : "Event blocked",
  );
}
