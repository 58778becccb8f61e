import { expect, test } from "vitest";
import { iso, MINUTE } from "../../../app/domain/clock.ts";
import {
  afterRelease,
  countFailure,
  countSuccess,
  newConnection,
  PAUSE_AFTER,
  RELEASED_AT_ONCE,
  resumeUnproven,
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
