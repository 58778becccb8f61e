import type { WorkerDeps } from "../../deps.ts";
import { HOUR, iso, MINUTE, wasAhead } from "../../domain/clock.ts";
import type { CatchUp } from "../../domain/records/catch-up.ts";
import { CATCH_UP, DOWNTIME_END, LAST_SWEEP, NEXT_APP_LOG } from "../../store/fact-kinds.ts";

/** A sweep comes every minute; after so long without one there was a downtime. */
const DOWN_AFTER = 3 * MINUTE;
/** Every placed webhook that can be looked after is due within this, so that looking so far ahead finds all of them. */
const HORIZON = 2 * HOUR;

/**
 * Records that we are up. We were down where the last such record is old, or where a process that is `began` starts.
 * Then every placed webhook's log is read at once.
 */
export async function recordAlive(deps: WorkerDeps, began = false): Promise<void> {
  const { facts } = deps.store;
  const now = deps.clock.now();
  const last = await facts.get(LAST_SWEEP.of());
  const down = last && (began || now - Date.parse(last.at) > DOWN_AFTER);
  if (down) {
    const since = await beginCatchUp(deps, last.at);
    deps.log.warn(
      { event: "downtime.ended", since },
      "Downtime ended; reading what GitHub could not deliver",
    );
  }
  await facts.set(LAST_SWEEP.of(), { at: iso(now) });
}

/** Returns whether the clock was ahead when the last sweep was recorded, and has been set back since. */
export async function wasSetBack(deps: WorkerDeps): Promise<boolean> {
  const last = await deps.store.facts.get(LAST_SWEEP.of());
  return last !== null && wasAhead(Date.parse(last.at), deps.clock.now()) > 0;
}

/** Records that webhooks may have been refused since a moment (ISO 8601), before they reached us: all logs are read at once. */
export async function recordRefusals(deps: WorkerDeps, since: string): Promise<void> {
  await beginCatchUp(deps, since);
  deps.log.warn(
    { event: "refusals.reported", since },
    "Webhooks may have been refused; reading what GitHub could not deliver",
  );
}

/** Schedules maintenance of every placed webhook, for what was missed since a moment or the catch-up in progress began. */
async function beginCatchUp(deps: WorkerDeps, moment: string): Promise<string> {
  const { facts } = deps.store;
  const now = deps.clock.now();
  const before = await findCatchUp(deps);
  const since = before && before.since < moment ? before.since : moment;
  const catchUp: CatchUp = { since, startedAt: iso(now), horizon: iso(now + HORIZON) };
  await facts.set(CATCH_UP.of(), catchUp);
  await facts.set(DOWNTIME_END.of(), { at: iso(now) });
  await facts.remove(NEXT_APP_LOG.of());
  return since;
}

/**
 * Returns when we were last back after a downtime, in milliseconds since the epoch. Webhooks until then failed for
 * our absence, not for what they hold. Returns 0 where there was none of late.
 */
export async function lastDowntimeEnd(deps: WorkerDeps): Promise<number> {
  const back = await deps.store.facts.get(DOWNTIME_END.of());
  return back ? Date.parse(back.at) : 0;
}

/** Returns the catch-up in progress; null where there is none. */
export const findCatchUp = (deps: WorkerDeps): Promise<CatchUp | null> => deps.store.facts.get(CATCH_UP.of());

/** Every webhook's log was read. */
export const endCatchUp = (deps: WorkerDeps): Promise<void> => deps.store.facts.remove(CATCH_UP.of());

/** Sets back a catch-up that began by a clock which was ahead: it would last until that moment comes. */
export async function setBackCatchUp(deps: WorkerDeps): Promise<void> {
  const now = deps.clock.now();
  const catchUp = await findCatchUp(deps);
  if (!catchUp || wasAhead(Date.parse(catchUp.startedAt), now) === 0) return;
  const { since } = catchUp;
  const earliest = since < iso(now) ? since : iso(now);
  await deps.store.facts.set(CATCH_UP.of(), {
    ...catchUp,
    since: earliest,
    startedAt: iso(now),
    horizon: iso(now + HORIZON),
  });
}
