import { iso, SECOND } from "../clock.ts";
import type { Delivery, Failure } from "../records/delivery.ts";
import { dispatchAt, fail, isUncertain, planRecheck, retryOrFail, usedAttempts } from "./attempt.ts";
import { LISTED_AFTER } from "./tracking.ts";

/**
 * Handles a durable delivery that waited long enough. Unconfirmed, it is dispatched again until its attempts are
 * spent; confirmed but never completed, it fails. `alive` says that a run which may be its own is queued or in
 * progress. Then the wait is extended.
 */
export function overdueTransition(
  delivery: Delivery,
  now: number,
  random: () => number,
  alive = false,
): Delivery {
  if (
    delivery.isFinalized ||
    delivery.durable === null ||
    delivery.dueAt === null ||
    Date.parse(delivery.dueAt) > now
  ) {
    return delivery;
  }
  if (isUncertain(delivery)) return planRecheck(delivery, now, alive) ?? sendAgain(delivery, now);
  if (delivery.dueFor !== "confirmation" && delivery.dueFor !== "completion") return delivery;
  const agreed = agreedEnd(delivery, now);
  if (now < agreed) return { ...delivery, dueAt: iso(agreed) };
  if (delivery.dueFor === "confirmation") {
    if (alive) return { ...delivery, dueAt: iso(now + delivery.durable.confirmWithin * 1000) };
    const listedAt = Date.parse(delivery.attempts.at(-1)?.startedAt ?? "1970") + LISTED_AFTER;
    // However short the wait is: before GitHub lists a run, that none is listed says nothing.
    if (now < listedAt) return { ...delivery, dueAt: iso(listedAt) };
    return retryOrFail(
      delivery,
      late("confirmation", "confirmed", delivery.durable.confirmWithin),
      now,
      random,
    );
  }
  return fail(delivery, late("completion", "completed", delivery.durable.completeWithin), now);
}

/**
 * Returns when a wait for the consumer ends at the earliest, by the delivery's own record. A process whose clock was
 * behind has set it to end before that. A moment that this clock has not seen yet says nothing.
 */
function agreedEnd({ dueFor, durable, attempts, confirmedAt }: Delivery, now: number): number {
  const [begun, within] =
    dueFor === "completion"
      ? [[attempts.at(-1)?.startedAt, confirmedAt], durable?.completeWithin]
      : [[attempts.at(-1)?.startedAt], durable?.confirmWithin];
  const moments = begun.map((at) => Date.parse(at ?? "")).filter((at) => at <= now);
  return Math.max(...moments) + (within ?? 0) * SECOND;
}

/**
 * Fails a delivery that waits for a confirm which can no longer come. A dispatch that nothing can confirm would only
 * start the same work again.
 */
export function failUnconfirmable(delivery: Delivery, now: number): Delivery {
  if (delivery.isFinalized || delivery.dueFor !== "confirmation" || isUncertain(delivery)) return delivery;
  if (delivery.dueAt === null || Date.parse(delivery.dueAt) > now) return delivery;
  return fail(
    delivery,
    {
      stage: "confirmation",
      kind: "consumer",
      status: null,
      reason:
        "Completion tracking is off and no workflow has used the confirm action, so nothing can confirm this delivery. It is not dispatched again. Turn tracking on, or add the action.",
    },
    now,
  );
}

/** Nothing came of a dispatch whose answer nobody knows: it is sent again, at once, as a possible duplicate. */
function sendAgain(delivery: Delivery, now: number): Delivery {
  const { attempts, durable } = delivery;
  const failure = attempts.at(-1)?.failure ?? UNANSWERED;
  if (durable === null || usedAttempts(delivery) >= durable.maxAttempts) return fail(delivery, failure, now);
  return dispatchAt({ ...delivery, failure }, now);
}

const UNANSWERED: Failure = {
  stage: "github",
  kind: "timeout",
  status: null,
  reason: "What GitHub answered was not recorded, and no run was found.",
};

const late = (stage: Failure["stage"], what: string, seconds: number): Failure => ({
  stage,
  kind: "timeout",
  status: null,
  reason: `No run of the consumer ${what} it within ${seconds} s.`,
});
