import type { WorkerDeps } from "../../deps.ts";
import { MINUTE, SECOND, timeShare } from "../../domain/clock.ts";
import { recordAlive, wasSetBack } from "../hooks/downtime.ts";
import { maintainHooks } from "../hooks/maintain-hooks.ts";
import { recheckFailedWebhooks } from "../hooks/recheck-failed-webhooks.ts";
import { reconcileApp } from "../hooks/reconcile.ts";
import { setBackWaits } from "./set-back-waits.ts";
import { sweep } from "./sweep.ts";
import { workPart } from "./work-part.ts";

/** Placed webhooks looked after each minute at most. */
const HOOKS_A_MINUTE = 200;
/** Those looked after at once; of one owner a quarter of them. */
const HOOKS_AT_ONCE = 12;
/** The time that looking after them may take. */
const HOOKS_SHARE = 60 * SECOND;

/**
 * Runs everything that comes round every minute: the sweep, then the upkeep of placed webhooks. Before them it sets
 * back what a clock made due that was ahead, where the minute before was recorded by it. Each part runs
 * whatever became of the others, so that no bad entry stops them. That we are up is recorded between the parts, too: a
 * busy minute may take several, and is no downtime. `began` says that this is the only process and has just started.
 *
 * @throws AggregateError of what the parts threw
 */
export async function runEveryMinute(deps: WorkerDeps, began = false): Promise<void> {
  let isSetRight = false;
  let aliveAt: number | null = null;
  const stayAlive = async (): Promise<void> => {
    const now = deps.clock.now();
    // It stays as the clock ahead has left it until all of that is set back.
    if (!isSetRight || (aliveAt !== null && now - aliveAt < MINUTE)) return;
    await recordAlive(deps, began && aliveAt === null);
    aliveAt = now;
  };
  const parts: (() => Promise<unknown>)[] = [
    async () => {
      if (await wasSetBack(deps)) await setBackWaits(deps);
      isSetRight = true;
    },
    stayAlive,
    () => sweep(deps),
    () => recheckFailedWebhooks(deps),
    // Before the hooks, since it reads of a downtime what they may forget.
    () => reconcileApp(deps),
    () => {
      const share = { atOnce: HOOKS_AT_ONCE, isTimeLeft: timeShare(deps.clock, HOOKS_SHARE) };
      const limit = HOOKS_A_MINUTE;
      return workPart(deps, "hooks", share, (forEach) => maintainHooks(deps, { limit, forEach }));
    },
  ];
  const errors: unknown[] = [];
  const run = (part: () => Promise<unknown>) => part().catch((error: unknown) => errors.push(error));
  for (const part of parts) {
    await run(part);
    if (aliveAt !== null) await run(stayAlive);
  }
  if (errors.length > 0) throw new AggregateError(errors, `${errors.length} of the minute's parts failed`);
}

/** Logs why a minute's work failed. The error alone says no more than how many of its parts did. */
export const reportMinute = ({ log }: Pick<WorkerDeps, "log">, error: unknown): void =>
  log.error({ event: "schedule.failed", err: error }, "Schedule failed; the next one does its work");
