import type { WorkerDeps } from "../../deps.ts";
import { DAY, HOUR, iso, MINUTE } from "../../domain/clock.ts";
import type { CatchUp } from "../../domain/records/catch-up.ts";

/** A sweep comes every minute; after so long without one there was a downtime. */
const DOWN_AFTER = 3 * MINUTE;
/** Every placed webhook that can be looked after is due within this, so that looking so far ahead finds all of them. */
const HORIZON = 2 * HOUR;

/** GitHub keeps its log, and redelivers from it, for so long. */
export const HOOK_LOG_TTL = 3 * DAY;

/**
 * Notes that we are up, and that we were down where the last such note is old, or a process `began` that
 * is the only one: then every placed webhook's log is read at once.
 */
export async function recordAlive(deps: WorkerDeps, began = false): Promise<void> {
  const { facts } = deps.store;
  const now = deps.clock.now();
  const last = await facts.get<{ at: string }>("alive", "sweep");
  const down = last && (began || now - Date.parse(last.at) > DOWN_AFTER);
  if (down) {
    const before = await findCatchUp(deps);
    const since = before?.since ?? last.at;
    const catchUp: CatchUp = { since, startedAt: iso(now), horizon: iso(now + HORIZON) };
    await facts.set("catch-up", "hooks", catchUp, 7 * DAY);
    await facts.set("back", "hooks", { at: iso(now) }, HOOK_LOG_TTL);
    await facts.remove("app-log", "next");
    deps.log.warn({ since }, "back after a downtime; reading what GitHub could not deliver");
  }
  await facts.set("alive", "sweep", { at: iso(now) }, 400 * DAY);
}

/**
 * When we were last back after a downtime, in milliseconds since the epoch: what GitHub could not deliver
 * until then failed for our absence, not for what it is. 0 where there was none of late.
 */
export async function lastDowntimeEnd(deps: WorkerDeps): Promise<number> {
  const back = await deps.store.facts.get<{ at: string }>("back", "hooks");
  return back ? Date.parse(back.at) : 0;
}

/** What is being caught up with; null where nothing is. */
export const findCatchUp = (deps: WorkerDeps): Promise<CatchUp | null> =>
  deps.store.facts.get<CatchUp>("catch-up", "hooks");

/** Every webhook's log was read. */
export const endCatchUp = (deps: WorkerDeps): Promise<void> => deps.store.facts.remove("catch-up", "hooks");
