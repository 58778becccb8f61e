import { DAY, HOUR, MINUTE } from "../clock.ts";

/** The time that a queue message may take before the sweep enqueues its work again. */
const QUEUE_TIME = 2 * MINUTE;
const LONGEST = 1 * HOUR;

/** Failures of a job, or of an event's routing, after which it is dead. */
export const MAX_FAILURES = 10;

/** The age at which work is dead that was enqueued ever again and neither ended nor failed: it ends its workers. */
const MAX_AGE = 14 * DAY;

/** Returns whether work that is enqueued ever again since a moment (ISO 8601) is dead by its age. */
export const isTooOld = (since: string, now: number): boolean => Date.parse(since) < now - MAX_AGE;

/**
 * Returns when stored work is due again, in milliseconds since the epoch, after it was enqueued again or
 * failed so many times. Each time it waits twice as long, so that a queue that is behind is not filled
 * with the same work.
 */
export const dueAgainAt = (now: number, times: number): number =>
  now + Math.min(LONGEST, QUEUE_TIME * 2 ** Math.min(times, 16));
