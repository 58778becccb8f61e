import { describe, expect, test } from "vitest";
import { HOUR, iso, MINUTE } from "../../../app/domain/clock.ts";
import {
  isDue,
  isGivenUp,
  MAX_TRIES,
  mayArrive,
  readTo,
  withFailures,
  withoutForgotten,
  withoutFuture,
} from "../../../app/domain/hooks/undelivered.ts";
import type { FailedWebhook, HookLog } from "../../../app/domain/records/hook-log.ts";

const NOW = Date.parse("2026-01-01T12:00:00Z");

const entry = (guid: string, after: number, statusCode = 502, redelivery = false) => ({
  deliveryId: `${guid}-${after}`,
  guid,
  deliveredAt: iso(NOW + after),
  redelivery,
  statusCode,
});

const failed = (change: Partial<FailedWebhook> = {}): FailedWebhook => ({
  guid: "a",
  deliveryId: "a-0",
  at: iso(NOW),
  tries: 1,
  asked: false,
  ...change,
});

test.each([
  [0, true],
  [199, true],
  [200, false],
  [202, false],
  [299, false],
  [300, true],
  [400, false],
  [401, true],
  [500, true],
])("a webhook answered %i may arrive when it is sent again: %s", (status, may) => {
  expect(mayArrive(status)).toBe(may);
});

describe("entries of a log", () => {
  test("are counted as tries, in the order in which they were made", () => {
    const known = withFailures([], [entry("a", 2000), entry("b", 1500), entry("a", 1000)]);
    expect(known).toHaveLength(2);
    expect(known).toContainEqual(failed({ guid: "b", deliveryId: "b-1500", at: iso(NOW + 1500) }));
    expect(known).toContainEqual(failed({ deliveryId: "a-2000", at: iso(NOW + 2000), tries: 2 }));
  });

  test("of one moment are taken in the order in which they were made, which is listed newest first", () => {
    const [failure, success] = [entry("a", 0), { ...entry("a", 0, 200, true), deliveryId: "a-1" }];
    expect(withFailures([], [success, failure])).toEqual([]);
    expect(withFailures([], [failure, success])).toEqual([failed()]);
  });

  test("that are read twice count once", () => {
    const once = withFailures([], [entry("a", 1000)]);
    expect(withFailures(once, [entry("a", 1000)])).toEqual(once);
    expect(withFailures([{ ...(once[0] as FailedWebhook), asked: true }], [entry("a", 1000)])).toMatchObject([
      { tries: 1, asked: true },
    ]);
  });

  test("of a redelivery whose first try was not seen count for both", () => {
    expect(withFailures([], [entry("a", 1000, 502, true)])).toMatchObject([{ tries: 2 }]);
    expect(withFailures([failed()], [entry("a", 1000, 502, true)])).toMatchObject([
      { tries: 2, asked: false },
    ]);
  });

  test("that succeeded, or that we refused, have nothing asked for any more", () => {
    expect(withFailures([failed()], [entry("a", 1000, 202)])).toEqual([]);
    expect(withFailures([failed()], [entry("a", 1000, 400)])).toEqual([]);
    expect(withFailures([], [entry("a", 1000, 502), entry("a", 500, 202)])).toMatchObject([{ tries: 1 }]);
  });
});

describe("a failed webhook is asked for", () => {
  test.each([1, 2, 3, 7])(
    "after its try %i once twice as long has gone by as after the one before",
    (tries) => {
      const wait = MINUTE * 2 ** (tries - 1);
      expect(isDue(failed({ tries }), NOW + wait - 1, 0)).toBe(false);
      expect(isDue(failed({ tries }), NOW + wait, 0)).toBe(true);
    },
  );

  test("at once where it failed in our downtime", () => {
    expect(isDue(failed({ tries: 5 }), NOW, NOW)).toBe(true);
    expect(isDue(failed({ tries: 5 }), NOW, NOW - 1)).toBe(false);
  });

  test("eight times at most, and not again before that is known to have failed", () => {
    expect(MAX_TRIES).toBe(8);
    expect([7, 8, 9].map((tries) => isGivenUp(failed({ tries })))).toEqual([false, true, true]);
    expect(isDue(failed({ tries: 8 }), NOW + 100 * HOUR, NOW)).toBe(false);
    expect(isDue(failed({ asked: true }), NOW + 100 * HOUR, NOW)).toBe(false);
  });
});

test("a log counts as read until five minutes before its newest entry, and never less far than before", () => {
  expect(readTo(null, [entry("a", 1000), entry("b", 3000), entry("c", 2000)])).toBe(
    iso(NOW + 3000 - 5 * MINUTE),
  );
  expect(readTo(iso(NOW), [entry("a", 1000)])).toBe(iso(NOW));
  expect(readTo(iso(NOW - HOUR), [entry("a", 0)])).toBe(iso(NOW - 5 * MINUTE));
  expect(readTo(iso(NOW), [])).toBe(iso(NOW));
  expect(readTo(null, [])).toBeNull();
});

test.each<[string, FailedWebhook, boolean]>([
  ["waits to be asked for", failed({ at: iso(NOW - 100 * HOUR) }), true],
  ["is given up", failed({ tries: 8 }), false],
  ["was asked for and is not read past yet", failed({ asked: true, at: iso(NOW - HOUR) }), true],
  ["was asked for and is read past", failed({ asked: true, at: iso(NOW - HOUR - 1) }), false],
  ["was tried twice within six hours", failed({ asked: true, tries: 2, at: iso(NOW - 6 * HOUR + 1) }), true],
  ["was tried twice six hours ago", failed({ asked: true, tries: 2, at: iso(NOW - 6 * HOUR) }), false],
])("a webhook that %s is remembered or forgotten: %#", (_, one, isKept) => {
  const log = { readTo: iso(NOW - HOUR), waiting: [one], gap: null };
  expect(withoutForgotten(log, NOW).waiting).toEqual(isKept ? [one] : []);
  expect(withoutForgotten({ ...log, readTo: null }, NOW).waiting).toEqual(one.tries < 8 ? [one] : []);
});

test("a log that a clock ahead has marked as read counts as not read, once that clock is set back", () => {
  const gap = (until: number) => ({ until: iso(NOW + until) }) as unknown as HookLog["gap"];
  const of = (readTo: number | null, ofGap: HookLog["gap"] = null): HookLog =>
    ({ waiting: [], readTo: readTo === null ? null : iso(NOW + readTo), gap: ofGap }) as unknown as HookLog;
  for (const log of [of(null), of(0), of(MINUTE), of(-HOUR, gap(-HOUR)), of(null, gap(0))])
    expect(withoutFuture(log, NOW)).toBe(log);
  expect(withoutFuture(of(24 * HOUR), NOW)).toEqual(of(null));
  expect(withoutFuture(of(24 * HOUR, gap(0)), NOW)).toEqual(of(null, gap(0)));
  expect(withoutFuture(of(0, gap(24 * HOUR)), NOW)).toEqual(of(null));
});
