import type { WorkerDeps } from "../../deps.ts";
import { iso } from "../../domain/clock.ts";
import { openGap } from "../../domain/hooks/gap.ts";
import { HOOK_LOG_TTL } from "../../domain/limits.ts";
import { NEXT_APP_LOG } from "../../store/fact-kinds.ts";
import { recordRefusals } from "./downtime.ts";
import { findHookLog, saveHookLog } from "./failed-webhooks.ts";
import { maintainHooks } from "./maintain-hooks.ts";
import { reconcileApp } from "./reconcile.ts";

/** Repositories looked after at once; the sweep goes on with the others. */
const AT_FIRST = 50;

/**
 * Collects what GitHub sent since a moment (ISO 8601) to a channel that lost it. The channel answered 200, so that
 * GitHub's log shows no failure. Runs come from GitHub's list, as after a downtime. The App's webhooks are delivered
 * again, all of them. What the quota does not allow now, the sweep goes on with. Returns how many it asked for.
 */
export async function redeliverGap(deps: WorkerDeps, since: string): Promise<number> {
  const now = deps.clock.now();
  const oldest = iso(now - HOOK_LOG_TTL);
  if (since < oldest)
    deps.log.error(
      { event: "lost-webhooks.left-out", since, until: oldest },
      "GitHub does not have webhooks of the App any more that a channel lost",
    );
  // What failed before is asked for first: once the gap is filled, all before its end counts as read.
  await deps.store.facts.remove(NEXT_APP_LOG.of());
  await reconcileApp(deps);
  const log = await findHookLog(deps, "app");
  const gap = openGap(log.gap, since < oldest ? oldest : since, iso(now));
  await saveHookLog(deps, "app", { ...log, gap: { ...gap, step: "redeliver", isSilent: true } });
  await recordRefusals(deps, since);
  const asked = (await reconcileApp(deps)) ?? 0;
  await maintainHooks(deps, { limit: AT_FIRST });
  return asked;
}
