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

/**
 * Returns the wait after attempt `number` (1 for the first), with full jitter: anywhere between zero and the
 * schedule's delay. Deliveries that failed together do not return together.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function retryDelay(number: number, random: () => number): number {
  const delay = RETRY_SCHEDULE[Math.min(number, RETRY_SCHEDULE.length) - 1] as number;
  return Math.floor(random() * delay);
}
