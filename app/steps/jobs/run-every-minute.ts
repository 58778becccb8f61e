import type { WorkerDeps } from "../../deps.ts";
import { recordAlive } from "../hooks/downtime.ts";
import { maintainHooks } from "../hooks/maintain-hooks.ts";
import { recheckFailedWebhooks } from "../hooks/recheck-failed-webhooks.ts";
import { reconcileApp } from "../hooks/reconcile.ts";
import { sweep } from "./sweep.ts";

/** Placed webhooks looked after each minute at most. */
const HOOKS_A_MINUTE = 200;

/**
 * Everything that comes round every minute: takes up what is past due, looks after placed webhooks and
 * asks GitHub for what never arrived. `began` says that this is the only process and has just started.
 */
export async function runEveryMinute(deps: WorkerDeps, began = false): Promise<void> {
  await sweep(deps);
  await recordAlive(deps, began);
  await recheckFailedWebhooks(deps);
  // First, since it reads of a downtime what the other may forget.
  await reconcileApp(deps);
  await maintainHooks(deps, { limit: HOOKS_A_MINUTE });
}
