import type { WorkerDeps } from "../../deps.ts";
import { iso } from "../../domain/clock.ts";
import { workflowPath } from "../../domain/intake/event.ts";
import { decide } from "../../domain/intake/policy.ts";
import { MAX_INLINE_BYTES } from "../../domain/limits.ts";
import type { Plan } from "../../domain/records/routing-plan.ts";
import type { StoredEvent } from "../../domain/records/run.ts";
import { WORKFLOW_EVENTS } from "../../store/fact-kinds.ts";
import { findCause } from "../delivery/causes.ts";

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
