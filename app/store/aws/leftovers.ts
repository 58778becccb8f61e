import { setTimeout as wait } from "node:timers/promises";

/** First wait before what DynamoDB left is asked for again, and the longest, in milliseconds. */
const FIRST_WAIT = 20;
const LONGEST_WAIT = 1000;

/**
 * Asks DynamoDB for a batch, and again for what it left out, as it does when throttled or when an answer would be too
 * large. Each wait is twice as long, with jitter, so that a throttled table recovers.
 *
 * @param ask - does what is asked, and returns what was left out, by table
 * @throws what it throws
 */
export async function untilNothingIsLeft<T extends object>(
  batch: T,
  ask: (pending: T) => Promise<T | undefined>,
): Promise<void> {
  let pending: T | undefined = batch;
  for (let tries = 0; pending && Object.keys(pending).length > 0; tries++) {
    if (tries > 0) await wait(Math.random() * Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** tries));
    pending = await ask(pending);
  }
}

/** Returns whether DynamoDB refused what it was asked, as it will again: an empty key, or an item that is too large. */
export const isInvalid = (error: unknown): boolean =>
  (error as Error | undefined)?.name === "ValidationException";

/** Returns an error as it was thrown, for a batch of which each part has its own. */
export const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
