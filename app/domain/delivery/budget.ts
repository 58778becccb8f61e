import { HOUR, MINUTE, wasAhead } from "../clock.ts";
import type { Budget, BudgetLimits, Slots } from "../records/budget.ts";
import { unstatedWait } from "../wait.ts";

/** The number of dispatches that GitHub accepts of one installation without slowing it down. */
export const DEFAULT_BUDGET: BudgetLimits = { perMinute: 80, perHour: 500 };

export const NEW_BUDGET: Budget = { minute: [], hour: [], lastSlot: 0, closedUntil: 0 };

/** Slots are given away so far ahead and no further; who gets none comes again. */
export const BUDGET_HORIZON = 5 * MINUTE;

interface Window {
  /** Milliseconds of one part. */
  part: number;
  parts: number;
}
const WINDOWS: Record<"minute" | "hour", Window> = {
  minute: { part: MINUTE / 20, parts: 20 },
  hour: { part: HOUR / 60, parts: 60 },
};

/**
 * Returns the earliest moment from `at` on at which a window has room. The window before it, and its current part,
 * hold fewer than `limit`.
 */
function roomAt(slots: Slots, { part, parts }: Window, limit: number, at: number): number {
  let moment = at;
  for (;;) {
    const now = Math.floor(moment / part);
    const inside = slots.filter(([index]) => index >= now - parts && index <= now);
    const taken = inside.reduce((sum, [, count]) => sum + count, 0);
    const oldest = inside[0];
    if (taken < limit || !oldest) return moment;
    moment = (oldest[0] + parts + 1) * part;
  }
}

const fill = (slots: Slots, { part }: Window, at: number): Slots => {
  const index = Math.floor(at / part);
  const last = slots.at(-1);
  return last?.[0] === index ? [...slots.slice(0, -1), [index, last[1] + 1]] : [...slots, [index, 1]];
};

const forget = (slots: Slots, { part, parts }: Window, now: number): Slots =>
  slots.filter(([index]) => index >= Math.floor(now / part) - parts);

/**
 * Assigns the next slot, a moment in milliseconds since the epoch, so that no minute and no hour exceeds its limit.
 * Returns `later` where that is beyond the {@link BUDGET_HORIZON}.
 * https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
 */
export function reserve(
  budget: Budget,
  limits: BudgetLimits,
  now: number,
): { budget: Budget; slot: number } | { later: number } {
  let slot = Math.max(now, budget.lastSlot, budget.closedUntil);
  for (let before = -1; before !== slot; ) {
    before = slot;
    slot = roomAt(budget.minute, WINDOWS.minute, limits.perMinute, slot);
    slot = roomAt(budget.hour, WINDOWS.hour, limits.perHour, slot);
  }
  if (slot > now + BUDGET_HORIZON) return { later: slot };
  return {
    slot,
    budget: {
      ...budget,
      minute: fill(forget(budget.minute, WINDOWS.minute, now), WINDOWS.minute, slot),
      hour: fill(forget(budget.hour, WINDOWS.hour, now), WINDOWS.hour, slot),
      lastSlot: slot,
    },
  };
}

/** GitHub asked an installation to wait: no slot is given away before then. */
export const closeUntil = (budget: Budget, at: number): Budget =>
  at <= budget.closedUntil ? budget : { ...budget, closedUntil: at, waited: undefined };

/** GitHub limited an installation and stated no wait: no slot is given away for a minute, and ever longer while that goes on. */
export function backOff(budget: Budget, now: number): Budget {
  const { closedUntil, waited } = budget;
  // An answer to what was sent before it was closed says nothing new.
  if (now < closedUntil) return budget;
  const wait = unstatedWait(waited === undefined ? null : { waited, until: closedUntil }, now);
  return { ...budget, closedUntil: now + wait, waited: wait };
}

/**
 * Returns a budget by the clock as it is now. Where a clock that changed it has been set back since, all its moments
 * are set back with it. Otherwise an installation would wait for what that clock had seen.
 */
export function byThisClock(budget: Budget, now: number): Budget {
  const ahead = wasAhead(budget.changedAt ?? 0, now);
  if (ahead === 0) return budget;
  const setBack = (slots: Slots, { part }: Window): Slots =>
    slots.map(([index, count]) => [index - Math.floor(ahead / part), count]);
  return {
    minute: setBack(budget.minute, WINDOWS.minute),
    hour: setBack(budget.hour, WINDOWS.hour),
    lastSlot: budget.lastSlot - ahead,
    closedUntil: budget.closedUntil - ahead,
    waited: budget.waited,
    changedAt: now,
  };
}
