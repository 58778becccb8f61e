import { describe, expect, test } from "vitest";
import { DAY, HOUR, iso, MINUTE } from "../../../app/domain/clock.ts";
import {
  beginEnding,
  countFailure,
  diedOfEnding,
  endEnding,
  giveUp,
  isDeadly,
  isEndless,
  mayEndNow,
  recordEnqueued,
} from "../../../app/domain/delivery/stall.ts";
import { dueAgainAt, isTooOld } from "../../../app/domain/jobs/due-again.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import { buildAttempt, buildDelivery, NOW } from "./build-delivery.ts";

/* Work that comes to nothing: it is due again ever later, and is given up in the end. */

test("work is due again after 2 minutes, then twice as long each time, and at last every hour", () => {
  const waits = [0, 1, 2, 3, 4, 5, 6, 30, 5000].map((times) => dueAgainAt(NOW, times) - NOW);
  expect(waits.map((wait) => wait / MINUTE)).toEqual([2, 4, 8, 16, 32, 60, 60, 60, 60]);
});

test("work that was enqueued for more than 14 days is too old", () => {
  expect(isTooOld(iso(NOW - 14 * DAY), NOW)).toBe(false);
  expect(isTooOld(iso(NOW - 14 * DAY - 1), NOW)).toBe(true);
});

const due = (change: Partial<Delivery> = {}): Delivery =>
  buildDelivery("a", { dueFor: "dispatch", attempts: [], dueAt: iso(NOW), ...change });

describe("a delivery that the sweep enqueues", () => {
  test("is due again later each time, and remembers the first", () => {
    const first = recordEnqueued(due(), NOW);
    expect(first).toMatchObject({ dueAt: iso(NOW + 4 * MINUTE), stall: { since: iso(NOW), enqueued: 1 } });
    const second = recordEnqueued(first, NOW + HOUR);
    expect(second).toMatchObject({
      dueAt: iso(NOW + HOUR + 8 * MINUTE),
      stall: { since: iso(NOW), enqueued: 2, failures: 0, failedAt: null },
    });
  });

  test("for 14 days without ever being worked on ends its workers", () => {
    const first = recordEnqueued(due(), NOW);
    expect(isEndless(first, NOW + 14 * DAY)).toBe(false);
    expect(isEndless(first, NOW + 14 * DAY + 1)).toBe(true);
    expect(isEndless(due(), NOW + 20 * DAY)).toBe(false);
    const failedOnly = { since: null, enqueued: 0, failures: 1, failedAt: iso(NOW) };
    expect(isEndless(due({ stall: failedOnly }), NOW + 20 * DAY)).toBe(false);
  });
});

describe("a try that fails", () => {
  /** Fails at once each time that the delivery is due again, as often as is said. */
  function failTimes(times: number, delivery = due()): { at: number; delivery: Delivery } {
    let [current, at] = [delivery, NOW];
    for (let n = 0; n < times; n++) {
      current = countFailure(current, at);
      at = Math.max(at + 1, Date.parse(current.dueAt ?? ""));
    }
    return { at, delivery: current };
  }

  test("is tried again at once, then ever later", () => {
    const once = countFailure(due(), NOW);
    expect(once).toMatchObject({ dueAt: iso(NOW), stall: { failures: 1, failedAt: iso(NOW) } });
    const twice = countFailure(once, NOW + 1);
    expect(twice).toMatchObject({ dueAt: iso(NOW + 1 + 4 * MINUTE), stall: { failures: 2 } });
    const third = countFailure(twice, NOW + 1 + 4 * MINUTE);
    expect(third).toMatchObject({ dueAt: iso(NOW + 1 + 12 * MINUTE), stall: { failures: 3 } });
  });

  test("counts once within a wait, since a queue repeats its message sooner", () => {
    const { delivery } = failTimes(2);
    expect(countFailure(delivery, NOW + 4 * MINUTE)).toBe(delivery);
    expect(countFailure(delivery, NOW + 1 + 4 * MINUTE).stall?.failures).toBe(3);
  });

  test("gives the delivery up at the tenth time, and says where its operator finds the error", () => {
    expect(failTimes(9).delivery).toMatchObject({ status: "Dispatched", stall: { failures: 9 } });
    const { delivery } = failTimes(10);
    expect(delivery).toMatchObject({
      status: "Failed",
      failure: { stage: "before-github", kind: "internal", status: null },
      stall: null,
    });
    expect(delivery.failure?.reason).toContain("failed 10 times by an error of its own");
  });

  test("of a wait without a time of its own leaves it without one", () => {
    const waiting = due({ dueAt: null });
    const { stall, dueAt } = countFailure(countFailure(waiting, NOW), NOW + 1);
    expect([stall?.failures, dueAt]).toEqual([2, null]);
  });

  test.each<[string, Partial<Delivery>]>([
    ["with an attempt that was leased", { attempts: [buildAttempt(1, { outcome: "leased" })] }],
    ["that has ended and is recorded", { isFinalized: true, dueAt: null }],
  ])("of a delivery %s is not counted", (_, change) => {
    const delivery = due(change);
    expect(countFailure(delivery, NOW)).toBe(delivery);
  });

  test("of a failed delivery that is yet to be recorded is counted", () => {
    expect(countFailure(due({ isFinalized: true, status: "Failed" }), NOW).stall?.failures).toBe(1);
  });
});

describe("a wait whose end kills the sweep", () => {
  /** A delivery of whose wait the sweep died so often, each time when it was begun again. */
  const diedTimes = (times: number): Delivery => {
    let delivery = due({ dueFor: "confirmation" });
    for (let n = 0; n < times; n++) delivery = beginEnding(delivery, NOW + n);
    return delivery;
  };

  test("is known by its having begun, and forgotten once its worker comes back", () => {
    const begun = beginEnding(due(), NOW);
    expect(begun.stall).toEqual({
      since: null,
      enqueued: 0,
      failures: 0,
      failedAt: null,
      ending: { times: 1, at: iso(NOW) },
    });
    expect([due(), begun, endEnding(begun)].map(diedOfEnding)).toEqual([false, true, false]);
    expect(endEnding(begun).stall).toMatchObject({ since: null, ending: null });
  });

  test("is forgotten only where there is something to forget", () => {
    const failedOnly = due({ stall: { since: null, enqueued: 2, failures: 1, failedAt: iso(NOW) } });
    expect(endEnding(failedOnly)).toBe(failedOnly);
    const plain = due();
    expect(endEnding(plain)).toBe(plain);
    expect(diedOfEnding(failedOnly)).toBe(false);
    expect(mayEndNow(failedOnly, NOW)).toBe(true);
    expect(beginEnding(failedOnly, NOW).stall).toMatchObject({ enqueued: 2, failures: 1 });
  });

  test.each([
    [1, 2],
    [2, 4],
    [3, 8],
    [9, 60],
  ])("may be ended again, after the sweep died of it %i times, only %i minutes later", (times, minutes) => {
    const last = NOW + times - 1;
    expect(mayEndNow(diedTimes(times), last + minutes * MINUTE - 1)).toBe(false);
    expect(mayEndNow(diedTimes(times), last + minutes * MINUTE)).toBe(true);
  });

  test("is given up at the tenth time, at its stage", () => {
    expect(isDeadly(diedTimes(9))).toBe(false);
    expect(isDeadly(diedTimes(10))).toBe(true);
    expect(giveUp(diedTimes(10), NOW).failure).toMatchObject({
      stage: "confirmation",
      reason: expect.stringContaining("was cut off 10 times by an error of its own"),
    });
  });
});

describe("a delivery that is given up", () => {
  test.each([
    ["dispatch", "before-github"],
    ["confirmation", "confirmation"],
    ["completion", "completion"],
    [null, "before-github"],
  ] as const)("while it is due for %s fails at the stage %s", (dueFor, stage) => {
    const ended = giveUp(due({ dueFor }), NOW);
    expect(ended).toMatchObject({ status: "Failed", isFinalized: true, failure: { stage } });
    expect(ended.failure?.reason).toContain("was cut off for 14 days by an error of its own");
  });

  test("though it has failed already stays as it failed, and is due no more", () => {
    const failed = due({ isFinalized: true, status: "Failed", failure: null });
    expect(giveUp(failed, NOW)).toEqual({ ...failed, dueAt: null });
  });
});
