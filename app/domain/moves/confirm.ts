import { iso } from "../clock.ts";
import type { Delivery, Owner } from "../delivery.ts";
import { type ConsumerRun, ownershipOf, withOwner } from "./own.ts";

export interface Confirmed {
  delivery: Delivery;
  /** Another run of the same workflow owns the delivery. */
  duplicate: boolean;
}

/**
 * A consumer's run says that it has a delivery. The first run of each workflow owns it; another is a
 * duplicate; a repetition by the owner changes nothing. What is finalized stays as it is, though who
 * came is noted. Returns the delivery itself where nothing changed.
 */
export function confirm(
  delivery: Delivery,
  run: ConsumerRun,
  now: number,
  via: Owner["via"] = "action",
): Confirmed {
  const ownership = ownershipOf(delivery, run);
  const owner = delivery.owners[run.workflow];
  if (ownership === "duplicate" && owner) {
    if (owner.duplicates.includes(run.runId)) return { delivery, duplicate: true };
    const duplicates = [...owner.duplicates, run.runId];
    const noted = withOwner(delivery, run, { ...owner, duplicates });
    return {
      delivery: { ...noted, confirmationAttempts: delivery.confirmationAttempts + 1 },
      duplicate: true,
    };
  }
  if (
    owner?.confirmedAt &&
    owner.runAttempt >= run.runAttempt &&
    (owner.via === "action" || via !== "action")
  ) {
    return { delivery, duplicate: false };
  }
  const owned = withOwner(delivery, run, {
    via,
    runAttempt: run.runAttempt,
    confirmedAt: owner?.confirmedAt ?? iso(now),
  });
  const next = { ...owned, confirmationAttempts: delivery.confirmationAttempts + 1 };
  return { delivery: moveToConfirmed(next, now), duplicate: false };
}

function moveToConfirmed(delivery: Delivery, now: number): Delivery {
  if (delivery.status !== "Pending" && delivery.status !== "Dispatched") return delivery;
  const confirmed: Delivery = {
    ...delivery,
    status: "Confirmed",
    dispatchedAt: delivery.dispatchedAt ?? iso(now),
    confirmedAt: delivery.confirmedAt ?? iso(now),
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
