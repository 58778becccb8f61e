import { MINUTE, SECOND } from "../clock.ts";

/** Waits before GitHub is asked again, in milliseconds. */
const WAITS = [10 * SECOND, MINUTE] as const;

/**
 * Returns when to ask GitHub again, in milliseconds since the epoch; null where that was done often enough. A webhook
 * comes before all of GitHub's servers know what it tells of: until then an answer says what was before.
 *
 * @param behind - the number of answers that did not show what the webhook told of
 */
export function askAgainAt(behind: number, now: number): number | null {
  const wait = WAITS[behind];
  return wait === undefined ? null : now + wait;
}
