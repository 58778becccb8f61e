import type { WorkerDeps } from "../../deps.ts";
import { SECOND, timeShare } from "../../domain/clock.ts";
import { isWithin } from "../../domain/hooks/gap.ts";
import {
  firstFailure,
  isDue,
  isGivenUp,
  mayArrive,
  readTo,
  withFailures,
  withoutForgotten,
  withoutFuture,
} from "../../domain/hooks/undelivered.ts";
import type { FailedWebhook, Gap, HookLog } from "../../domain/records/hook-log.ts";
import { Refusal } from "../../domain/refusal.ts";
import type { HookLogEntry, HookLogPage, HookLogQuery } from "../../github/hook-log.ts";
import { HOOK_LOG } from "../../store/fact-kinds.ts";
import { lastDowntimeEnd } from "./downtime.ts";

/** Pages of failures, of 100 entries each, that are read and asked for webhook by webhook. More are a gap. */
const MAX_PAGES = 3;
/** Failed webhooks that are remembered at most; more are a gap too. */
const MAX_WAITING = 300;

/**
 * The time that a look may ask for webhooks, or read on in a gap. GitHub may take seconds a request just when much has
 * failed, and a minute's other work waits meanwhile. The next look goes on.
 */
export const LOOK_SHARE = 30 * SECOND;

/** A webhook's log at GitHub. */
export interface LogSource {
  /** Names the log among those stored. */
  of: string;
  list(query: HookLogQuery): Promise<HookLogPage>;
  redeliver(deliveryId: string): Promise<void>;
  /** Returns whether an entry is of an event that Zekt needs. */
  isNeeded(entry: HookLogEntry): boolean;
}

const NOTHING_READ: HookLog = { readTo: null, waiting: [], gap: null };

/** Reads what is known of a log, by a clock that is right. */
export const findHookLog = async (deps: WorkerDeps, of: string): Promise<HookLog> =>
  withoutFuture((await deps.store.facts.get(HOOK_LOG.of({ of }))) ?? NOTHING_READ, deps.clock.now());

/** Stores what is known of a log. */
export const saveHookLog = (deps: WorkerDeps, of: string, log: HookLog): Promise<void> =>
  deps.store.facts.set(HOOK_LOG.of({ of }), log);

/** Grants the requests that a gap costs, and hears how far it is filled. */
export interface Progress {
  spend: () => Promise<boolean>;
  /** `again`: webhooks that had been asked for, and failed once more. Returns how many of them are not remembered. */
  progress: (gap: Gap, again?: readonly HookLogEntry[]) => number;
}

/** Adds webhooks that failed again to those to ask for, as many as are remembered; returns how many are left out. */
export function waitAgain(log: HookLog, again: readonly HookLogEntry[]): { log: HookLog; leftOut: number } {
  const waiting = withFailures(log.waiting, again);
  const most = Math.max(MAX_WAITING, log.waiting.length);
  return {
    log: { ...log, waiting: waiting.slice(0, most) },
    leftOut: Math.max(0, waiting.length - most),
  };
}

/** The result of reading a log. */
export interface ReadFailures {
  log: HookLog;
  /** Set where more failed than is asked for one by one; then nothing was. */
  isGap: boolean;
  /** Set where the look's time ended before all that is due was asked for. */
  isCut: boolean;
  /** The number of webhooks asked for, of those that were given up, and of those that GitHub does not have any more. */
  asked: number;
  givenUp: number;
  lost: number;
  /** The moment (ISO 8601) since when those failed that GitHub does not have any more; null where it has all. */
  lostSince: string | null;
  /** GitHub's refusal that ended it early; what was asked for until then counts. */
  refusal: Refusal | null;
}

/**
 * Reads the failures of a log since it was last read, and asks GitHub for what is due, as long as a look may. Where
 * many failed at once, says so and asks for nothing.
 *
 * @throws Refusal as the log's source does
 */
export async function readFailures(
  deps: WorkerDeps,
  source: LogSource,
  log: HookLog,
  since: string,
): Promise<ReadFailures> {
  const now = deps.clock.now();
  const from = log.readTo ?? since;
  const entries: HookLogEntry[] = [];
  let cursor: string | null | undefined;
  for (let page = 0; cursor !== null; page++) {
    if (page === MAX_PAGES) return { ...NOTHING_ASKED, log, isGap: true };
    const answer = await source.list({ failures: true, cursor });
    entries.push(...answer.items);
    const oldest = answer.items.at(-1);
    cursor = oldest && oldest.deliveredAt >= from ? answer.cursor : null;
  }
  const fresh = entries.filter(({ deliveredAt }) => deliveredAt >= from);
  // Copies, since what is known of them is compared afterwards with what was.
  const waiting = withFailures(log.waiting, fresh.filter(source.isNeeded)).map((one) => ({ ...one }));
  if (waiting.length > MAX_WAITING) return { ...NOTHING_ASKED, log, isGap: true };
  const back = await lastDowntimeEnd(deps);
  const isTimeLeft = timeShare(deps.clock, LOOK_SHARE);
  let asked = 0;
  let isCut = false;
  const lost: FailedWebhook[] = [];
  let refusal: Refusal | null = null;
  for (const one of waiting.filter((each) => isDue(each, now, back))) {
    if (!isTimeLeft()) {
      isCut = true;
      break;
    }
    try {
      if (await redeliverOrLose(deps, source, one.deliveryId)) asked += 1;
      else lost.push(one);
      one.asked = true;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refusal = error;
      break;
    }
  }
  const read = { ...log, waiting, readTo: readTo(log.readTo, fresh) };
  const givenUp = waiting.filter(isGivenUp).length;
  return {
    log: withoutForgotten(read, now),
    isGap: false,
    isCut,
    asked,
    givenUp,
    lost: lost.length,
    lostSince: firstFailure(lost),
    refusal,
  };
}

const NOTHING_ASKED = {
  isCut: false,
  asked: 0,
  givenUp: 0,
  lost: 0,
  lostSince: null,
  refusal: null,
} as const;

/**
 * Asks for a webhook again. Returns false where GitHub does not have it any more, which stops no other.
 *
 * @throws Refusal unavailable or limited where GitHub cannot be asked now
 */
async function redeliverOrLose(deps: WorkerDeps, source: LogSource, deliveryId: string): Promise<boolean> {
  try {
    await source.redeliver(deliveryId);
    return true;
  } catch (error) {
    if (!(error instanceof Refusal) || error.code === "unavailable" || error.code === "limited") throw error;
    deps.log.warn(
      { event: "lost-webhook.refused", of: source.of, reason: error.message },
      "GitHub does not deliver a lost webhook again",
    );
    return false;
  }
}

/**
 * Failures that are listed and asked for at a time. What GitHub's limit for writes cuts off of them, or the end of a
 * function, is asked for once more.
 */
const REDELIVERIES = 10;

/**
 * Reads on in the log of a gap, a page for each request that is granted: counts the failures, or asks for
 * them. Returns the gap as it is then; its cursor is null at the log's end.
 */
export async function readGapLog(
  deps: WorkerDeps,
  source: LogSource,
  gap: Gap,
  { spend, progress }: Progress,
): Promise<{ gap: Gap; isRead: boolean; asked: number }> {
  let at = gap;
  let asked = 0;
  while (await spend()) {
    const { items, cursor } = await source.list({
      failures: !at.isSilent,
      cursor: at.cursor ?? undefined,
      ...(at.step === "redeliver" ? { limit: REDELIVERIES } : {}),
    });
    const needed = items.filter((one) => source.isNeeded(one) && isWithin(at, one.deliveredAt));
    // A redelivery counts with its first try. That may be from before the gap, and was asked for then.
    const again = needed.filter((one) => one.redelivery && mayArrive(one.statusCode));
    const failed = needed.filter((one) => !one.redelivery && (at.isSilent || mayArrive(one.statusCode)));
    if (at.step === "count") at = { ...at, failed: at.failed + failed.length };
    else {
      for (const { deliveryId } of failed) {
        await spend();
        if (await redeliverOrLose(deps, source, deliveryId)) asked += 1;
        else at = { ...at, lost: at.lost + 1 };
      }
    }
    const oldest = items.at(-1);
    const next = oldest && oldest.deliveredAt >= at.since ? cursor : null;
    at = { ...at, cursor: next };
    at = { ...at, lost: at.lost + progress(at, again) };
    if (next === null) return { gap: at, isRead: true, asked };
  }
  return { gap: at, isRead: false, asked };
}
