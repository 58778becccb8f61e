import { MINUTE, SECOND } from "../clock.ts";
import { findDeliveryId } from "../ids.ts";
import type { Delivery } from "../records/delivery.ts";
import type { ObservedRun } from "../records/observed-run.ts";
import type { Repository } from "../records/repository.ts";
import { listensTo } from "./dispatch-types.ts";
import { decidingWorkflow, runIdOf } from "./ownership.ts";

/** GitHub makes the run of a dispatch so soon after it, or this much before by another clock. */
const WINDOW = 2 * MINUTE;
/** GitHub lists a run so soon after the dispatch that started it. */
export const LISTED_AFTER = 2 * MINUTE;
const SKEW = 15 * SECOND;

/** Since when dispatches may have caused a run, and until when, in milliseconds since the epoch. */
export const windowOf = ({ createdAt }: Pick<ObservedRun, "createdAt">): [from: number, to: number] => [
  Date.parse(createdAt) - WINDOW,
  Date.parse(createdAt) + SKEW,
];

/** Returns whether runs of a repository can be confirmed: by tracking, or by the confirm action that one has used. */
export const canConfirm = ({
  tracking,
  confirmedAt,
}: Pick<Repository, "tracking" | "confirmedAt">): boolean => tracking || confirmedAt !== null;

/**
 * Returns whether a run of a `repository_dispatch` is in progress for the first time. A later attempt may take back a
 * delivery that the one before gave up, and stops its retry.
 */
export const isFirstInProgress = ({ event, status, runAttempt }: ObservedRun): boolean =>
  event === "repository_dispatch" && status === "in_progress" && runAttempt === 1;

/** Returns whether a run ended well: it did its work, or found nothing to do. */
export const isSuccess = (conclusion: string | null): boolean =>
  conclusion === "success" || conclusion === "neutral" || conclusion === "skipped";

/**
 * Returns whether a run may belong to a delivery. Its workflow listens to the type and is the one the subscription
 * names, if it names one. The run began within a dispatch's window, and its title names no other delivery.
 */
export function mayBeOf(
  run: Pick<ObservedRun, "title" | "workflow" | "createdAt">,
  types: readonly string[] | null,
  delivery: Delivery,
): boolean {
  const named = findDeliveryId(run.title);
  if (named !== null) return named === delivery.deliveryId;
  if (delivery.workflow !== null && delivery.workflow !== run.workflow) return false;
  if (!listensTo(types, delivery.eventType)) return false;
  const [from, to] = windowOf(run);
  return delivery.attempts.some(({ startedAt }) => {
    const at = Date.parse(startedAt);
    return at >= from && at <= to;
  });
}

/** Ids of a workflow's runs that a delivery has: its owner, and those that came for it too. */
function ownRuns({ owners }: Delivery, workflow: string): Set<string> {
  const owner = owners[workflow];
  return new Set(owner ? [owner.runId, ...owner.duplicates] : []);
}

/** Ids of a workflow's runs that are known to be of a delivery: those it has, and those that gave it up. */
export function knownRuns(delivery: Delivery, workflow: string): Set<string> {
  const known = ownRuns(delivery, workflow);
  // Which workflow gave it up is not recorded: it is the one whose result counts.
  if ((decidingWorkflow(delivery) ?? workflow) !== workflow) return known;
  for (const released of delivery.releasedRuns ?? []) known.add(runIdOf(released));
  return known;
}

/**
 * Returns whether a workflow may have more runs of a delivery than are known: one for each dispatch that
 * GitHub may have accepted.
 */
function mayHaveMore(delivery: Delivery, workflow: string): boolean {
  const known = knownRuns(delivery, workflow);
  if (known.size === 0) return true;
  return delivery.attempts.filter(({ outcome }) => outcome !== "failed").length > known.size;
}

/** The delivery that a run belongs to. */
export type Match = { deliveryId: string } | { ambiguous: string[] } | null;

/**
 * Which of the deliveries lately dispatched to its repository a run was started by. One whose runs of the
 * same workflow are all known is out of the question: a dispatch starts each workflow once.
 */
export function inferDelivery(
  run: ObservedRun,
  types: readonly string[] | null,
  dispatched: readonly Delivery[],
): Match {
  const owned = dispatched.find((one) => ownRuns(one, run.workflow).has(run.runId));
  if (owned) return { deliveryId: owned.deliveryId };
  const candidates = dispatched.filter((one) => mayHaveMore(one, run.workflow) && mayBeOf(run, types, one));
  const [only, ...others] = candidates.map(({ deliveryId }) => deliveryId).sort();
  if (only === undefined) return null;
  return others.length === 0 ? { deliveryId: only } : { ambiguous: [only, ...others] };
}

/** Runs noted at most: more tell nothing that these do not. */
const MAX_RUNS = 20;

/** Records that a run fits this delivery and another alike. That alone moves nothing. */
export const markAmbiguous = (delivery: Delivery, runId: string): Delivery => {
  const runs = delivery.ambiguousRuns ?? [];
  if (runs.includes(runId) || runs.length >= MAX_RUNS) return delivery;
  return { ...delivery, ambiguousRuns: [...runs, runId] };
};
