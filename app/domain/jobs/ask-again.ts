import { MINUTE, SECOND } from "../clock.ts";

/** Waits before GitHub is asked again, in milliseconds. */
const WAITS = [10 * SECOND, MINUTE] as const;

/**
 * Returns a job as it asks GitHub again, and when, in milliseconds since the epoch. Null where that was done often
 * enough. A webhook comes before all of GitHub's servers know what it names: until then an answer says what was before.
 *
 * @param job - `behind` counts the answers that did not show what the webhook named
 */
export function askAgain<Job extends { behind?: number }>(
  job: Job,
  now: number,
): { job: Job; at: number } | null {
  const { behind = 0 } = job;
  const wait = WAITS[behind];
  return wait === undefined ? null : { job: { ...job, behind: behind + 1 }, at: now + wait };
}
