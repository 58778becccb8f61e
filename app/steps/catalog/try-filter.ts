import { setImmediate } from "node:timers/promises";
import type { ApiDeps } from "../../deps.ts";
import { iso } from "../../domain/clock.ts";
import { join, runFieldsOf } from "../../domain/intake/event.ts";
import { filterFault } from "../../domain/intake/filter-fault.ts";
import { decide, letsThrough } from "../../domain/intake/policy.ts";
import { invalidAt } from "../../domain/parse-input.ts";
import type { StoredEvent } from "../../domain/records/run.ts";
import type { Subscription } from "../../domain/records/subscription.ts";
import { Refusal } from "../../domain/refusal.ts";
import { type FilteredPart, judgePart } from "../intake/route.ts";
import { requireSubscription } from "./subscribe.ts";

/** One of the last events, and what a filter would have done with it. */
export interface TriedEvent {
  correlationId: string;
  eventType: string;
  receivedAt: string;
  verdict: "comes" | "filtered" | "failed";
  /** Why the filter failed; null where it did not. */
  reason: string | null;
}

/** Events that a filter is tried on, and the bounds of what is read for them: events of the provider, and bytes. */
const TRIED = 50;
const MAX_READ = 500;
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * Tries a filter on the last events that a subscription was approved for, newest first, as if nothing filtered them
 * yet. What came before the approval is not asked about: a filter could read it piece by piece.
 *
 * @throws Refusal conflict where the subscription is not approved, invalid for a filter that is wrong
 */
export async function tryFilter(
  deps: ApiDeps,
  subscriptionId: string,
  filter: string,
): Promise<TriedEvent[]> {
  const subscription = await requireSubscription(deps, subscriptionId);
  if (subscription.status !== "approved") {
    throw new Refusal("conflict", "The subscription is not approved, so no event was meant for it yet.");
  }
  const fault = await filterFault(filter);
  if (fault !== null) throw invalidAt(["filter"], fault);
  const tried: TriedEvent[] = [];
  let bytes = 0;
  for await (const { part, event, runFields } of lastParts(deps, subscription)) {
    const { passes, failed } = await judgePart(deps, part)(filter, runFields);
    const verdict = failed !== null ? "failed" : passes ? "comes" : "filtered";
    const { runId: correlationId, receivedAt } = event;
    tried.push({ correlationId, eventType: part.eventType, receivedAt, verdict, reason: failed });
    bytes += part.message?.size ?? 0;
    if (tried.length === TRIED || bytes > MAX_BYTES) break;
    // Others have their turn between two events.
    await setImmediate();
  }
  return tried;
}

/** Reads the last events of a subscription's service, each with its messages that the subscription wants. */
async function* lastParts(
  deps: ApiDeps,
  subscription: Subscription,
): AsyncGenerator<{ part: FilteredPart; event: StoredEvent; runFields: string[] }> {
  const { serviceId, providerRepositoryId: repositoryId } = subscription;
  const [repository, { services, workflows }] = await Promise.all([
    deps.store.accounts.getRepository(repositoryId),
    deps.store.catalog.offerOf(repositoryId),
  ]);
  const service = services.find((one) => one.serviceId === serviceId);
  if (!repository || !service) return;
  const runFields = runFieldsOf(service, repository);
  const asked = { repository, workflows, services: [service], subscriptions: [subscription] };
  const trace = { hops: 0, causedBy: null };
  let read = 0;
  for (let after: string | null = null; read < MAX_READ; ) {
    const { items, next } = await deps.store.runs.eventsAfter(repositoryId, { after, count: TRIED });
    read += TRIED;
    for (const [, event] of items) {
      if (event.receivedAt < (subscription.decidedAt ?? iso(deps.clock.now()))) return;
      const decided = { ...asked, event, trace, breakerOpen: false, decidedAt: event.receivedAt };
      if (event.test || decide(decided).blocked !== null) continue;
      const { messages } = await deps.store.runs.load(event);
      for (const part of join(messages, event)) {
        const isWanted = [service, subscription].every((one) => letsThrough(one.eventTypes, part.eventType));
        if (isWanted) yield { part: { ...part, run: event.run }, event, runFields };
      }
    }
    if (next === null) return;
    after = next;
  }
}
