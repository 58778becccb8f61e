import { globSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "../../app/domain/clock.ts";
import { IF_ABSENT, type Storage, type Table } from "../../app/store/ports.ts";
import { JournalSync } from "../../app/store/sqlite/journal-sync.ts";
import { openSqlite } from "../../app/store/sqlite/storage.ts";
import { Refused, Turns } from "../../app/store/sqlite/turns.ts";

const folder = mkdtempSync(join(tmpdir(), "turns-"));
let storage: Storage;
let table: Table;
/** Counts the waits for the disk, and holds the wait itself. */
let syncs = 0;
let disk: Promise<void> = Promise.resolve();

const keyOf = (n: number) => ({ pk: `delivery-${n}`, sk: "delivery" });
const itemOf = (n: number) => ({
  ...keyOf(n),
  providerRepositoryId: "1",
  createdAt: `2026-01-01T00:00:00.${String(n).padStart(3, "0")}Z`,
});
const put = (n: number) => table.put(itemOf(n));
const ofProvider = () =>
  table.all({ index: "byProvider", hash: ["providerRepositoryId", "1"], range: "createdAt" });
const open = (): void => {
  storage = openSqlite({ folder });
  table = storage.table("deliveries", systemClock);
};

beforeAll(() => {
  const { sync } = JournalSync.prototype;
  vi.spyOn(JournalSync.prototype, "sync").mockImplementation(async function (this: JournalSync) {
    syncs += 1;
    await disk;
    await sync.call(this);
  });
  open();
});

beforeEach(() => {
  syncs = 0;
  disk = Promise.resolve();
});

afterAll(async () => {
  await storage.close();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** Returns whether a request is answered within so many milliseconds. */
const isAnswered = async (asked: Promise<unknown>, ms = 60): Promise<boolean> =>
  await Promise.race([asked.then(() => true), wait(ms).then(() => false)]);

test("a write is answered once it is on the disk for good", async () => {
  const full = Promise.withResolvers<void>();
  disk = full.promise;
  const written = put(0);
  expect(await isAnswered(written)).toBe(false);
  full.resolve();
  await written;
  expect(syncs).toBe(1);
});

test("nobody is told of what is not on the disk yet, and everybody else is", async () => {
  await put(1);
  const slow = Promise.withResolvers<void>();
  disk = slow.promise;
  const written = put(2);
  await wait(10);
  const answered = {
    "the item": isAnswered(table.get(keyOf(2))),
    "its place in an index": isAnswered(ofProvider()),
    "that it is there already": isAnswered(table.put(itemOf(2), IF_ABSENT)),
    "another item": isAnswered(table.get(keyOf(1))),
  };
  const told = Object.fromEntries(
    await Promise.all(Object.entries(answered).map(async ([what, is]) => [what, await is])),
  );
  slow.resolve();
  await written;
  expect(told).toEqual({
    "the item": false,
    "its place in an index": false,
    "that it is there already": false,
    "another item": true,
  });
});

test("nobody receives a message that is not on the disk yet", async () => {
  const slow = Promise.withResolvers<void>();
  disk = slow.promise;
  const queue = storage.queue("routing");
  const sent = queue.send([{ body: "a", group: "1" }]);
  await wait(10);
  expect(await queue.receive(1)).toEqual([]);
  slow.resolve();
  await sent;
  const received = await queue.receive(1);
  expect(received).toMatchObject([{ body: "a" }]);
  await queue.remove(received);
});

test("what many write at once goes to the disk in few turns", async () => {
  await Promise.all(Array.from({ length: 40 }, (_, n) => put(n + 1)));
  expect(syncs).toBeLessThan(10);
});

test("what many count at once is counted once each", async () => {
  const guards = storage.table("guards", systemClock);
  const count = () => guards.add({ pk: "count", sk: "count" }, "n", 1, 9_999_999_999);
  const sums = await Promise.all(Array.from({ length: 30 }, count));
  expect(sums.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, n) => n + 1));
});

test("what was answered is there after a start anew, in the table and in its indexes", async () => {
  await storage.archive.put("a", "b");
  await storage.close();
  open();
  expect(await table.get(keyOf(7))).toEqual(itemOf(7));
  expect(await ofProvider()).toHaveLength(41);
  expect(await storage.archive.get("a")).toMatchObject({ text: "b" });
});

test("texts that cannot be joined, as one of them is gone, fail nothing that is written in the same turn", async () => {
  const joined = storage.archive.join("whole", ["gone"]);
  const written = put(70);
  await expect(joined).rejects.toThrow("not archived");
  expect(await written).toBe(true);
  expect(await table.get(keyOf(70))).toEqual(itemOf(70));
});

test("a turn that fails halfway leaves nothing, and the next one is written", async () => {
  const file = join(folder, "turns.db");
  const turns = new Turns(file);
  turns.exec("CREATE TABLE t (key TEXT UNIQUE NOT NULL)");
  const write = (key: string | null) =>
    turns.write([], () => turns.prepare("INSERT INTO t VALUES (?)").run(key));
  await write("stored");
  const sameTurn = [write("before"), write(null), write("after")];
  expect((await Promise.allSettled(sameTurn)).map(({ status }) => status)).toEqual(Array(3).fill("rejected"));
  await write("later");
  await turns.close();
  const anew = new Turns(file);
  expect(anew.prepare("SELECT key FROM t ORDER BY key").all()).toEqual([["later"], ["stored"]]);
  await anew.close();
});

test("who is refused takes nobody along", async () => {
  const refused = table.put({ ...itemOf(50), createdAt: "" });
  const [first, ...others] = await Promise.allSettled([refused, put(51), put(52)]);
  expect(first).toMatchObject({ status: "rejected", reason: expect.any(Refused) });
  expect(others).toEqual(Array(2).fill({ status: "fulfilled", value: true }));
  expect(await table.get(keyOf(50))).toBeNull();
});

test("the journal has some 32 MB at most, however much is written", async () => {
  let largest = 0;
  for (let n = 0; n < 40; n += 1) {
    // A page that stays as it was is not written again.
    const text = String(n % 10).repeat(100_000);
    await Promise.all(
      Array.from({ length: 20 }, (_, one) => table.put({ ...itemOf(one), createdAt: String(n), text })),
    );
    largest = Math.max(largest, statSync(join(folder, "zekt.db-wal")).size);
  }
  expect(largest / 2 ** 20).toBeGreaterThan(30);
  expect(largest / 2 ** 20).toBeLessThan(36);
});

test("what leaves the journal is flushed as the journal was, on macOS too", async () => {
  const turns = new Turns(join(folder, "flushed.db"));
  expect(turns.prepare("PRAGMA checkpoint_fullfsync").get()).toEqual([1]);
  await turns.close();
});

test("no statement numbers its parameters, which the first versions of Node 24 refuse", () => {
  const files = globSync("app/store/sqlite/**/*.ts");
  expect(files).toContain("app/store/sqlite/count-work.ts");
  expect(files.filter((file) => /\?\d/.test(readFileSync(file, "utf8")))).toEqual([]);
});
