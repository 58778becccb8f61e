import { iso } from "../clock.ts";
import type { Delivery, Owner } from "../records/delivery.ts";
import {
  type ConsumerRun,
  decidingWorkflow,
  isReleased,
  newOwner,
  ownershipOf,
  withOwner,
} from "./ownership.ts";

export interface Confirmed {
  delivery: Delivery;
  /** Another run of the same workflow owns the delivery. */
  duplicate: boolean;
}

/**
 * A consumer's run says that it has a delivery. The first run of each workflow owns it; another is a
 * duplicate; a repetition by the owner changes nothing. What is finalized stays as it is, though who
 * came is noted. One that does not decide is noted alone. Returns the delivery itself where nothing changed.
 */
export function confirm(
  delivery: Delivery,
  run: ConsumerRun,
  now: number,
  via: Owner["via"] = "action",
  decides = true,
): Confirmed {
  if (isReleased(delivery, run)) return { delivery, duplicate: false };
  const ownership = ownershipOf(delivery, run, via);
  const standing = delivery.owners[run.workflow];
  if (ownership === "duplicate" && standing) {
    if (standing.duplicates.includes(run.runId)) return { delivery, duplicate: true };
    const duplicates = [...standing.duplicates, run.runId];
    const noted = withOwner(delivery, run, { ...standing, duplicates }, decides);
    return {
      delivery: { ...noted, confirmationAttempts: delivery.confirmationAttempts + 1 },
      duplicate: true,
    };
  }
  const owner = newOwner(delivery, run);
  if (owner?.confirmedAt && owner.runAttempt >= run.runAttempt && isNoBetter(via, owner.via)) {
    return { delivery, duplicate: false };
  }
  const change = {
    via: owner && isNoBetter(via, owner.via) ? owner.via : via,
    runAttempt: Math.max(run.runAttempt, owner?.runAttempt ?? 0),
    confirmedAt: owner?.confirmedAt ?? iso(now),
    ...(run.jobId ? { jobId: run.jobId } : {}),
  };
  const owned = withOwner(delivery, run, change, decides);
  const next = { ...owned, confirmationAttempts: delivery.confirmationAttempts + 1 };
  return { delivery: toConfirmed(next, run, now), duplicate: false };
}

/** The certainty of each way of learning a run's ownership. */
const CERTAINTY: Record<Owner["via"], number> = { inferred: 0, "run-name": 1, action: 2, "run-id": 3 };

const isNoBetter = (via: Owner["via"], than: Owner["via"]): boolean => CERTAINTY[via] <= CERTAINTY[than];

/** The delivery is with its consumer. Only a run of the workflow whose result counts can say so. */
function toConfirmed(delivery: Delivery, run: ConsumerRun, now: number): Delivery {
  if (delivery.status === "Completed" || delivery.status === "Failed") return delivery;
  if (decidingWorkflow(delivery) !== run.workflow) return delivery;
  if (delivery.status === "Confirmed" && delivery.dueFor === "completion") return delivery;
  const confirmed: Delivery = {
    ...delivery,
    status: "Confirmed",
    dispatchedAt: delivery.dispatchedAt ?? iso(now),
    confirmedAt: delivery.confirmedAt ?? iso(now),
    parkedAt: null,
    failure: null,
  };
  if (delivery.durable === null)
    return { ...confirmed, isFinalized: true, dueFor: null, notBefore: null, dueAt: null };
  return {
    ...confirmed,
    dueFor: "completion",
    notBefore: null,
    dueAt: iso(now + delivery.durable.completeWithin * 1000),
  };
}
