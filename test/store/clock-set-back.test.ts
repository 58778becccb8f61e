import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DAY, HOUR, iso, MINUTE, WatchedClock } from "../../app/domain/clock.ts";
import { ISSUE_WRITTEN, NOTICE_RAISED, TEST_EVENT } from "../../app/store/fact-kinds.ts";
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

test("a clock that is set back opens again what short facts bar, and leaves the long ones", async () => {
  const clock = buildClock();
  clock.at += DAY;
  const { facts } = openStore(storage, clock);
  const [test, issue, raised] = [
    TEST_EVENT.of({ subscriptionId: "s" }),
    ISSUE_WRITTEN.of({ repositoryId: "r" }),
    NOTICE_RAISED.of({ noticeId: "n" }),
  ];
  await facts.claim(test, {});
  await facts.set(issue, {});
  await facts.claim(raised, { by: "issue" });
  clock.at -= DAY;
  expect(await facts.claim(test, {})).toMatchObject({ won: true });
  expect(await facts.claim(test, {})).toMatchObject({ won: false });
  expect(await facts.get(issue)).toBeNull();
  expect(await facts.claim(raised, { by: "webhook" })).toEqual({ won: false, value: { by: "issue" } });
});

test("a clock that is set back keeps out nothing that GitHub says afterwards", async () => {
  const clock = buildClock();
  const { accounts } = openStore(storage, clock);
  const repository = { repositoryId: "7", ownerId: "1", fullName: "acme/seven" };
  const ahead = iso(clock.at + DAY);
  await accounts.recordRepository({ ...repository, reachable: true }, `${ahead}#1`);
  await accounts.recordAccount({ ownerId: "1", login: "acme" }, `${ahead}#1`);
  const asked = `${iso(clock.at)}#2`;
  expect(await accounts.recordKnownRepository({ repositoryId: "7", reachable: false }, asked)).toMatchObject({
    reachable: false,
  });
  expect(await accounts.recordAccount({ ownerId: "1", login: "acme-inc" }, asked)).toBe(true);
  // What was asked before that is older still.
  const before = `${iso(clock.at - 1000)}#0`;
  expect(await accounts.recordKnownRepository({ repositoryId: "7", reachable: true }, before)).toBeNull();
  expect(await accounts.recordAccount({ ownerId: "1", login: "old" }, before)).toBe(false);
});

test("a watched clock knows that it was set back, though that came between two looks", () => {
  const clock = buildClock();
  const watched = new WatchedClock(clock);
  expect([watched.wasSetBack(), watched.now()]).toEqual([false, clock.at]);
  clock.at += DAY;
  watched.now();
  clock.at -= DAY;
  expect([watched.wasSetBack(), watched.wasSetBack()]).toEqual([true, false]);
  // A machine that slept is no clock that was set back, nor are some seconds.
  clock.at += HOUR;
  expect(watched.wasSetBack()).toBe(false);
  clock.at -= 5000;
  expect(watched.wasSetBack()).toBe(false);
});
