import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../app/domain/clock.ts";
import { openSqlite } from "../../app/store/sqlite/storage.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zekt-old-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("an index that a version before lacked is made, and finds what was stored before", async () => {
  const earlier = openSqlite({ folder });
  const item = { pk: "run#1", sk: "event#1", repositoryId: "7", receivedAt: "2026-01-01" };
  await earlier.table("runs", systemClock).put(item);
  await earlier.close();
  const db = new DatabaseSync(join(folder, "zekt.db"));
  db.exec('DROP INDEX "runs byRepository"; ALTER TABLE runs DROP COLUMN receivedAt');
  db.close();
  const storage = openSqlite({ folder });
  const of = { index: "byRepository", hash: ["repositoryId", "7"], range: "receivedAt" } as const;
  expect(await storage.table("runs", systemClock).all(of)).toEqual([item]);
  await storage.close();
});

test("data of a version before whose tables lie elsewhere is refused rather than read as empty", () => {
  mkdirSync(join(folder, "dynamodb"));
  expect(() => openSqlite({ folder })).toThrow(/earlier version.*in dynamodb\. Move the folder away/);
});
