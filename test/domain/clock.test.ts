import { describe, expect, test } from "vitest";
import {
  DAY,
  epochSeconds,
  HOUR,
  iso,
  MINUTE,
  monotonic,
  setBackMoment,
  systemClock,
  timeShare,
  WatchedClock,
  wasAhead,
} from "../../app/domain/clock.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");

/** A clock that people set, and one beside it that nobody sets. */
const buildClock = () => ({
  at: NOW,
  passed: 1000,
  now() {
    return this.at;
  },
  monotonic() {
    return this.passed;
  },
  pass(ms: number) {
    this.at += ms;
    this.passed += ms;
  },
});

test("the system's clock has the time of day, and another that only grows", () => {
  expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(MINUTE);
  expect(Math.abs(monotonic(systemClock) - performance.now())).toBeLessThan(MINUTE);
});

test("a duration goes by the clock that nobody sets, or by the only one", () => {
  const clock = buildClock();
  expect(monotonic(clock)).toBe(1000);
  expect(monotonic({ now: () => NOW })).toBe(NOW);
});

describe("a share of time", () => {
  test("is left until it is over, whatever somebody sets the clock to", () => {
    const clock = buildClock();
    const isLeft = timeShare(clock, 500);
    clock.at += DAY;
    expect(isLeft()).toBe(true);
    clock.passed += 499;
    expect(isLeft()).toBe(true);
    clock.passed += 1;
    expect(isLeft()).toBe(false);
  });
});

describe("a watched clock", () => {
  test("was not set back where time passed, or it was set ahead", () => {
    const clock = buildClock();
    const watched = new WatchedClock(clock);
    watched.now();
    clock.pass(DAY);
    expect(watched.wasSetBack()).toBe(false);
    clock.at += DAY;
    expect(watched.wasSetBack()).toBe(false);
  });

  test("was set back where that came after some time, and says so once", () => {
    const clock = buildClock();
    const watched = new WatchedClock(clock);
    watched.now();
    clock.pass(DAY);
    clock.at -= HOUR;
    expect(watched.wasSetBack()).toBe(true);
    expect(watched.wasSetBack()).toBe(false);
  });
});

test("a moment more than a minute ahead was stored by a clock that was ahead, and nothing below that", () => {
  expect(wasAhead(NOW + MINUTE, NOW)).toBe(0);
  expect(wasAhead(NOW + MINUTE + 1, NOW)).toBe(MINUTE + 1);
  expect(wasAhead(NOW - DAY, NOW)).toBe(0);
});

test.each([
  ["that lies ahead comes as much sooner", iso(NOW + DAY + HOUR), iso(NOW + HOUR)],
  ["that would be past is now", iso(NOW + HOUR), iso(NOW)],
  ["that is now stays", iso(NOW), iso(NOW)],
  ["that is past stays", iso(NOW - HOUR), iso(NOW - HOUR)],
  ["that is none stays none", null, null],
  ["that is not there stays so", undefined, undefined],
])("of a clock that was a day ahead a moment %s", (_, moment, after) => {
  expect(setBackMoment(moment, DAY, NOW)).toBe(after);
});

test("moments are written so that text sorts as time does, and for DynamoDB in whole seconds", () => {
  const moments = [NOW - 1, NOW, NOW + 1, NOW + DAY].map(iso);
  expect([...moments].sort()).toEqual(moments);
  expect(epochSeconds(NOW + 1999)).toBe(NOW / 1000 + 1);
});
