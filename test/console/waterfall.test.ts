import { expect, test } from "vitest";
import type { Delivery } from "../../app/console/api/types.ts";
import { waterfallOf } from "../../app/console/delivery/waterfall-of.ts";
import { exactDuration } from "../../app/console/ui/times.ts";

const at = (ms: number): string => new Date(Date.UTC(2026, 0, 31) + ms).toISOString();
const attempt = (number: number, from: number, to: number | null, outcome = "dispatched") =>
  ({
    number,
    startedAt: at(from),
    endedAt: to === null ? null : at(to),
    outcome,
  }) as Delivery["attempts"][number];

const build = (more: Partial<Delivery>): Delivery =>
  ({
    createdAt: at(0),
    attempts: [],
    owners: [],
    durable: true,
    isFinalized: false,
    confirmedAt: null,
    completedAt: null,
    failure: null,
    next: null,
    ...more,
  }) as Delivery;

const told = (delivery: Delivery) =>
  waterfallOf(delivery).map(({ name, from, to }) => [
    name,
    from - Date.parse(at(0)),
    to === null ? null : to - Date.parse(at(0)),
  ]);

test("attempts, waits, confirmation and run follow one another to the millisecond", () => {
  const owner = { runId: "7", confirmedAt: at(5_250), completedAt: at(9_001) } as Delivery["owners"][number];
  const delivery = build({
    attempts: [attempt(1, 13, 150, "failed"), attempt(2, 5_000, 5_125)],
    owners: [owner],
    confirmedAt: at(5_250),
    completedAt: at(9_001),
    isFinalized: true,
  });
  expect(told(delivery)).toEqual([
    ["Queued", 0, 13],
    ["Attempt 1", 13, 150],
    ["Wait", 150, 5_000],
    ["Attempt 2", 5_000, 5_125],
    ["Confirmation", 5_125, 5_250],
    ["Run 7", 5_250, 9_001],
  ]);
});

test("what goes on has no end yet", () => {
  const next = { what: "confirmation", at: at(600_000), paused: false } as Delivery["next"];
  expect(told(build({ attempts: [attempt(1, 10, 20)], next }))).toEqual([
    ["Queued", 0, 10],
    ["Attempt 1", 10, 20],
    ["Waits for confirmation", 20, null],
  ]);
});

test("a provider sees that a run went on, without its id", () => {
  const delivery = build({ attempts: [attempt(1, 0, 9)], confirmedAt: at(12), completedAt: at(40) });
  expect(told(delivery).slice(1)).toEqual([
    ["Confirmation", 9, 12],
    ["Run", 12, 40],
  ]);
});

test("lengths of time are shown to the millisecond", () => {
  expect([135, 2_000, 123_045, 3_600_000].map(exactDuration)).toEqual([
    "135 ms",
    "2 s",
    "2 min 3.045 s",
    "1 h",
  ]);
});
