import type { WorkerDeps } from "../../deps.ts";
import { HOUR, iso, MINUTE } from "../../domain/clock.ts";
import { Refusal } from "../../domain/refusal.ts";
import { listAppHookLog, redeliverToApp } from "../../github/app-hook-log.ts";
import { type HookLogEntry, type HookLogPage, listHookLog, redeliver } from "../../github/hook-log.ts";

/** Pages of a log read at most, of 100 entries each. */
const MAX_PAGES = 10;
/** Repositories asked about at most: a channel serves a machine of one's own. */
const MAX_REPOSITORIES = 500;
/** Every placed webhook is due within this. */
const HORIZON = 2 * HOUR;
const SKEW = MINUTE;

/**
 * Makes GitHub deliver again what it sent since a moment to a channel that lost it. The channel answered 200, so
 * that GitHub's log shows no failure. What arrives twice has the effect of once. Returns how many it asked for.
 */
export async function redeliverGap(deps: WorkerDeps, since: string): Promise<number> {
  const from = iso(Date.parse(since) - SKEW);
  const ofApp = await inGap(from, (options) => listAppHookLog(deps.github, options));
  for (const { deliveryId } of ofApp) await redeliverToApp(deps.github, deliveryId);
  let asked = ofApp.length;
  const horizon = iso(deps.clock.now() + HORIZON);
  // Later than any look, so that none is left out for having been looked after.
  const everyone = await deps.store.accounts.dueBy(horizon, "9999", MAX_REPOSITORIES);
  for (const repository of everyone) {
    const hookId = repository.hook?.hookId;
    if (!hookId || !repository.reachable) continue;
    try {
      const lost = await inGap(from, (options) => listHookLog(deps.github, repository, hookId, options));
      for (const { deliveryId } of lost) await redeliver(deps.github, repository, hookId, deliveryId);
      asked += lost.length;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      deps.log.warn(
        { event: "hook-log.unreadable", repositoryId: repository.repositoryId, reason: error.message },
        "Log of a repository's webhook could not be read",
      );
    }
  }
  if (asked > 0)
    deps.log.warn(
      { event: "lost-webhooks.requested", lost: asked, since },
      "Webhooks that a channel lost requested again",
    );
  return asked;
}

/** Reads a log back to a moment; returns each webhook once, without pings. */
async function inGap(
  from: string,
  read: (options: { cursor?: string }) => Promise<HookLogPage>,
): Promise<HookLogEntry[]> {
  const entries: HookLogEntry[] = [];
  let cursor: string | null | undefined;
  for (let page = 0; page < MAX_PAGES && cursor !== null; page++) {
    const { items, cursor: next } = await read(cursor ? { cursor } : {});
    const fresh = items.filter(({ deliveredAt }) => Date.parse(deliveredAt) >= Date.parse(from));
    entries.push(...fresh);
    cursor = fresh.length < items.length ? null : next;
  }
  const lost = entries.filter(({ event }) => event !== "ping");
  return [...new Map(lost.map((entry) => [entry.guid, entry])).values()];
}
