import type { Zekt } from "../../deps.ts";
import { noteAlive } from "../hooks/downtime.ts";
import { lookAtTroubled } from "../hooks/look-at-troubled.ts";
import { reconcileApp } from "../hooks/reconcile.ts";
import { rotateHooks } from "../hooks/rotate-hooks.ts";
import { sweep } from "./sweep.ts";

/** Placed webhooks looked after each minute at most. */
const HOOKS_A_MINUTE = 200;

/**
 * Everything that comes round every minute: takes up what is past due, looks after placed webhooks and
 * asks GitHub for what never arrived. `began` says that this is the only process and has just started.
 */
export async function keepWatch(zekt: Zekt, began = false): Promise<void> {
  await sweep(zekt);
  await noteAlive(zekt, began);
  await lookAtTroubled(zekt);
  // First, since it reads of a downtime what the other may forget.
  await reconcileApp(zekt);
  await rotateHooks(zekt, { limit: HOOKS_A_MINUTE });
}
