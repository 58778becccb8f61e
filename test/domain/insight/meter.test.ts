import { expect, test } from "vitest";
import { HOUR } from "../../../app/domain/clock.ts";
import { greatest, hourEnd, hourOf, hoursBetween, sum } from "../../../app/domain/insight/meter.ts";

const NOON = Date.parse("2026-01-01T12:00:00Z");

test("a moment is of the hour it falls in, which ends when the next begins", () => {
  expect(hourOf("2026-01-01T12:59:59.999Z")).toBe("2026-01-01T12");
  expect(hourEnd("2026-01-01T12")).toBe(NOON + HOUR);
});

test("a span has every hour that it touches, its last moment included", () => {
  expect(hoursBetween(NOON + 1, NOON + HOUR - 1)).toEqual(["2026-01-01T12"]);
  expect(hoursBetween(NOON - 1, NOON + HOUR)).toEqual(["2026-01-01T11", "2026-01-01T12", "2026-01-01T13"]);
  expect(hoursBetween(NOON, NOON - 1)).toEqual([]);
});

test("counts are added up, or the greater one taken, kind by kind", () => {
  const [one, other] = [
    { dispatches: 2, runMs: 5 },
    { dispatches: 3, githubRequests: 1 },
  ];
  expect(sum([one, other])).toEqual({ dispatches: 5, runMs: 5, githubRequests: 1 });
  expect(greatest(one, other)).toEqual({ dispatches: 3, runMs: 5, githubRequests: 1 });
  expect(greatest(other, one)).toEqual(greatest(one, other));
  expect(one).toEqual({ dispatches: 2, runMs: 5 });
});
