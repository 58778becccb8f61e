import { HOUR, iso, MINUTE, wasAhead } from "../clock.ts";
import type { FailedWebhook, HookLog } from "../records/hook-log.ts";

/** One entry of a webhook's log at GitHub. */
interface LogEntry {
  deliveryId: string;
  guid: string;
  deliveredAt: string;
  redelivery: boolean;
  statusCode: number;
}

/** A webhook that failed so often is not asked for again: it is the webhook itself that cannot be taken. */
export const MAX_TRIES = 8;
/** Entries may appear in the log so long after their time, and are read once more. */
const OVERLAP = 5 * MINUTE;
/** A webhook that was asked for is remembered so long, so that its tries are counted. */
const REMEMBERED = 6 * HOUR;

/** Returns the wait after a webhook's last try before the next: a minute, two, four, and so on. */
const waitAfter = (tries: number): number => MINUTE * 2 ** (tries - 1);

/** A webhook that we refused for its shape: it would be refused again, and its run is read from the list of runs. */
const REFUSED = 400;

/** Returns whether a status says that a webhook failed and may arrive the next time. */
export const mayArrive = (statusCode: number): boolean => !isSuccess(statusCode) && statusCode !== REFUSED;

const isSuccess = (statusCode: number): boolean => statusCode >= 200 && statusCode < 300;

/**
 * Adds entries of a log to the webhooks that are known to have failed. GitHub is asked for failures alone,
 * so that the first entry seen of a redelivery stands for two tries.
 */
export function withFailures(
  waiting: readonly FailedWebhook[],
  entries: readonly LogEntry[],
): FailedWebhook[] {
  const failed = new Map(waiting.map((one) => [one.guid, one]));
  for (const { guid, deliveryId, deliveredAt: at, redelivery, statusCode } of oldestFirst(entries)) {
    const known = failed.get(guid);
    if (!mayArrive(statusCode)) failed.delete(guid);
    else if (!known || at > known.at) {
      const before = known?.tries ?? (redelivery ? 1 : 0);
      failed.set(guid, { guid, deliveryId, at, tries: before + 1, asked: false });
    }
  }
  return [...failed.values()];
}

/** Returns entries in the order in which they were made: GitHub lists the newest first, also of one moment. */
const oldestFirst = (entries: readonly LogEntry[]): LogEntry[] =>
  entries.toReversed().sort((a, b) => Date.parse(a.deliveredAt) - Date.parse(b.deliveredAt));

/**
 * Returns whether a failed webhook is to be asked for now. One that failed before `back`, the end of our
 * downtime, is asked for at once. Any other is after a wait that grows with its tries.
 */
export const isDue = ({ asked, at, tries }: FailedWebhook, now: number, back: number): boolean =>
  !asked && tries < MAX_TRIES && (Date.parse(at) <= back || now - Date.parse(at) >= waitAfter(tries));

/** Returns the milliseconds until the first of failed webhooks is to be asked for by its own wait; null where none is. */
export function dueIn(waiting: readonly FailedWebhook[], now: number): number | null {
  const due = waiting.filter((one) => !one.asked && !isGivenUp(one));
  return due.length === 0
    ? null
    : Math.min(...due.map(({ at, tries }) => Date.parse(at) + waitAfter(tries) - now));
}

/** Returns whether a failed webhook is given up. */
export const isGivenUp = ({ tries }: FailedWebhook): boolean => tries >= MAX_TRIES;

/**
 * Returns a moment (ISO 8601) before which none of failed webhooks had failed; null where there are none. Of one that was
 * asked for again only the last try is remembered.
 */
export function firstFailure(failed: readonly FailedWebhook[]): string | null {
  const times = failed.map(({ at, tries }) => Date.parse(at) - (tries > 1 ? REMEMBERED : 0));
  return times.length === 0 ? null : iso(Math.min(...times));
}

/** Returns the moment until which a log counts as read, once its entries were; GitHub's clock alone counts. */
export function readTo(before: string | null, entries: readonly LogEntry[]): string | null {
  const newest = oldestFirst(entries).at(-1);
  if (!newest) return before;
  const to = iso(Date.parse(newest.deliveredAt) - OVERLAP);
  return before !== null && before > to ? before : to;
}

/**
 * Returns a log as far as it is past. A clock that was ahead, and has been set back since, has marked as read what was
 * still to come: then nothing counts as read.
 */
export function withoutFuture(log: HookLog, now: number): HookLog {
  const isAhead = (at: string | null | undefined): boolean => at != null && wasAhead(Date.parse(at), now) > 0;
  if (!isAhead(log.readTo) && !isAhead(log.gap?.until)) return log;
  return { ...log, readTo: null, gap: isAhead(log.gap?.until) ? null : log.gap };
}

/** Returns a log without the webhooks that need not be remembered. */
export const withoutForgotten = (log: HookLog, now: number): HookLog => ({
  ...log,
  waiting: log.waiting.filter(
    (one) =>
      !isGivenUp(one) &&
      (!one.asked ||
        one.at >= (log.readTo ?? "") ||
        (one.tries > 1 && now - Date.parse(one.at) < REMEMBERED)),
  ),
});
