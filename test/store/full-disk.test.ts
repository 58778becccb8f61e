import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "../../app/domain/clock.ts";
import {
  DamagedData,
  DamagedLock,
  DiskFailed,
  explainOpening,
  FolderInUse,
} from "../../app/store/sqlite/errors.ts";
import { makeSchema, shapeOf } from "../../app/store/sqlite/schema.ts";
import { openSqlite } from "../../app/store/sqlite/storage.ts";
import { SqliteTable } from "../../app/store/sqlite/table.ts";
import { Turns } from "../../app/store/sqlite/turns.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "full-disk-"));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

test("a full disk refuses what it cannot store, stores no half of it, and goes on once there is room", async () => {
  const file = join(folder, "zekt.db");
  const turns = new Turns(file);
  makeSchema(turns);
  const table = new SqliteTable(turns, shapeOf("deliveries"), systemClock);
  const itemOf = (n: number) => ({ pk: `delivery-${n}`, sk: "delivery", text: "a message".repeat(5000) });
  await table.put(itemOf(0));
  expect(turns.problem).toBeNull();
  // SQLite's own way to run out of room.
  turns.exec(
    `PRAGMA max_page_count = ${new DatabaseSync(file).prepare("PRAGMA page_count").get()?.page_count}`,
  );
  const sameTurn = await Promise.allSettled([table.put(itemOf(1)), table.put({ ...itemOf(2), text: "" })]);
  const errors = sameTurn.map((result) => (result as PromiseRejectedResult).reason as Error);
  for (const error of errors) {
    expect(error).toBeInstanceOf(DiskFailed);
    expect(error.message).toBe(
      "The data folder cannot be written to (database or disk is full). Check its disk.",
    );
    expect(JSON.stringify(error)).not.toContain("a message");
  }
  expect(turns.problem).toBe(errors[0]?.message);
  expect(await table.getMany([itemOf(0), itemOf(1), itemOf(2)])).toHaveLength(1);
  turns.exec("PRAGMA max_page_count = 1000000");
  expect(await table.put(itemOf(3))).toBe(true);
  // A small write may find room where a large one does not.
  expect(turns.problem).not.toBeNull();
  const now = performance.now();
  vi.spyOn(performance, "now").mockReturnValue(now + 121_000);
  expect(turns.problem).toBeNull();
  await turns.close();
});

test("a disk that is full when a folder is opened, and a damaged database, are sentences", () => {
  const full = (): never => {
    const db = new DatabaseSync(join(folder, "full.db"));
    db.exec("CREATE TABLE one (text TEXT); PRAGMA max_page_count = 2");
    db.prepare("INSERT INTO one VALUES (?)").run("x".repeat(100_000));
    throw new Error("It had room.");
  };
  expect(() => explainOpening(folder, full)).toThrow(DiskFailed);
  const noSpace = (): never => {
    throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
  };
  expect(() => explainOpening(folder, noSpace)).toThrow("cannot be written to (no space left on device)");
  const other = (): never => {
    throw new TypeError("ours");
  };
  expect(() => explainOpening(folder, other)).toThrow(TypeError);
  writeFileSync(join(folder, "zekt.db"), "no database at all".repeat(100));
  expect(() => openSqlite({ folder })).toThrow(DamagedData);
  expect(() => openSqlite({ folder })).toThrow("Restore a backup with `zekt restore`.");
});

test("a damaged lock is told from damaged data: a restore would ask for the same lock", async () => {
  await openSqlite({ folder }).close();
  writeFileSync(join(folder, "lock.db"), "no database at all".repeat(100));
  expect(() => openSqlite({ folder })).toThrow(DamagedLock);
  expect(() => openSqlite({ folder })).toThrow("It only locks the folder, and holds no data: remove it");
  rmSync(join(folder, "lock.db"));
  await openSqlite({ folder }).close();
});

test("a database in which another program writes is in use, and its disk is well", async () => {
  await openSqlite({ folder }).close();
  const other = new DatabaseSync(join(folder, "zekt.db"));
  other.exec("BEGIN IMMEDIATE");
  expect(() => openSqlite({ folder })).toThrow(FolderInUse);
  other.close();
  await openSqlite({ folder }).close();
});

test("a statement that is wrong by itself is no fault of the disk", () => {
  const db = new DatabaseSync(join(folder, "zekt.db"));
  db.exec("CREATE VIEW messages AS SELECT 1");
  db.close();
  expect(() => openSqlite({ folder })).toThrow(expect.objectContaining({ code: "ERR_SQLITE_ERROR" }));
});
