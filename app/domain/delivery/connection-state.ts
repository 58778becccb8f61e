import { iso, MINUTE } from "../clock.ts";
import type { ConnectionState } from "../records/connection-state.ts";
import type { Delivery, Failure } from "../records/delivery.ts";
import type { Repository } from "../records/repository.ts";
import type { SubscriptionStatus } from "../records/subscription.ts";

/** A connection is paused after so many failures in a row. */
export const PAUSE_AFTER = 20;
/** The times from a pause, and from each failed probe, to the next probe. */
const PROBE_AFTER = [1 * MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE, 15 * MINUTE, 30 * MINUTE] as const;
/** The time after which deliveries set aside during a resume, which an index may not know yet, are released. */
const SECOND_LOOK = 2 * MINUTE;

export const newConnection = (subscriptionId: string): ConnectionState => ({
  subscriptionId,
  failures: 0,
  pausedAt: null,
  failure: null,
  probes: 0,
  dueAt: null,
  version: 0,
});

const probeAfter = (probes: number): number =>
  PROBE_AFTER[Math.min(probes, PROBE_AFTER.length - 1)] as number;

/** Counts a failure; the twentieth in a row pauses the connection. */
export function countFailure(state: ConnectionState, failure: Failure, now: number): ConnectionState {
  const failed = { ...state, failures: state.failures + 1, failure };
  if (state.pausedAt !== null || failed.failures < PAUSE_AFTER) return failed;
  return { ...failed, pausedAt: iso(now), probes: 0, dueAt: iso(now + probeAfter(0)) };
}

/** A proof that a connection works: GitHub accepted a dispatch, or the consumer confirmed one. */
export type Proof = "dispatched" | "confirmed";

/**
 * Returns whether a success ends a row of failures. An accepted durable dispatch proves nothing about a
 * consumer whose runs never confirm.
 */
const proves = (state: ConnectionState, proof: Proof, durable: boolean): boolean =>
  proof === "confirmed" ||
  !durable ||
  state.failure?.stage === "github" ||
  state.failure?.stage === "before-github";

/** Ends a row of failures where the success proves that they are over; a paused connection resumes. */
export function countSuccess(
  state: ConnectionState,
  proof: Proof,
  durable: boolean,
  now: number,
): ConnectionState {
  if (state.failures === 0 || !proves(state, proof, durable)) return state;
  const resumed = { ...state, failures: 0, failure: null, probes: 0 };
  return state.pausedAt === null ? resumed : { ...resumed, pausedAt: null, releases: 0, dueAt: iso(now) };
}

/** Claims the next probe of a paused connection that is due, and sets when the one after is. Null where none is due. */
export function startProbe(state: ConnectionState, now: number): ConnectionState | null {
  if (state.pausedAt === null || state.dueAt === null || Date.parse(state.dueAt) > now) return null;
  const probes = state.probes + 1;
  return { ...state, probes, dueAt: iso(now + probeAfter(probes)) };
}

/**
 * Resumes a paused connection for which nothing waits, and which has nothing to probe with: it goes on, on
 * its last chance. That nothing was found may be an index's delay, so that it counts as a first release.
 */
export const resumeUnproven = (state: ConnectionState, now: number): ConnectionState => ({
  ...state,
  failures: PAUSE_AFTER - 1,
  pausedAt: null,
  probes: 0,
  releases: 1,
  dueAt: iso(now + SECOND_LOOK),
});

/** Releases what waits for a connection at once, whatever it was paused for: it may not be dispatched any more. */
export const releaseAll = (state: ConnectionState, now: number): ConnectionState => ({
  ...resumeUnproven(state, now),
  releases: 0,
  dueAt: iso(now),
});

/** The number of waiting deliveries released at once; each still needs its consumer's budget. */
export const RELEASED_AT_ONCE = 500;

/**
 * Sets when what waits is released again. Where as many were found as are released at once, the next sweep
 * does it. Otherwise it is done after a time, until one such look after the first finds nothing more.
 */
export const afterRelease = (state: ConnectionState, found: number, now: number): ConnectionState => {
  const releases = (state.releases ?? 0) + 1;
  if (found >= RELEASED_AT_ONCE) return { ...state, releases, dueAt: iso(now) };
  return { ...state, releases, dueAt: found > 0 || releases === 1 ? iso(now + SECOND_LOOK) : null };
};

/** Returns whether a delivery waits for its connection to resume: nothing else continues it. */
export const isParked = (delivery: Pick<Delivery, "dueFor" | "parkedAt">): boolean =>
  delivery.dueFor === "dispatch" && delivery.parkedAt !== null && delivery.parkedAt !== undefined;

/**
 * Returns why a connection's deliveries may not leave any more, though it was decided once; null where they may.
 *
 * @param status - of the subscription, null where it is gone
 * @param repository - the consumer's
 */
export function dispatchRefusal(
  status: SubscriptionStatus | null,
  repository: Pick<Repository, "reachable" | "consumer"> | null,
): Pick<Failure, "kind" | "reason"> | null {
  if (status !== "approved") {
    return {
      kind: "auth",
      reason: `The subscription is ${status ?? "removed"}; its provider has to approve it.`,
    };
  }
  if (!repository?.reachable) {
    return {
      kind: "not-found",
      reason:
        "The App is not installed on the consumer's repository any more, or its installation is suspended.",
    };
  }
  if (!repository.consumer) {
    return { kind: "auth", reason: "The repository is not enabled as a consumer any more." };
  }
  return null;
}

/** Says to a consumer that it is not among the recipients of an encrypted message, and what would change that. */
const LATE =
  "The message is shielded, and was encrypted before this repository was approved or had registered a key, so that it cannot be read here. Register a key if there is none, and have the provider's workflow send it again.";

/** Returns why a delivery's message would be of no use to its consumer; null where it is. */
export const shieldRefusal = ({
  shield,
}: Pick<Delivery, "shield">): Pick<Failure, "kind" | "reason"> | null =>
  shield === "late" ? { kind: "payload", reason: LATE } : null;
