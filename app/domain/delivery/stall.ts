import { iso } from "../clock.ts";
import { dueAgainAt, isTooOld, MAX_FAILURES } from "../jobs/due-again.ts";
import type { Delivery, Failure, Stall } from "../records/delivery.ts";
import { fail } from "./attempt.ts";

/*
 * A delivery stalls where working on it comes to nothing: the work throws, or ends its worker. Each time it is
 * due again later than the time before. After ten failures, or 14 days of being enqueued, it is given up; so is
 * one that ended the sweep ten times when that ended its wait.
 */

const NONE: Stall = { since: null, enqueued: 0, failures: 0, failedAt: null };

/** Records that the sweep enqueues a delivery, which is due again after a wait should that come to nothing. */
export function recordEnqueued(delivery: Delivery, now: number): Delivery {
  const stall = delivery.stall ?? NONE;
  const enqueued = stall.enqueued + 1;
  const since = stall.since ?? iso(now);
  return { ...delivery, stall: { ...stall, since, enqueued }, dueAt: iso(dueAgainAt(now, enqueued)) };
}

/** Returns whether a delivery was enqueued for 14 days and ended its worker each time. */
export const isEndless = ({ stall }: Delivery, now: number): boolean =>
  stall?.since != null && isTooOld(stall.since, now);

/** Records that the sweep begins to end a delivery's wait: should its worker end of that, it is known by it. */
export function beginEnding(delivery: Delivery, now: number): Delivery {
  const stall = delivery.stall ?? NONE;
  return { ...delivery, stall: { ...stall, ending: { times: timesOf(delivery) + 1, at: iso(now) } } };
}

/** Forgets that the sweep began to end a delivery's wait, since its worker came back. */
export const endEnding = (delivery: Delivery): Delivery =>
  delivery.stall?.ending ? { ...delivery, stall: { ...delivery.stall, ending: null } } : delivery;

const timesOf = ({ stall }: Delivery): number => stall?.ending?.times ?? 0;

/** Returns whether the sweep died of a delivery's wait. */
export const diedOfEnding = (delivery: Delivery): boolean => timesOf(delivery) > 0;

/** Returns whether a delivery's wait may be ended now: one that the sweep died of has to wait, each time longer. */
export const mayEndNow = (delivery: Delivery, now: number): boolean =>
  !delivery.stall?.ending ||
  now >= dueAgainAt(Date.parse(delivery.stall.ending.at), delivery.stall.ending.times - 1);

/** Returns whether the sweep died ten times of a delivery's wait. */
export const isDeadly = (delivery: Delivery): boolean => timesOf(delivery) >= MAX_FAILURES;

/** The wait after so many failures, in milliseconds; the first is tried again at once, as most errors pass. */
const waitAfter = (failures: number): number => (failures < 2 ? 0 : dueAgainAt(0, failures - 1));

/**
 * Counts a failed try to work on a delivery; the tenth gives it up. Those within one wait count once, since a queue
 * repeats its message sooner. Returns the delivery itself where nothing is to be counted.
 */
export function countFailure(delivery: Delivery, now: number): Delivery {
  // An attempt that was leased counts as one, however it ends.
  const isLeased = delivery.attempts.at(-1)?.outcome === "leased";
  if (isLeased || (delivery.isFinalized && delivery.dueAt === null)) return delivery;
  const { failures: before, failedAt, ...stall } = delivery.stall ?? NONE;
  if (failedAt !== null && now < Date.parse(failedAt) + waitAfter(before)) return delivery;
  const failures = before + 1;
  const counted = { ...delivery, stall: { ...stall, failures, failedAt: iso(now) } };
  if (failures >= MAX_FAILURES) return giveUp(counted, now);
  const wait = waitAfter(failures);
  return wait === 0 || delivery.dueAt === null ? counted : { ...counted, dueAt: iso(now + wait) };
}

/** Gives a delivery up that cannot be worked on. Of one that has failed already, its figures are given up. */
export function giveUp(delivery: Delivery, now: number): Delivery {
  if (delivery.isFinalized) return { ...delivery, dueAt: null };
  const { dueFor, stall } = delivery;
  const stage: Failure["stage"] = dueFor === null || dueFor === "dispatch" ? "before-github" : dueFor;
  const failures = stall?.failures ?? 0;
  const how =
    failures >= MAX_FAILURES
      ? `failed ${failures} times`
      : isDeadly(delivery)
        ? `was cut off ${timesOf(delivery)} times`
        : "was cut off for 14 days";
  const reason = `Zekt's work on this delivery ${how} by an error of its own, and stopped. The operator finds the error in the log under the delivery's id. Replay it once that is fixed.`;
  return fail(delivery, { stage, kind: "internal", status: null, reason }, now);
}
