import { afterAll, beforeAll, expect, test } from "vitest";
import { HOUR, MINUTE } from "../../app/domain/clock.ts";
import type { Storage } from "../../app/store/ports.ts";
import { openSqlite } from "../../app/store/sqlite/storage.ts";
import { openStore } from "../../app/store/store.ts";
import { aroundTables } from "../support/around-tables.ts";

/* The budget of an installation's dispatches, which all workers write under one condition. */

let storage: Storage;
beforeAll(() => {
  storage = openSqlite();
});
afterAll(() => storage.close());

const buildClock = () => ({
  at: Date.parse("2026-01-01T00:00:00Z"),
  now() {
    return this.at;
  },
});
const LIMITS = { perMinute: 10, perHour: 1000 };

test("workers who ask at once share one budget", async () => {
  const clock = buildClock();
  const workers = [1, 2, 3].map(() => openStore(storage, clock, LIMITS).budgets);
  const slots = await Promise.all(
    workers.flatMap((one) => Array.from({ length: 5 }, () => one.reserve("shared"))),
  );
  const atOnce = slots.filter((one) => "slot" in one && one.slot === clock.at);
  expect(slots).toHaveLength(15);
  expect(atOnce).toHaveLength(10);
});

test("an installation's budget is no other's", async () => {
  const clock = buildClock();
  const { budgets } = openStore(storage, clock, { perMinute: 1, perHour: 10 });
  for (const id of ["1", "2"]) expect(await budgets.reserve(id)).toEqual({ slot: clock.at });
  expect(await budgets.reserve("1")).not.toEqual({ slot: clock.at });
});

test("a wait that GitHub asked one worker for holds for all, and a shorter one does not end it", async () => {
  const clock = buildClock();
  const [one, other] = [1, 2].map(() => openStore(storage, clock, LIMITS).budgets);
  expect(await other?.closedUntil("closed")).toBe(0);
  await one?.closeUntil("closed", clock.at + 2 * MINUTE);
  await other?.closeUntil("closed", clock.at + MINUTE);
  expect(await other?.closedUntil("closed")).toBe(clock.at + 2 * MINUTE);
  expect(await other?.reserve("closed")).toEqual({ slot: clock.at + 2 * MINUTE });
});

test("limits that state no wait are waited for ever longer by all workers", async () => {
  const clock = buildClock();
  const [one, other] = [1, 2].map(() => openStore(storage, clock, LIMITS).budgets);
  await one?.backOff("limited");
  await other?.backOff("limited");
  expect(await other?.closedUntil("limited")).toBe(clock.at + MINUTE);
  clock.at += MINUTE;
  await other?.backOff("limited");
  expect(await one?.closedUntil("limited")).toBe(clock.at + 2 * MINUTE);
});

test("a budget that nobody has used for hours is used again by all, as any other", async () => {
  const clock = buildClock();
  const [one, other] = [1, 2].map(() => openStore(storage, clock, LIMITS).budgets);
  await one?.reserve("rested");
  clock.at += 3 * HOUR;
  expect(await other?.reserve("rested")).toEqual({ slot: clock.at });
  expect(await one?.reserve("rested")).toEqual({ slot: clock.at });
});

test("a delivery that gets no slot learns when to ask again, and takes no other's slot away", async () => {
  const clock = buildClock();
  const { budgets } = openStore(storage, clock, { perMinute: 1, perHour: 1000 });
  const slots = await Promise.all(Array.from({ length: 8 }, () => budgets.reserve("later")));
  const given = slots.filter((one) => "slot" in one);
  const later = slots.filter((one) => "later" in one);
  expect([given.length, later.length]).toEqual([5, 3]);
  for (const one of later) expect(one.later).toBeGreaterThan(clock.at + 5 * MINUTE);
});

test("a wait that is shorter than the one that stands writes nothing", async () => {
  const clock = buildClock();
  let writes = 0;
  const counting = aroundTables(storage, async ({ method }, go) => {
    if (method === "put") writes += 1;
    return await go();
  });
  const { budgets } = openStore(counting, clock, LIMITS);
  await budgets.closeUntil("quiet", clock.at + 2 * MINUTE);
  await budgets.closeUntil("quiet", clock.at + MINUTE);
  expect(writes).toBe(1);
});
