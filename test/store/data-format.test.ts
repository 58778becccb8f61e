import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../app/domain/clock.ts";
import { DATA_FORMAT } from "../../app/store/sqlite/data-format.ts";
import { openSqlite } from "../../app/store/sqlite/storage.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zekt-format-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Reads the format of the folder's data, after it was set to another one where that is given. */
function format(set?: number): unknown {
  const db = new DatabaseSync(join(folder, "zekt.db"));
  if (set !== undefined) db.exec(`PRAGMA user_version = ${set}`);
  const row = db.prepare("PRAGMA user_version").get();
  db.close();
  return row?.user_version;
}

const KEY = { pk: "a", sk: "b" };

test("a new folder says which format its data has", async () => {
  await openSqlite({ folder }).close();
  expect(format()).toBe(DATA_FORMAT);
});

test("a folder of a version that did not say so is taken, with all it holds", async () => {
  const before = openSqlite({ folder });
  await before.table("jobs", systemClock).put({ ...KEY, text: "kept" });
  await before.close();
  format(0);
  const after = openSqlite({ folder });
  expect(await after.table("jobs", systemClock).get(KEY)).toMatchObject({ text: "kept" });
  await after.close();
  expect(format()).toBe(DATA_FORMAT);
});

test("a folder that a newer version has used is refused as it is, and the newer one takes it again", async () => {
  await openSqlite({ folder }).close();
  format(DATA_FORMAT + 1);
  const file = readFileSync(join(folder, "zekt.db"));
  expect(() => openSqlite({ folder })).toThrow(
    /its data has format 2, and this version \(\d+\.\d+\.\d+\) knows format 1\. Start the newer version, or restore/,
  );
  expect(readFileSync(join(folder, "zekt.db"))).toEqual(file);
  format(DATA_FORMAT);
  await openSqlite({ folder }).close();
});
