import type { Delivery } from "../records/delivery.ts";
import type { Counts, MeterFact } from "../records/meter-fact.ts";

/** The share of durable delivery, or of everything else, in the usage. */
export interface UsageShare {
  /** Dispatches to the owner's repositories. */
  dispatches: number;
  /** Milliseconds of work. */
  runMs: number;
  /** Requests that counted against the owner's quota on GitHub. */
  githubRequests: number;
}

export interface DurableShare extends UsageShare {
  /** Deliveries made. */
  deliveries: number;
  /** Bytes of payloads kept for them to be repeated from. */
  archivedBytes: number;
}

/** Distinguishes durable work from all other in an owner's counts. */
export function shares(counts: Counts): { durable: DurableShare; other: UsageShare } {
  const of = (kind: keyof Counts): number => counts[kind] ?? 0;
  const durable = {
    deliveries: of("durableDeliveries"),
    dispatches: of("durableDispatches"),
    runMs: of("durableRunMs"),
    githubRequests: of("durableGithubRequests"),
    archivedBytes: of("durableArchivedBytes"),
  };
  const rest = (all: keyof Counts, part: number): number => Math.max(0, of(all) - part);
  return {
    durable,
    other: {
      dispatches: rest("dispatches", durable.dispatches),
      runMs: rest("runMs", durable.runMs),
      githubRequests: rest("githubRequests", durable.githubRequests),
    },
  };
}

/**
 * Returns the costs of durable deliveries to each consumer's owner: one more delivery, and its payload, stored for
 * repeats. `bytes` holds the size of each archived payload by its key; `at` is the event's moment.
 */
export const durableFacts = (
  deliveries: readonly Delivery[],
  bytes: ReadonlyMap<string, number>,
  at: string,
): MeterFact[] =>
  deliveries
    .filter(({ durable }) => durable !== null)
    .map(({ deliveryId, consumerOwnerId, archiveKey }) => ({
      scope: `owner#${consumerOwnerId}`,
      factId: `${deliveryId}#durable`,
      at,
      counts: { durableDeliveries: 1, durableArchivedBytes: bytes.get(archiveKey) ?? 0 },
    }));
