import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../app/domain/clock.ts";
import { DiskFailed } from "../../app/store/sqlite/errors.ts";
import { makeSchema, shapeOf } from "../../app/store/sqlite/schema.ts";
import { SqliteTable } from "../../app/store/sqlite/table.ts";
import { Turns } from "../../app/store/sqlite/turns.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "full-disk-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a full disk refuses what it cannot store, stores no half of it, and goes on once there is room", async () => {
  const file = join(folder, "zekt.db");
  const turns = new Turns(file);
  makeSchema(turns);
  const table = new SqliteTable(turns, shapeOf("deliveries"), systemClock);
  const itemOf = (n: number) => ({ pk: `delivery-${n}`, sk: "delivery", text: "a message".repeat(5000) });
  await table.put(itemOf(0));
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
  expect(await table.getMany([itemOf(0), itemOf(1), itemOf(2)])).toHaveLength(1);
  turns.exec("PRAGMA max_page_count = 1000000");
  expect(await table.put(itemOf(3))).toBe(true);
  await turns.close();
});
