import type { WorkerDeps } from "../../deps.ts";
import { iso } from "../../domain/clock.ts";
import { connectionScope, durableFacts } from "../../domain/delivery/delivery-facts.ts";
import { type EventPart, join, pickRunFields, workflowPath } from "../../domain/intake/event.ts";
import type { Judgement } from "../../domain/intake/filter.ts";
import { archiveKeyOf, decide, deliveriesOf } from "../../domain/intake/policy.ts";
import { MAX_INLINE_BYTES } from "../../domain/limits.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import type { RunFacts } from "../../domain/records/event.ts";
import type { Counts, MeterFact } from "../../domain/records/meter-fact.ts";
import type { Plan } from "../../domain/records/routing-plan.ts";
import type { RunAttempt, StoredEvent } from "../../domain/records/run.ts";
import { FILTER_FAILURE, WORKFLOW_EVENTS } from "../../store/fact-kinds.ts";
import { deliveryJob } from "../../store/queues.ts";
import { findCause } from "../delivery/causes.ts";
import { recordRouting } from "../delivery/record-spans.ts";

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
  const { runs, deliveries, queues, storeThenEnqueue } = deps.store;
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
    if (used.has(key)) bytes.set(key, await deps.store.archive.putPayload(key, event.run, one.message));
  }
  let made = 0;
  for (let i = 0; i < wanted.length; i += WRITES_AT_ONCE) {
    const batch = wanted.slice(i, i + WRITES_AT_ONCE);
    // What was there already may have lost its place in the queue to a crash, so all of it is enqueued.
    const added = await storeThenEnqueue(
      () => Promise.all(batch.map((delivery) => deliveries.add(delivery))),
      () => queues.enqueueDeliveries(batch.map(deliveryJob)),
    );
    made += added.filter(Boolean).length;
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

/**
 * Returns the policy's answer to an event: the one that stands, or the one given now, which is stored. Stores with it
 * the time that taking the event in took. Null where the event is gone.
 */
export async function routingPlan(deps: WorkerDeps, event: StoredEvent, ingestMs = 0): Promise<Plan | null> {
  if (event.plan) return event.plan;
  if (event.planKey) return await readPlan(deps, event.planKey);
  const plan = await decideNow(deps, event);
  const text = JSON.stringify(plan);
  const planKey = `plans/${event.repositoryId}/${event.runId}/${event.eventId}.${deps.clock.now()}.json`;
  const large = Buffer.byteLength(text) > MAX_INLINE_BYTES;
  if (large) await deps.store.archive.put(planKey, text);
  const standing = await deps.store.runs.freezePlan(event, { ingestMs, ...(large ? { planKey } : { plan }) });
  if (!standing) return null;
  return standing.plan ?? (standing.planKey ? await readPlan(deps, standing.planKey) : null);
}

async function readPlan(deps: WorkerDeps, planKey: string): Promise<Plan> {
  const text = await deps.store.archive.get(planKey);
  if (text === null) throw new Error(`The plan ${planKey} is not in the archive.`);
  return JSON.parse(text) as Plan;
}

async function decideNow(deps: WorkerDeps, event: StoredEvent): Promise<Plan> {
  const { accounts, catalog } = deps.store;
  const path = workflowPath(event.run.path);
  const [repository, offer, trace, events] = await Promise.all([
    accounts.getRepository(event.repositoryId),
    catalog.offerOf(event.repositoryId),
    findCause(deps, event),
    deps.store.facts.count(
      WORKFLOW_EVENTS.of({ repositoryId: event.repositoryId, path, at: deps.clock.now() }),
    ),
  ]);
  const services = offer.services.filter((service) => service.workflow === path && service.published);
  const subscriptions = await Promise.all(
    services.map(({ serviceId }) => catalog.subscriptionsTo(serviceId)),
  );
  return decide({
    event,
    repository,
    workflows: offer.workflows,
    services,
    subscriptions: subscriptions.flat(),
    trace,
    breakerOpen: events > deps.settings.breakerLimit,
    decidedAt: iso(deps.clock.now()),
  });
}

/** The data that subscriptions' filters judge: one part of an event. */
export interface FilteredPart extends EventPart {
  run: RunFacts;
}

/** A delivery that is not made, and what its filter said. */
interface Filtered {
  delivery: Delivery;
  judgement: Judgement;
}

const PLAIN_TEXT: Judgement = {
  passes: false,
  failed: "the service demands shielded messages, and this one is plain text",
};

/**
 * Leaves out deliveries that their subscriptions' filters do not let pass, as the plan has the filters. It leaves out
 * plain text as well, where a service has come to demand shielded messages. Each is counted once, however often it is
 * routed. A filter that fails lets nothing pass; its reason is stored to be shown.
 */
async function filterDeliveries(
  deps: WorkerDeps,
  event: StoredEvent,
  plan: Plan,
  joined: readonly EventPart[],
  asked: readonly Delivery[],
): Promise<Delivery[]> {
  const filters = new Map(
    plan.services.flatMap(({ recipients }) =>
      recipients.flatMap(({ subscriptionId, filter }) => (filter ? [[subscriptionId, filter] as const] : [])),
    ),
  );
  const demanding = new Set(
    plan.services.filter(({ shield }) => shield === "required").map(({ source }) => source.serviceId),
  );
  if (filters.size === 0 && demanding.size === 0) return [...asked];
  const parts = new Map(joined.map((one) => [one.message?.messageId ?? null, one]));
  const judges = new Map<string | null, ReturnType<typeof judgePart>>();
  const passing: Delivery[] = [];
  const filtered: Filtered[] = [];
  for (const delivery of asked) {
    const filter = filters.get(delivery.subscriptionId);
    const part = parts.get(delivery.messageId);
    // Taken when the service did not demand it yet.
    if (
      part?.message &&
      !part.message.shieldedFor &&
      demanding.has(delivery.source.serviceId) &&
      !event.test
    ) {
      filtered.push({ delivery, judgement: PLAIN_TEXT });
      continue;
    }
    if (!filter || !part) {
      passing.push(delivery);
      continue;
    }
    const judge = judges.get(delivery.messageId) ?? judgePart(deps, { ...part, run: event.run });
    judges.set(delivery.messageId, judge);
    const judgement = await judge(filter, delivery.source.runFields);
    if (judgement.passes) passing.push(delivery);
    else filtered.push({ delivery, judgement });
  }
  await recordFiltered(deps, event, filtered);
  return passing;
}

/** Returns the judge of one part of an event. It reads the message once, and gives each filter its answer once. */
export function judgePart(
  deps: WorkerDeps,
  { eventType, message, run }: FilteredPart,
): (filter: string, runFields: readonly string[]) => Promise<Judgement> {
  let body: Promise<string | null> | undefined;
  const known = new Map<string, Judgement>();
  return async (filter, runFields) => {
    const key = JSON.stringify([filter, runFields]);
    const standing = known.get(key);
    if (standing) return standing;
    // With its library, which a function that starts for something else need not load.
    const { judgeBy } = await import("../../domain/intake/filter.ts");
    const isShielded = message?.shieldedFor !== undefined;
    body ??= message === null || isShielded ? Promise.resolve(null) : deps.store.archive.requireBody(message);
    // What the service does not let travel cannot be asked about either.
    const judged = { eventType, message: await body, isShielded, run: pickRunFields(run, runFields) };
    const judgement = judgeBy(filter, judged);
    known.set(key, judgement);
    return judgement;
  };
}

async function recordFiltered(
  deps: WorkerDeps,
  event: StoredEvent,
  filtered: readonly Filtered[],
): Promise<void> {
  if (filtered.length === 0) return;
  await deps.store.meters.record(
    filtered.map(({ delivery: { deliveryId, subscriptionId }, judgement }) => ({
      scope: connectionScope(subscriptionId),
      factId: `${deliveryId}#filtered`,
      at: event.receivedAt,
      counts: { filtered: 1, ...(judgement.failed === null ? {} : { filterFailures: 1 }) },
    })),
  );
  for (const { delivery, judgement } of filtered) {
    if (judgement.failed === null) continue;
    const failure = { at: event.receivedAt, correlationId: event.runId, reason: judgement.failed };
    await deps.store.facts.set(FILTER_FAILURE.of(delivery), failure);
  }
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
