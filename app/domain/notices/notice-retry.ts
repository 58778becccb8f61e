import { HOUR, MINUTE, SECOND } from "../clock.ts";

/** Delays before a notice's webhook is sent again, in milliseconds, as Standard Webhooks proposes. */
const SCHEDULE = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
] as const;

/** A receiver's answer. */
export type WebhookAnswer =
  | { outcome: "taken" }
  /** It wants nothing any more. */
  | { outcome: "gone"; reason: string }
  /** It may work later; `retryAfter` in seconds where the receiver named it. */
  | { outcome: "failed"; reason: string; retryAfter: number | null };

/**
 * Returns when to send again after `tries` failed tries, with up to a fifth more, so that failed notices do not
 * return together. Returns null after the last try.
 */
export function retryAt(
  tries: number,
  retryAfter: number | null,
  now: number,
  random: () => number,
): number | null {
  const delay = SCHEDULE[tries - 1];
  if (delay === undefined) return null;
  return now + Math.max(delay * (1 + random() / 5), (retryAfter ?? 0) * SECOND);
}
