import type { Zekt } from "../../deps.ts";
import { HOUR, iso } from "../../domain/clock.ts";
import { workflowPath } from "../../domain/intake/event.ts";
import { decide, type Plan } from "../../domain/intake/policy.ts";
import { MAX_INLINE_BYTES } from "../../domain/limits.ts";
import type { StoredEvent } from "../../store/runs.ts";
import { findTrace } from "../delivery/find-trace.ts";

/** The policy's answer to an event: the one that stands, or the one given now and kept. Null where the event is gone. */
export async function planOf(zekt: Zekt, event: StoredEvent): Promise<Plan | null> {
  if (event.plan) return event.plan;
  if (event.planKey) return await readPlan(zekt, event.planKey);
  const plan = await decideNow(zekt, event);
  const text = JSON.stringify(plan);
  const planKey = `plans/${event.repositoryId}/${event.runId}/${event.eventId}.${zekt.clock.now()}.json`;
  const large = Buffer.byteLength(text) > MAX_INLINE_BYTES;
  if (large) await zekt.store.archive.put(planKey, text);
  const standing = await zekt.store.runs.freezePlan(event, large ? { planKey } : { plan });
  if (!standing) return null;
  return standing.plan ?? (standing.planKey ? await readPlan(zekt, standing.planKey) : null);
}

async function readPlan(zekt: Zekt, planKey: string): Promise<Plan> {
  const text = await zekt.store.archive.get(planKey);
  if (text === null) throw new Error(`The plan ${planKey} is not in the archive.`);
  return JSON.parse(text) as Plan;
}

async function decideNow(zekt: Zekt, event: StoredEvent): Promise<Plan> {
  const { accounts, catalog } = zekt.store;
  const path = workflowPath(event.run.path);
  const [repository, offer, trace, events] = await Promise.all([
    accounts.getRepository(event.repositoryId),
    catalog.offerOf(event.repositoryId),
    findTrace(zekt, event),
    zekt.store.guards.count(
      "breaker",
      `${event.repositoryId}#${path}#${Math.floor(zekt.clock.now() / HOUR)}`,
      2 * HOUR,
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
    breakerOpen: events > zekt.settings.breakerLimit,
    decidedAt: iso(zekt.clock.now()),
  });
}
