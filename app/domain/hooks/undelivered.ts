import { MINUTE } from "../clock.ts";

/** One entry of a webhook's log at GitHub. */
interface LogEntry {
  guid: string;
  deliveredAt: string;
  statusCode: number;
}

/** A webhook that failed so often is not asked for again: it is the webhook itself that cannot be taken. */
export const MAX_TRIES = 8;

/** Returns the wait after a webhook's last try before the next: a minute, two, four, and so on. */
const waitAfter = (tries: number): number => MINUTE * 2 ** (tries - 1);

/**
 * Returns the last try of each webhook that was never answered 2xx and is due for a redelivery. One of `back` or
 * earlier, the end of a downtime, is due at once.
 */
export function undelivered<T extends LogEntry>(entries: readonly T[], now: number, back = 0): T[] {
  const lost: T[] = [];
  for (const tries of Map.groupBy(entries, ({ guid }) => guid).values()) {
    if (tries.some(({ statusCode }) => statusCode >= 200 && statusCode < 300)) continue;
    const last = tries.reduce((a, b) => (a.deliveredAt > b.deliveredAt ? a : b));
    const at = Date.parse(last.deliveredAt);
    if (tries.length < MAX_TRIES && (at <= back || now - at >= waitAfter(tries.length))) lost.push(last);
  }
  return lost;
}
