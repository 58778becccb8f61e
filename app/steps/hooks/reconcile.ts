import type { WorkerDeps } from "../../deps.ts";
import { iso, MINUTE, timeShare } from "../../domain/clock.ts";
import { openGap } from "../../domain/hooks/gap.ts";
import { dueIn } from "../../domain/hooks/undelivered.ts";
import { HOOK_LOG_TTL } from "../../domain/limits.ts";
import type { HookLog } from "../../domain/records/hook-log.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { Refusal } from "../../domain/refusal.ts";
import { listAppHookLog, redeliverToApp } from "../../github/app-hook-log.ts";
import { listHookLog, redeliver } from "../../github/hook-log.ts";
import { NEXT_APP_LOG } from "../../store/fact-kinds.ts";
import { raiseMissedRuns } from "../notices/raise-notice.ts";
import {
  findHookLog,
  LOOK_SHARE,
  type LogSource,
  type Progress,
  readFailures,
  readGapLog,
  saveHookLog,
  waitAgain,
} from "./failed-webhooks.ts";
import { fillGap } from "./fill-gap.ts";

/** The App's own log is read in this rhythm, and sooner while something of it is missing. */
const APP_RHYTHM = 30 * MINUTE;
const APP_SOON = 2 * MINUTE;
/** The end of a gap is read once more by the look after it: GitHub's clock may be behind, and its log be late. */
const OVERLAP = 5 * MINUTE;
const endOf = (until: string): string => iso(Date.parse(until) - OVERLAP);
/** Requests that one look may spend on a gap of the App's own log. */
const APP_REQUESTS = 100;

/** The result of looking at a webhook's log. */
export interface Reconciled {
  /** The number of webhooks asked for again. */
  asked: number;
  /** Set while a gap is not filled yet, or something that is due not asked for. */
  isOpen: boolean;
  /** Set where the installation's share of this hour is spent on gaps. */
  isHourSpent: boolean;
  /** Milliseconds until a webhook that failed is to be asked for; null where none is. */
  dueIn: number | null;
}

const sourceOf = (deps: WorkerDeps, repository: Repository, hookId: string): LogSource => ({
  of: repository.repositoryId,
  list: (query) => listHookLog(deps.github, repository, hookId, query),
  redeliver: (deliveryId) => redeliver(deps.github, repository, hookId, deliveryId),
  isNeeded: ({ event, action }) => event === "workflow_run" && action === "completed",
});

/**
 * Opens a gap of a placed webhook since a moment (ISO 8601), in what is known of its log. It stands until it is filled,
 * whatever fails meanwhile. Returns what is known of the log then.
 */
export async function openHookGap(
  deps: WorkerDeps,
  repositoryId: string,
  log: HookLog,
  since: string,
): Promise<HookLog> {
  const opened = { ...log, gap: openGap(log.gap, since, iso(deps.clock.now())) };
  await saveHookLog(deps, repositoryId, opened);
  return opened;
}

/**
 * Reads a placed webhook's log at GitHub and asks for what never arrived: GitHub does not send it again by
 * itself. A gap that is open, or where many failed at once, is filled from the list of runs. What arrives
 * twice is one event all the same.
 * https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries
 *
 * @param known - what is known of the log, where it was read already
 * @throws Refusal forbidden where the webhook is gone, or the repository out of reach
 */
export async function reconcile(
  deps: WorkerDeps,
  repository: Repository,
  known?: HookLog,
): Promise<Reconciled> {
  const { hook, repositoryId } = repository;
  const result: Reconciled = { asked: 0, isOpen: false, isHourSpent: false, dueIn: null };
  if (!hook?.hookId) return result;
  const source = sourceOf(deps, repository, hook.hookId);
  const now = deps.clock.now();
  const before = known ?? (await findHookLog(deps, repositoryId));
  let log = before;
  try {
    if (log.gap === null) {
      const oldest = iso(now - HOOK_LOG_TTL);
      const read = await readFailures(deps, source, log, oldest);
      result.asked = read.asked;
      result.isOpen = read.isCut;
      // What GitHub does not deliver again may be among its runs.
      const since = read.isGap ? (log.readTo ?? oldest) : read.lostSince;
      log = since === null ? read.log : { ...read.log, gap: openGap(null, since, iso(now)) };
      if (read.givenUp > 0) await nameGivenUp(deps, repository, read.givenUp);
      if (read.refusal) throw read.refusal;
    }
    if (log.gap !== null) {
      const readTo = endOf(log.gap.until);
      const filled = await fillGap(deps, repository, source, log.gap, (gap, again = []) => {
        const noted = waitAgain(log, again);
        log = { ...noted.log, gap };
        return noted.leftOut;
      });
      result.asked += filled.asked;
      result.isHourSpent = filled.isHourSpent;
      log = { ...log, gap: filled.gap, ...(filled.gap === null ? { readTo } : {}) };
    }
  } finally {
    // What was done until then is done, whatever ended it.
    if (isChanged(before, log)) await saveHookLog(deps, repositoryId, log);
    logAsked(deps, result.asked, { repositoryId });
  }
  return { ...result, isOpen: result.isOpen || log.gap !== null, dueIn: dueIn(log.waiting, now) };
}

const isChanged = (before: HookLog, after: HookLog): boolean =>
  JSON.stringify(before) !== JSON.stringify(after);

function logAsked(deps: WorkerDeps, lost: number, ids: object): void {
  if (lost > 0)
    deps.log.warn({ event: "lost-webhooks.requested", ...ids, lost }, "Lost webhooks requested again");
}

/** Names webhooks that failed so often that they are not asked for again. */
async function nameGivenUp(deps: WorkerDeps, repository: Repository, lost: number): Promise<void> {
  const { repositoryId } = repository;
  deps.log.error(
    { event: "lost-webhooks.given-up", repositoryId, lost },
    "Webhooks failed too often and are not requested again",
  );
  const now = iso(deps.clock.now());
  await raiseMissedRuns(deps, repository, { since: now, until: now, runs: lost });
}

/**
 * The same for the App's own webhook, at most every half hour, and at once after a downtime or an error of
 * our own. Returns how many it asked for; null where it was not the time.
 */
export async function reconcileApp(deps: WorkerDeps): Promise<number | null> {
  const { facts } = deps.store;
  const now = deps.clock.now();
  const next = await facts.get(NEXT_APP_LOG.of());
  if (next && Date.parse(next.at) > now) return null;
  let wait = APP_SOON;
  try {
    const { asked, isQuiet } = await readAppLog(deps);
    if (isQuiet) wait = APP_RHYTHM * (1 + Math.random());
    logAsked(deps, asked, {});
    return asked;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    deps.log.warn(
      { event: "hook-log.unreadable", reason: error.message },
      "Log of the App's webhook could not be read",
    );
    return 0;
  } finally {
    await facts.set(NEXT_APP_LOG.of(), { at: iso(now + wait) });
  }
}

/** Reads the App's own log. It has no list of runs beside it: each webhook that failed is asked for. */
async function readAppLog(deps: WorkerDeps): Promise<{ asked: number; isQuiet: boolean }> {
  const of = "app";
  const source: LogSource = {
    of,
    list: (query) => listAppHookLog(deps.github, query),
    redeliver: (deliveryId) => redeliverToApp(deps.github, deliveryId),
    isNeeded: ({ event }) => event !== "ping",
  };
  const now = iso(deps.clock.now());
  const since = iso(deps.clock.now() - HOOK_LOG_TTL);
  const before = await findHookLog(deps, of);
  let log = before;
  let asked = 0;
  try {
    if (log.gap === null) {
      const read = await readFailures(deps, source, log, since);
      ({ log, asked } = read);
      if (read.lost > 0)
        nameLostOfApp(deps, { since: read.lostSince as string, until: now, lost: read.lost });
      if (read.refusal) throw read.refusal;
      if (read.isGap)
        log = { ...log, gap: { ...openGap(null, log.readTo ?? since, now), step: "redeliver" } };
    }
    if (log.gap !== null) {
      const { until } = log.gap;
      let left = APP_REQUESTS;
      const isTimeLeft = timeShare(deps.clock, LOOK_SHARE);
      const spend = async (): Promise<boolean> => left-- > 0 && isTimeLeft();
      const progress: Progress["progress"] = (gap, again = []) => {
        const noted = waitAgain(log, again);
        log = { ...noted.log, gap };
        return noted.leftOut;
      };
      const read = await readGapLog(deps, source, log.gap, { spend, progress });
      asked += read.asked;
      log = read.isRead ? { ...log, gap: null, readTo: endOf(until) } : { ...log, gap: read.gap };
      const { since, lost } = read.gap;
      if (read.isRead && lost > 0) nameLostOfApp(deps, { since, until, lost });
    }
  } finally {
    // What was done until then is done, whatever ended it.
    if (isChanged(before, log)) await saveHookLog(deps, of, log);
  }
  const isQuiet = asked === 0 && log.gap === null && log.waiting.every((one) => one.asked);
  return { asked, isQuiet };
}

function nameLostOfApp(deps: WorkerDeps, lost: { since: string; until: string; lost: number }): void {
  deps.log.error(
    { event: "lost-webhooks.left-out", ...lost },
    "GitHub does not have webhooks of the App any more that were lost",
  );
}
