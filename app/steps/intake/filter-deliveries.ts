import type { WorkerDeps } from "../../deps.ts";
import { connectionScope } from "../../domain/delivery/delivery-facts.ts";
import type { EventPart } from "../../domain/intake/event.ts";
import type { Judgement } from "../../domain/intake/filter.ts";
import { pickRunFields } from "../../domain/intake/run-fields.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import type { RunFacts } from "../../domain/records/event.ts";
import type { Plan } from "../../domain/records/routing-plan.ts";
import type { StoredEvent } from "../../domain/records/run.ts";
import { FILTER_FAILURE } from "../../store/fact-kinds.ts";
import { bodyOf } from "../delivery/archive.ts";

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
export async function filterDeliveries(
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
    const { readFilter } = await import("../../domain/intake/filter.ts");
    const isShielded = message?.shieldedFor !== undefined;
    body ??= message === null || isShielded ? Promise.resolve(null) : bodyOf(deps, message);
    // What the service does not let travel cannot be asked about either.
    const judged = { eventType, message: await body, isShielded, run: pickRunFields(run, runFields) };
    const judgement = readFilter(filter)(judged);
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
