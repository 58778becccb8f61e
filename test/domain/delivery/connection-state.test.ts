import { expect, test } from "vitest";
import { iso, MINUTE } from "../../../app/domain/clock.ts";
import {
  afterRelease,
  countFailure,
  countSuccess,
  dispatchRefusal,
  isParked,
  newConnection,
  PAUSE_AFTER,
  RELEASED_AT_ONCE,
  releaseAll,
  resumeUnproven,
  shieldRefusal,
  startProbe,
} from "../../../app/domain/delivery/connection-state.ts";
import type { ConnectionState } from "../../../app/domain/records/connection-state.ts";
import type { Failure } from "../../../app/domain/records/delivery.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const FAILURE: Failure = { stage: "github", kind: "service-unavailable", reason: "down", status: 502 };

const failTimes = (times: number): ConnectionState => {
  let state = newConnection("subscription-1");
  for (let n = 0; n < times; n++) state = countFailure(state, FAILURE, NOW);
  return state;
};

test("the twentieth failure in a row pauses a connection, and no earlier one", () => {
  expect(PAUSE_AFTER).toBe(20);
  expect(failTimes(19)).toMatchObject({ failures: 19, pausedAt: null, dueAt: null });
  expect(failTimes(20)).toMatchObject({ pausedAt: iso(NOW), dueAt: iso(NOW + MINUTE) });
});

test("a success before the twentieth begins the count anew", () => {
  const state = countSuccess(failTimes(19), "dispatched", false, NOW);
  expect(countFailure(state, FAILURE, NOW)).toMatchObject({ failures: 1, pausedAt: null });
});

test("GitHub's taking a durable dispatch does not end a row of confirmations that never came", () => {
  const unconfirmed = { ...failTimes(5), failure: { ...FAILURE, stage: "confirmation" as const } };
  expect(countSuccess(unconfirmed, "dispatched", true, NOW)).toBe(unconfirmed);
  expect(countSuccess(unconfirmed, "confirmed", true, NOW)).toMatchObject({ failures: 0 });
});

test("each probe puts the next one off further, up to half an hour", () => {
  let state = failTimes(20);
  const waits: number[] = [];
  for (let n = 0; n < 7; n++) {
    const at = Date.parse(state.dueAt as string);
    expect(startProbe(state, at - 1)).toBeNull();
    state = startProbe(state, at) as ConnectionState;
    waits.push((Date.parse(state.dueAt as string) - at) / MINUTE);
  }
  expect(waits).toEqual([2, 4, 8, 15, 30, 30, 30]);
});

test("what waited is let out until a time after the first finds nothing more", () => {
  const resumed = countSuccess(failTimes(20), "dispatched", false, NOW);
  expect(resumed).toMatchObject({ pausedAt: null, dueAt: iso(NOW) });
  const first = afterRelease(resumed, 3, NOW);
  expect(first.dueAt).toBe(iso(NOW + 2 * MINUTE));
  const second = afterRelease(first, 1, NOW);
  expect(second.dueAt).toBe(iso(NOW + 2 * MINUTE));
  expect(afterRelease(second, 0, NOW).dueAt).toBeNull();
  // Where there are more than are released at once, the next sweep goes on.
  expect(afterRelease(resumed, RELEASED_AT_ONCE, NOW).dueAt).toBe(iso(NOW));
  // An index may not know yet what was set aside in the moment of resuming.
  const none = afterRelease(resumed, 0, NOW);
  expect(none.dueAt).toBe(iso(NOW + 2 * MINUTE));
  expect(afterRelease(none, 0, NOW).dueAt).toBeNull();
});

test("a connection that resumes with nothing to probe with is looked after once more, on its last chance", () => {
  const resumed = resumeUnproven(failTimes(20), NOW);
  expect(resumed).toMatchObject({ failures: 19, pausedAt: null, dueAt: iso(NOW + 2 * MINUTE) });
  expect(afterRelease(resumed, 0, NOW).dueAt).toBeNull();
  expect(countFailure(resumed, FAILURE, NOW).pausedAt).toBe(iso(NOW));
});

test("a paused connection that goes on failing is paused no second time, and its probes stay as planned", () => {
  const paused = startProbe(failTimes(20), NOW + MINUTE) as ConnectionState;
  expect(countFailure(paused, FAILURE, NOW + 2 * MINUTE)).toEqual({
    ...paused,
    failures: 21,
    failure: FAILURE,
  });
});

test.each([
  ["github", true],
  ["before-github", true],
  ["confirmation", false],
  ["completion", false],
  ["conclusion", false],
] as const)(
  "GitHub's taking a durable dispatch ends a row of failures at the stage %s: %s",
  (stage, ends) => {
    const state = { ...failTimes(5), failure: { ...FAILURE, stage } };
    expect(countSuccess(state, "dispatched", true, NOW).failures).toBe(ends ? 0 : 5);
    expect(countSuccess(state, "dispatched", false, NOW).failures).toBe(0);
  },
);

test("a success ends a row of failures whose length alone is known, if it proves anything", () => {
  const unknown = { ...failTimes(5), failure: null };
  expect(countSuccess(unknown, "dispatched", true, NOW)).toBe(unknown);
  expect(countSuccess(unknown, "confirmed", true, NOW).failures).toBe(0);
});

test("a success without failures changes nothing, and one that pauses nothing makes nothing due", () => {
  const fresh = newConnection("subscription-1");
  expect(countSuccess(fresh, "confirmed", false, NOW)).toBe(fresh);
  expect(countSuccess(failTimes(3), "dispatched", false, NOW)).toMatchObject({ failures: 0, dueAt: null });
});

test("only a paused connection is probed, and only when a probe is due", () => {
  const due = { ...newConnection("subscription-1"), dueAt: iso(NOW) };
  expect(startProbe(due, NOW)).toBeNull();
  expect(startProbe({ ...failTimes(20), dueAt: null }, NOW)).toBeNull();
});

test("what waits for a connection that may carry nothing any more is released at once", () => {
  expect(releaseAll(failTimes(20), NOW)).toMatchObject({ pausedAt: null, releases: 0, dueAt: iso(NOW) });
});

test("a delivery waits for its connection where it was set aside, and is to be dispatched", () => {
  expect(isParked({ dueFor: "dispatch", parkedAt: iso(NOW) })).toBe(true);
  expect(isParked({ dueFor: "completion", parkedAt: iso(NOW) })).toBe(false);
  expect(isParked({ dueFor: "dispatch", parkedAt: null })).toBe(false);
  expect(isParked({ dueFor: "dispatch" } as never)).toBe(false);
});

test("a delivery leaves while its subscription is approved and its consumer enabled and reachable, and says why else", () => {
  const enabled = { reachable: true, consumer: true };
  expect(dispatchRefusal("approved", enabled)).toBeNull();
  expect(dispatchRefusal("requested", enabled)).toMatchObject({
    kind: "auth",
    reason: expect.stringContaining("The subscription is requested"),
  });
  expect(dispatchRefusal(null, enabled)?.reason).toContain("The subscription is removed");
  for (const repository of [null, { ...enabled, reachable: false }])
    expect(dispatchRefusal("approved", repository)).toMatchObject({
      kind: "not-found",
      reason: expect.stringContaining("not installed"),
    });
  expect(dispatchRefusal("approved", { ...enabled, consumer: false })).toMatchObject({
    kind: "auth",
    reason: expect.stringContaining("not enabled as a consumer"),
  });
});

test("only a message that was encrypted before its consumer had a key is of no use to it", () => {
  expect(shieldRefusal({ shield: "late" })).toMatchObject({
    kind: "payload",
    reason: expect.stringContaining("Register a key"),
  });
  expect(shieldRefusal({})).toBeNull();
  expect(shieldRefusal({ shield: "recipient" })).toBeNull();
});
