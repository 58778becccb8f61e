import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DAY, epochSeconds, systemClock } from "../../app/domain/clock.ts";
import { giveBackSpace } from "../../app/store/sqlite/give-back-space.ts";
import { JOURNAL_BYTES } from "../../app/store/sqlite/journal-sync.ts";
import { removeExpired } from "../../app/store/sqlite/remove-expired.ts";
import { makeSchema, shapeOf } from "../../app/store/sqlite/schema.ts";
import { openSqlite } from "../../app/store/sqlite/storage.ts";
import { SqliteTable } from "../../app/store/sqlite/table.ts";
import { Turns } from "../../app/store/sqlite/turns.ts";

/* The disk of one machine: what is removed gives its space back, in steps, and the file does not grow for ever. */

const MB = 1024 * 1024;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zekt-disk-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = (): string => join(folder, "zekt.db");
const clock = { at: Date.parse("2026-01-01T00:00:00Z"), now: () => clock.at };

const numberOf = (turns: Turns, name: string): number =>
  (turns.prepare(`PRAGMA ${name}`).get() as unknown as [number])[0];

function open() {
  const turns = new Turns(file());
  makeSchema(turns);
  return { turns, table: new SqliteTable(turns, shapeOf("guards"), clock) };
}

/** Writes as many items as fill so many megabytes; they end after a day. */
async function fill(table: SqliteTable, name: string, megabytes: number): Promise<void> {
  const text = "x".repeat(10_000);
  const expiresAt = epochSeconds(clock.at + DAY);
  await table.putAll(
    Array.from({ length: megabytes * 100 }, (_, n) => ({ pk: `${name}-${n}`, sk: "a", text, expiresAt })),
  );
}

test("a file that holds what comes in for three days does not grow from then on, and shrinks when less comes", async () => {
  const { turns, table } = open();
  const sizes: number[] = [];
  for (let day = 0; day < 12; day++) {
    await fill(table, `day-${day}`, 20);
    clock.at += DAY;
    await removeExpired(turns, clock);
    sizes.push((numberOf(turns, "page_count") * numberOf(turns, "page_size")) / MB);
  }
  const grown = Math.max(...sizes.slice(0, 5));
  expect(Math.max(...sizes.slice(5))).toBeLessThanOrEqual(grown * 1.01);
  clock.at += 5 * DAY;
  await removeExpired(turns, clock);
  await turns.close();
  // 16 MB stay for what is written next.
  expect(statSync(file()).size / MB).toBeLessThan(20);
}, 180_000);

test("a journal that grew while somebody read, as a backup does, shrinks when the reader is done", async () => {
  const { turns, table } = open();
  const size = (): number => statSync(`${file()}-wal`).size;
  const reader = new DatabaseSync(file(), { readOnly: true });
  reader.exec("BEGIN; SELECT COUNT(*) FROM guards");
  for (let n = 0; n < 4; n++) await fill(table, `read-${n}`, 30);
  expect(size()).toBeGreaterThan(1.5 * JOURNAL_BYTES);
  reader.close();
  // One write takes the journal into the database, the next begins it anew.
  for (let n = 0; n < 2; n++) await fill(table, `then-${n}`, 1);
  expect(size()).toBeLessThanOrEqual(JOURNAL_BYTES);
  await turns.close();
}, 60_000);

test("more than comes in a minute is removed in a minute", async () => {
  const { turns, table } = open();
  await table.putAll(
    Array.from({ length: 5000 }, (_, n) => ({ pk: `${n}`, sk: "a", expiresAt: epochSeconds(clock.at) })),
  );
  clock.at += 3 * DAY;
  await removeExpired(turns, clock);
  expect(turns.prepare("SELECT count(*) FROM guards").get()).toEqual([0]);
  await turns.close();
});

test("space is given back a megabyte at a time, and others are served in between", async () => {
  const { turns, table } = open();
  await fill(table, "much", 60);
  turns.exec("DELETE FROM guards");
  const sizes = [numberOf(turns, "page_count")];
  let ended = false;
  const giving = giveBackSpace(turns).finally(() => {
    ended = true;
  });
  let served = 0;
  while (!ended) {
    await table.put({ pk: `between-${served++}`, sk: "a" });
    sizes.push(numberOf(turns, "page_count"));
  }
  await giving;
  // With the pages that say where pages belong.
  for (const [n, size] of sizes.slice(1).entries())
    expect((sizes[n] as number) - size).toBeLessThanOrEqual(2 * (256 + 1));
  expect(served).toBeGreaterThan(10);
  expect(numberOf(turns, "freelist_count")).toBeLessThan(5000);
  await turns.close();
});

test("a file of before, which gave nothing back, gives back from its next start on", async () => {
  const old = new DatabaseSync(file());
  old.exec("PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS spare (text TEXT)");
  old.close();
  const storage = openSqlite({ folder });
  await storage.table("guards", systemClock).put({ pk: "a", sk: "a" });
  await storage.close();
  const db = new DatabaseSync(file());
  expect(db.prepare("PRAGMA auto_vacuum").get()).toEqual({ auto_vacuum: 2 });
  expect(db.prepare("SELECT count(*) AS n FROM guards").get()).toEqual({ n: 1 });
  db.close();
});
