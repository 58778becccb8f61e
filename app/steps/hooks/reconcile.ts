import type { WorkerDeps } from "../../deps.ts";
import { iso, MINUTE } from "../../domain/clock.ts";
import { undelivered } from "../../domain/hooks/undelivered.ts";
import { HOOK_LOG_TTL } from "../../domain/limits.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { Refusal } from "../../domain/refusal.ts";
import { listAppHookLog, redeliverToApp } from "../../github/app-hook-log.ts";
import { type HookLogEntry, type HookLogPage, listHookLog, redeliver } from "../../github/hook-log.ts";
import { NEXT_APP_LOG } from "../../store/fact-kinds.ts";
import { lastDowntimeEnd } from "./downtime.ts";

/** Pages of a log read at most, of 100 entries each. */
const MAX_PAGES = 10;
/** The App's own log is read in this rhythm, and sooner while something of it is missing. */
const APP_RHYTHM = 30 * MINUTE;
const APP_SOON = 2 * MINUTE;

/**
 * Reads a placed webhook's log at GitHub and asks for what never arrived: GitHub does not send it again by
 * itself. Returns how many it asked for. What arrives twice is one event all the same.
 * https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries
 *
 * @throws Refusal forbidden where the webhook is gone, or the repository out of reach
 */
export async function reconcile(deps: WorkerDeps, repository: Repository): Promise<number> {
  const { hook, repositoryId } = repository;
  if (!hook?.hookId) return 0;
  const { hookId } = hook;
  const now = deps.clock.now();
  const entries = await readLog(now - HOOK_LOG_TTL, (options) =>
    listHookLog(deps.github, repository, hookId, options),
  );
  const finished = entries.filter(({ event, action }) => event === "workflow_run" && action === "completed");
  const lost = undelivered(finished, now, await lastDowntimeEnd(deps));
  for (const { deliveryId } of lost) await redeliver(deps.github, repository, hookId, deliveryId);
  if (lost.length > 0)
    deps.log.warn(
      { event: "lost-webhooks.requested", repositoryId, lost: lost.length },
      "Lost webhooks of a repository requested again",
    );
  return lost.length;
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
    const entries = await readLog(now - HOOK_LOG_TTL, (options) => listAppHookLog(deps.github, options));
    const lost = undelivered(
      entries.filter(({ event }) => event !== "ping"),
      now,
      await lastDowntimeEnd(deps),
    );
    for (const { deliveryId } of lost) await redeliverToApp(deps.github, deliveryId);
    if (lost.length > 0)
      deps.log.warn(
        { event: "lost-webhooks.requested", lost: lost.length },
        "Lost webhooks of the App requested again",
      );
    else if (!hasFresh(entries, now)) wait = APP_RHYTHM * (1 + Math.random());
    return lost.length;
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

/** Returns whether a webhook failed so recently that it needs a redelivery soon. */
const hasFresh = (entries: readonly HookLogEntry[], now: number): boolean =>
  undelivered(entries, now + HOOK_LOG_TTL).length > 0;

/** Reads a log back to a moment, newest first. */
async function readLog(
  since: number,
  read: (options: { cursor?: string }) => Promise<HookLogPage>,
): Promise<HookLogEntry[]> {
  const entries: HookLogEntry[] = [];
  let cursor: string | null | undefined;
  for (let page = 0; page < MAX_PAGES && cursor !== null; page++) {
    const answer = await read(cursor ? { cursor } : {});
    entries.push(...answer.items);
    const oldest = answer.items.at(-1);
    cursor = oldest && Date.parse(oldest.deliveredAt) >= since ? answer.cursor : null;
  }
  return entries;
}
