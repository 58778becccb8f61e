import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DAY, HOUR, MINUTE } from "../../../app/domain/clock.ts";
import {
  BUDGET_HORIZON,
  backOff,
  byThisClock,
  closeUntil,
  DEFAULT_BUDGET,
  NEW_BUDGET,
  reserve,
} from "../../../app/domain/delivery/budget.ts";
import type { Budget } from "../../../app/domain/records/budget.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const LIMITS = { perMinute: 80, perHour: 500 };

/** Reserves at each of these moments, in order; whoever is sent away asks again when told to. */
function slotsOf(moments: readonly number[], limits = LIMITS): number[] {
  let budget: Budget = NEW_BUDGET;
  const slots: number[] = [];
  const asking = [...moments];
  while (asking.length > 0) {
    asking.sort((a, b) => a - b);
    const now = asking.shift() as number;
    const given = reserve(budget, limits, now);
    if ("later" in given) asking.push(given.later);
    else {
      expect(given.slot).toBeGreaterThanOrEqual(now);
      expect(given.slot).toBeLessThanOrEqual(now + BUDGET_HORIZON);
      ({ budget } = given);
      slots.push(given.slot);
    }
  }
  return slots;
}

/** The most slots that any stretch of so many milliseconds holds. */
const most = (slots: readonly number[], stretch: number): number =>
  Math.max(0, ...slots.map((from) => slots.filter((at) => at >= from && at < from + stretch).length));

test("slots are at once while there is room, and the next minute's after that", () => {
  const slots = slotsOf(Array.from({ length: 81 }, () => NOW));
  expect(slots.slice(0, 80)).toEqual(Array.from({ length: 80 }, () => NOW));
  expect(slots[80]).toBeGreaterThanOrEqual(NOW + MINUTE);
  expect(slots[80]).toBeLessThan(NOW + 1.1 * MINUTE);
});

test("no minute and no hour ever holds more than its limit, whenever slots are asked for", () => {
  const moments = fc.array(
    fc.integer({ min: 0, max: 2 * HOUR }).map((after) => NOW + after),
    { maxLength: 120 },
  );
  fc.assert(
    fc.property(
      moments,
      fc.integer({ min: 1, max: 10 }),
      fc.integer({ min: 1, max: 40 }),
      (all, perMinute, perHour) => {
        const slots = slotsOf(all, { perMinute, perHour });
        expect(slots).toHaveLength(all.length);
        expect(most(slots, MINUTE)).toBeLessThanOrEqual(perMinute);
        expect(most(slots, HOUR)).toBeLessThanOrEqual(perHour);
      },
    ),
    { numRuns: 200 },
  );
});

test("by default an installation has 80 a minute and 500 an hour, and begins with all of them", () => {
  expect(DEFAULT_BUDGET).toEqual({ perMinute: 80, perHour: 500 });
  expect(NEW_BUDGET).toEqual({ minute: [], hour: [], lastSlot: 0, closedUntil: 0 });
});

test("the last slot that is given away lies five minutes ahead", () => {
  expect(BUDGET_HORIZON).toBe(5 * MINUTE);
  const closed = closeUntil(NEW_BUDGET, NOW + 5 * MINUTE);
  expect(reserve(closed, LIMITS, NOW)).toMatchObject({ slot: NOW + 5 * MINUTE });
  expect(reserve(closed, LIMITS, NOW - 1)).toEqual({ later: NOW + 5 * MINUTE });
});

describe("of limits that state no wait", () => {
  /** Returns the waits in minutes, where each limit comes so long after the wait before it. */
  const waitsOf = (count: number, after: number): number[] => {
    let [budget, now] = [NEW_BUDGET, NOW];
    return Array.from({ length: count }, () => {
      budget = backOff(budget, now);
      const wait = budget.closedUntil - now;
      now = budget.closedUntil + after;
      return wait / MINUTE;
    });
  };

  test("each has twice the wait of the one before while they go on, up to half an hour", () => {
    expect(waitsOf(8, 0)).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
  });

  test("one that comes as late as a delivery may that asked for a slot meanwhile goes on with it", () => {
    expect(waitsOf(3, BUDGET_HORIZON + MINUTE)).toEqual([1, 2, 4]);
    expect(waitsOf(3, BUDGET_HORIZON + MINUTE + 1)).toEqual([1, 1, 1]);
  });

  test("one that answers what was sent before counts once with it", () => {
    const closed = backOff(NEW_BUDGET, NOW);
    expect(backOff(closed, NOW + MINUTE - 1)).toBe(closed);
  });

  test("one after a wait that GitHub stated begins anew", () => {
    const stated = closeUntil(backOff(NEW_BUDGET, NOW), NOW + 2 * MINUTE);
    expect(backOff(stated, NOW + 2 * MINUTE).closedUntil).toBe(NOW + 3 * MINUTE);
  });

  test("the wait before is known to a clock that was set back", () => {
    const closed = { ...backOff(NEW_BUDGET, NOW + DAY), changedAt: NOW + DAY };
    const back = byThisClock(closed, NOW);
    expect(back.closedUntil).toBe(NOW + MINUTE);
    expect(backOff(back, NOW + MINUTE).closedUntil).toBe(NOW + 3 * MINUTE);
  });
});

test("slots of the hour before last are forgotten, and no other", () => {
  const first = reserve(NEW_BUDGET, LIMITS, NOW);
  if (!("budget" in first)) throw new Error("There is no slot.");
  const after = (ms: number) => {
    const given = reserve(first.budget, LIMITS, NOW + ms);
    return "budget" in given ? given.budget.hour.length : 0;
  };
  expect(after(HOUR)).toBe(2);
  expect(after(HOUR + MINUTE)).toBe(1);
});

test("what waits is let out near the limit's pace", () => {
  const slots = slotsOf(Array.from({ length: 1000 }, () => NOW));
  expect((Math.max(...slots) - NOW) / HOUR).toBeLessThan(1.15);
});

test("what is reserved far ahead stays small", () => {
  let budget: Budget = NEW_BUDGET;
  for (let i = 0; i < 5000; i++) {
    const given = reserve(budget, { perMinute: 80, perHour: 4800 }, NOW + i * 100);
    if ("budget" in given) ({ budget } = given);
  }
  expect(JSON.stringify(budget).length).toBeLessThan(4000);
});

test("after GitHub asked to wait no slot is before then", () => {
  const closed = closeUntil(NEW_BUDGET, NOW + MINUTE);
  expect(reserve(closed, LIMITS, NOW)).toMatchObject({ slot: NOW + MINUTE });
  expect(closeUntil(closed, NOW)).toBe(closed);
  expect(closeUntil(closed, NOW + MINUTE)).toBe(closed);
  expect(reserve(closeUntil(NEW_BUDGET, NOW + HOUR), LIMITS, NOW)).toEqual({ later: NOW + HOUR });
});

describe("a budget that a clock ahead by a day has changed", () => {
  const AHEAD = NOW + DAY;
  const changed = (budget: Budget): Budget => ({ ...budget, changedAt: AHEAD });

  test("gives slots at once when the clock has been set right, and counts those of the last minute", () => {
    let budget: Budget = NEW_BUDGET;
    for (let n = 0; n < 80; n++) {
      const given = reserve(budget, LIMITS, AHEAD);
      if ("budget" in given) budget = changed(given.budget);
    }
    const given = reserve(byThisClock(budget, NOW), LIMITS, NOW);
    expect("slot" in given && given.slot - NOW).toBeGreaterThanOrEqual(MINUTE);
    expect("slot" in given && given.slot - NOW).toBeLessThan(1.1 * MINUTE);
  });

  test("is closed for as long as GitHub asked, and no longer", () => {
    const closed = changed(closeUntil(NEW_BUDGET, AHEAD + 10 * MINUTE));
    expect(byThisClock(closed, NOW).closedUntil).toBe(NOW + 10 * MINUTE);
  });

  test("stays as it is where workers' clocks differ by seconds", () => {
    const budget = changed(NEW_BUDGET);
    expect(byThisClock(budget, AHEAD - 5000)).toBe(budget);
    expect(byThisClock(budget, AHEAD + 5000)).toBe(budget);
  });
});
