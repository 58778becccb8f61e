import { HOUR, MINUTE, SECOND } from "../clock.ts";

/** Delays before the second attempt, the third, and so on, in milliseconds; the last holds for all beyond. */
export const RETRY_SCHEDULE = [
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  1 * HOUR,
  3 * HOUR,
  8 * HOUR,
] as const;

/** From a delay of this length on, half of it is certain. */
const CERTAIN_FROM = HOUR;

/**
 * Returns the wait after attempt `number` (1 for the first), with jitter. Deliveries that failed together do not
 * return together. A short wait is anywhere between zero and the schedule's delay. A long one is at least half of
 * it, so that eight attempts outlast an outage of six hours whatever chance says.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function retryDelay(number: number, random: () => number): number {
  const delay = RETRY_SCHEDULE[Math.min(number, RETRY_SCHEDULE.length) - 1] as number;
  const certain = delay >= CERTAIN_FROM ? delay / 2 : 0;
  return Math.floor(certain + random() * (delay - certain));
}
