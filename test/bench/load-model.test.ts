import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { budgetDay, DISPATCHES_PER_HOUR, hotKeys, LOAD } from "../../bench/load-model.ts";
import type { Figures } from "../../bench/support/figures.ts";
import { scaleText } from "../../bench/support/scale-text.ts";
import { written } from "../../bench/support/written.ts";

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

test("scale.md has what the model says: `npm run figures` writes it", { timeout: 60_000 }, () => {
  const page = read("docs/scale.md");
  expect(page).toBe(written(page, scaleText(JSON.parse(read("bench/results.json")) as Figures)));
});

test("the page names the load and the seed's model as they are", () => {
  const page = read("docs/scale.md");
  expect(page).toContain(`${LOAD.organisations.toLocaleString("en")} organisations`);
  expect(page).toContain(`${LOAD.eventsPerSecond.toLocaleString("en")} events a second`);
  expect(page).toContain(`${LOAD.peak} times as many in the busiest hour`);
  const all = (LOAD.organisations * DISPATCHES_PER_HOUR) / 3600;
  expect(page).toContain(`${Math.round(all).toLocaleString("en")} a second`);
});

test("a day within every budget leaves nothing waiting, and the same seed gives the same day", () => {
  const light = budgetDay("alike", 100);
  expect(light).toMatchObject({ inTime: 1, waiting: 0, most: 0, left: 0 });
  expect(light.hourOver(0)).toBeNull();
  const heavy = budgetDay("a few giants");
  expect(heavy.left).toBeGreaterThan(heavy.waiting);
  expect(JSON.stringify(budgetDay("a few giants"))).toBe(JSON.stringify(heavy));
});

test("what no event writes is never hot, and what is spread over shards is cooler by their number", () => {
  const keys = hotKeys("alike", (_, place) => (place.test("index deliveries due") ? 4 : 0));
  const [due, ...others] = keys;
  expect(others.every(({ units }) => units === 0)).toBe(true);
  const mean = (4 * LOAD.eventsPerSecond * LOAD.peak) / 8;
  expect(due?.units).toBeGreaterThan(mean);
  expect(due?.units).toBeLessThan(mean * 1.5);
});
