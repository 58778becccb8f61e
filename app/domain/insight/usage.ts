import type { Counts } from "../records/meter-fact.ts";

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
