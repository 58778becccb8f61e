import { setImmediate } from "node:timers/promises";
import type { ApiDeps } from "../../deps.ts";
import { pickRunFields } from "../../domain/intake/event.ts";
import type { Filter, Judgement } from "../../domain/intake/filter.ts";
import { filterFault } from "../../domain/intake/filter-fault.ts";
import { invalidAt } from "../../domain/parse-input.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import { isApproved } from "../delivery/read-payload.ts";

/** The bounds of one search: payloads judged, bytes read for them, and milliseconds. */
const MAX_SEARCHED = 100;
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_MS = 5_000;

/** The extent of a search. */
export interface Searched {
  /** Deliveries whose payload was looked for. */
  deliveries: number;
  /** Those among them whose payload is not archived any more, or may not be read. */
  unreadable: number;
  /** Those among them for which the expression failed. */
  failed: number;
  /** The reason of the first failure; null where there was none. */
  reason: string | null;
}

/** A search of deliveries' payloads by an expression, which ends at its bounds. */
export interface PayloadSearch {
  /** Returns whether a delivery's payload matches; null, and the delivery is not searched, past the bounds. */
  judge(delivery: Delivery): Promise<boolean | null>;
  searched(): Searched;
}

/**
 * Begins a search by a CEL expression over `message`, `run` and `eventType`, as filters of subscriptions have them. A
 * consumer's search reads a payload only while its subscription is approved.
 *
 * @throws Refusal invalid at /where for an expression that is wrong
 */
export async function beginPayloadSearch(
  deps: ApiDeps,
  where: string,
  side: "provider" | "consumer",
): Promise<PayloadSearch> {
  const fault = await filterFault(where);
  if (fault !== null) throw invalidAt(["where"], fault);
  const { readFilter } = await import("../../domain/intake/filter.ts");
  const filter = readFilter(where);
  const until = deps.clock.now() + MAX_MS;
  const searched: Searched = { deliveries: 0, unreadable: 0, failed: 0, reason: null };
  // Deliveries of one message to many consumers share a payload, and so a judgement.
  const known = new Map<string, Judgement | null>();
  const approved = new Map<string, Promise<boolean>>();
  let bytes = 0;

  const mayRead = (delivery: Delivery): Promise<boolean> => {
    const { subscriptionId } = delivery;
    const answer = approved.get(subscriptionId) ?? isApproved(deps, delivery);
    approved.set(subscriptionId, answer);
    return answer;
  };
  const judgementOf = async (delivery: Delivery): Promise<Judgement | null> => {
    const { archiveKey, eventType, source } = delivery;
    const key = JSON.stringify([archiveKey, eventType, source.runFields]);
    const standing = known.get(key);
    if (standing !== undefined) return standing;
    const { judgement, size } = await read(deps, filter, delivery);
    bytes += size;
    known.set(key, judgement);
    // Others have their turn between two payloads.
    await setImmediate();
    return judgement;
  };

  return {
    searched: () => searched,
    async judge(delivery) {
      const isOver = searched.deliveries === MAX_SEARCHED || bytes > MAX_BYTES || deps.clock.now() > until;
      if (isOver && searched.deliveries > 0) return null;
      searched.deliveries += 1;
      const judgement = side === "provider" || (await mayRead(delivery)) ? await judgementOf(delivery) : null;
      if (judgement === null) searched.unreadable += 1;
      else if (judgement.failed !== null) {
        searched.failed += 1;
        searched.reason ??= judgement.failed;
      }
      return judgement?.passes ?? false;
    },
  };
}

/** Judges a delivery's archived payload; the judgement is null once its 90 days are over. */
async function read(
  deps: ApiDeps,
  filter: Filter,
  { archiveKey, eventType, source, shield }: Delivery,
): Promise<{ judgement: Judgement | null; size: number }> {
  const archived = await deps.store.archive.findPayload(archiveKey);
  if (!archived) return { judgement: null, size: 0 };
  // What the service does not let travel cannot be asked about either.
  const run = pickRunFields(archived.run, source.runFields);
  const isShielded = shield !== undefined;
  const message = isShielded ? null : archived.body;
  return { judgement: filter({ eventType, message, isShielded, run }), size: archived.size };
}
