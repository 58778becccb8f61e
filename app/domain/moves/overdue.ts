import { iso } from "../clock.ts";
import type { Delivery, Failure } from "../delivery.ts";
import { fail, retryOrFail } from "./attempt.ts";

/**
 * What becomes of a durable delivery that waited long enough: unconfirmed, it is dispatched again
 * until its attempts are spent; confirmed but never completed, it fails. `alive` says that a run which
 * may be its own is queued or in progress: then the clock stands still and is looked at again later.
 */
export function overdue(delivery: Delivery, now: number, random: () => number, alive = false): Delivery {
  if (
    delivery.isFinalized ||
    delivery.durable === null ||
    delivery.dueAt === null ||
    Date.parse(delivery.dueAt) > now
  ) {
    return delivery;
  }
  if (delivery.dueFor === "confirmation") {
    if (alive) return { ...delivery, dueAt: iso(now + delivery.durable.confirmWithin * 1000) };
    return retryOrFail(
      delivery,
      late("confirmation", "confirmed", delivery.durable.confirmWithin),
      now,
      random,
    );
  }
  if (delivery.dueFor === "completion") {
    return fail(delivery, late("completion", "completed", delivery.durable.completeWithin), now);
  }
  return delivery;
}

const late = (stage: Failure["stage"], what: string, seconds: number): Failure => ({
  stage,
  kind: "timeout",
  status: null,
  reason: `No run of the consumer ${what} it within ${seconds} s.`,
});
