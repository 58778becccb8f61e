import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DAY, HOUR, MINUTE } from "../../app/domain/clock.ts";
import type { Storage } from "../../app/store/ports.ts";
import { openSqlite } from "../../app/store/sqlite/storage.ts";
import { openStore } from "../../app/store/store.ts";

/* A clock that is set back: nothing waits for the moments that it had seen before. */

let storage: Storage;
beforeAll(() => {
  storage = openSqlite();
});
afterAll(() => storage.close());

const buildClock = () => ({
  at: Date.parse("2026-01-01T00:00:00Z"),
  passed: 0,
  now() {
    return this.at;
  },
  monotonic() {
    return this.passed;
  },
});

test("a clock that is set back by a day stops no dispatches of an installation", async () => {
  const clock = buildClock();
  const right = clock.at;
  clock.at += DAY;
  const { budgets } = openStore(storage, clock);
  await budgets.reserve("42");
  await budgets.closeUntil("43", clock.at + 10 * MINUTE);
  clock.at = right;
  // The process that saw the wrong time, and one that starts afterwards.
  for (const one of [budgets, openStore(storage, clock).budgets])
    expect(await one.reserve("42")).toEqual({ slot: right });
  expect(await budgets.closedUntil("43")).toBe(right + 10 * MINUTE);
});

test("a queue's delays and visibility timeouts go by the clock that nobody sets", async () => {
  const folder = mkdtempSync(join(tmpdir(), "zekt-set-back-"));
  const clock = buildClock();
  const first = openSqlite({ folder, clock });
  const queue = first.queue("delivery");
  await queue.send([{ body: "delayed", group: "a", delaySeconds: 60 }]);
  clock.at -= DAY;
  expect(await queue.receive(10)).toEqual([]);
  clock.passed += MINUTE;
  expect(await queue.receive(10)).toMatchObject([{ body: "delayed" }]);
  clock.at -= DAY;
  clock.passed += HOUR;
  expect(await queue.receive(10)).toMatchObject([{ body: "delayed" }]);
  clock.at += 3 * DAY;
  expect(await queue.receive(10)).toEqual([]);
  await first.close();
  rmSync(folder, { recursive: true });
});

test("a message whose delay a clock ahead has written is received after that delay, once it is set back", async () => {
  const folder = mkdtempSync(join(tmpdir(), "zekt-set-back-"));
  const clock = buildClock();
  const first = openSqlite({ folder, clock });
  await first.queue("delivery").send([{ body: "delayed", group: "a", delaySeconds: 60 }]);
  await first.close();
  clock.at -= DAY;
  const second = openSqlite({ folder, clock });
  expect(await second.queue("delivery").receive(10)).toEqual([]);
  clock.passed += MINUTE;
  expect(await second.queue("delivery").receive(10)).toMatchObject([{ body: "delayed" }]);
  await second.close();
  rmSync(folder, { recursive: true });
});
