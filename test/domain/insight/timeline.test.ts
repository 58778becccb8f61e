import { expect, test } from "vitest";
import { timelineOf } from "../../../app/domain/insight/timeline.ts";
import type { Attempt, Delivery, Owner } from "../../../app/domain/records/delivery.ts";

const at = (second: number): string => `2026-01-01T00:00:${String(second).padStart(2, "0")}.000Z`;
const FAILURE = { stage: "github", kind: "service-unavailable", reason: "down", status: 503 } as const;

const buildAttempt = (number: number, change: Partial<Attempt>): Attempt => ({
  number,
  startedAt: at(number * 10),
  holder: null,
  endedAt: at(number * 10 + 1),
  status: 204,
  outcome: "dispatched",
  possibleDuplicate: false,
  failure: null,
  ...change,
});

const buildDelivery = (change: Partial<Delivery>): Delivery =>
  ({
    status: "Pending",
    isFinalized: false,
    attempts: [],
    owners: {},
    failure: null,
    parkedAt: null,
    createdAt: at(0),
    completedAt: null,
    ...change,
  }) as Delivery;

const told = (delivery: Delivery) => timelineOf(delivery).map(({ at, what, attempt }) => [at, what, attempt]);

test("a delivery that took two attempts is told in the order of what happened", () => {
  const owner = { workflow: "a.yml", runId: "1", runAttempt: 1, via: "action", duplicates: [] } as const;
  const delivery = buildDelivery({
    status: "Completed",
    isFinalized: true,
    completedAt: at(40),
    attempts: [buildAttempt(1, { outcome: "failed", status: 503, failure: FAILURE }), buildAttempt(2, {})],
    owners: {
      "a.yml": { ...owner, duplicates: [], confirmedAt: at(30), completedAt: at(40), conclusion: "success" },
    },
  });
  expect(told(delivery)).toEqual([
    [at(0), "made", null],
    [at(10), "attempt-began", 1],
    [at(11), "attempt-failed", 1],
    [at(20), "attempt-began", 2],
    [at(21), "dispatched", 2],
    [at(30), "confirmed", null],
    [at(40), "run-completed", null],
    [at(40), "completed", null],
  ]);
  expect(timelineOf(delivery)[2]?.failure).toEqual(FAILURE);
});

test("an attempt that is being made has only begun, and one whose answer is lost is told as unknown", () => {
  const attempts = [
    buildAttempt(1, { outcome: "unknown", endedAt: null }),
    buildAttempt(2, { outcome: "leased", endedAt: null }),
  ];
  expect(told(buildDelivery({ attempts }))).toEqual([
    [at(0), "made", null],
    [at(10), "attempt-began", 1],
    [at(10), "attempt-unknown", 1],
    [at(20), "attempt-began", 2],
  ]);
});

test("a delivery that failed says so last, with the reason", () => {
  const delivery = buildDelivery({
    status: "Failed",
    isFinalized: true,
    completedAt: at(11),
    failure: FAILURE,
    attempts: [buildAttempt(1, { outcome: "failed", failure: FAILURE })],
  });
  expect(timelineOf(delivery).at(-1)).toMatchObject({ at: at(11), what: "failed", failure: FAILURE });
});

test("a delivery that waits for its paused connection says since when", () => {
  expect(told(buildDelivery({ parkedAt: at(5) }))).toEqual([
    [at(0), "made", null],
    [at(5), "paused", null],
  ]);
});

test("things of one moment are listed in the order of what leads to what", () => {
  const moment = at(0);
  const owner: Owner = {
    workflow: "a.yml",
    runId: "1",
    runAttempt: 1,
    via: "action",
    duplicates: [],
    conclusion: "failure",
    confirmedAt: moment,
    completedAt: moment,
  };
  const attempts = (["dispatched", "failed", "unknown"] as const).map((outcome, n) =>
    buildAttempt(n + 1, { outcome, startedAt: moment, endedAt: moment, failure: FAILURE }),
  );
  const change = { attempts, owners: { "a.yml": owner }, parkedAt: moment, isFinalized: true };
  const whats = (more: Partial<Delivery>) =>
    timelineOf(buildDelivery({ ...change, completedAt: moment, ...more })).map(({ what }) => what);
  const before = [
    "made",
    "paused",
    "attempt-began",
    "attempt-began",
    "attempt-began",
    "dispatched",
    "attempt-failed",
    "attempt-unknown",
    "confirmed",
    "run-completed",
  ];
  expect(whats({ status: "Completed" })).toEqual([...before, "completed"]);
  expect(whats({ status: "Failed" })).toEqual([...before, "failed"]);
});

test("what happened later is listed later, and the consumer's run with its end", () => {
  const owner: Owner = {
    workflow: "a.yml",
    runId: "1",
    runAttempt: 1,
    via: "action",
    duplicates: [],
    conclusion: "success",
    confirmedAt: at(30),
    completedAt: at(50),
  };
  const delivery = buildDelivery({
    owners: { "a.yml": owner },
    parkedAt: at(5),
    attempts: [buildAttempt(2, {}), buildAttempt(1, {})],
    completedAt: at(50),
  });
  const told = timelineOf(delivery);
  expect(told.map((one) => one.at)).toEqual([at(0), at(5), at(10), at(11), at(20), at(21), at(30), at(50)]);
  const run = { workflow: "a.yml", runId: "1", conclusion: "success" };
  expect(told.slice(-2).map((one) => one.run)).toEqual([run, run]);
});
