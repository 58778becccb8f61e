import { expect, test } from "vitest";
import { everyDay } from "../../app/console/ui/every-day.ts";

const row = (period: string, n = 0) => ({ period, n });

test("a chart by day has the days without figures, too", () => {
  expect(everyDay([row("2028-02-27", 3), row("2028-03-01", 1)], row)).toEqual([
    row("2028-02-27", 3),
    row("2028-02-28"),
    row("2028-02-29"),
    row("2028-03-01", 1),
  ]);
  expect(everyDay([row("2026-11-28", 1)], row)).toEqual([row("2026-11-28", 1)]);
  expect(everyDay([], row)).toEqual([]);
});
