import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { brotliDecompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { iso, systemClock } from "../../app/domain/clock.ts";
import { importFolder } from "../../app/store/sqlite/import-folder.ts";
import { openSqlite } from "../../app/store/sqlite/storage.ts";
import { openStore } from "../../app/store/store.ts";
import { type TableName, tables } from "../../app/store/tables.ts";

/** A folder as the version of 2026-11-26 left it when it was killed after its demo, journals included. */
const FIXTURE = new URL("fixtures/folder-2026-11-26/", import.meta.url);
const FILES = ["dynamodb.db", "dynamodb.db-wal", "s3-sqs/fauxqs.db", "s3-sqs/fauxqs.db-wal"];
/** The moment when it was killed, and one when nothing is delayed any more. */
const THEN = Date.parse("2026-11-27T06:46:50Z");
const LATER = THEN + 1_000_000;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zekt-import-"));
  for (const file of FILES) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), brotliDecompressSync(readFileSync(new URL(`${file}.br`, FIXTURE))));
  }
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const rowsOf = (file: string, sql: string): Record<string, unknown>[] => {
  const db = new DatabaseSync(join(folder, file));
  try {
    return db.prepare(sql).all();
  } finally {
    db.close();
  }
};
const change = (file: string, sql: string): void => {
  const db = new DatabaseSync(join(folder, file));
  db.exec(sql);
  db.close();
};
const open = (now = THEN) => openSqlite({ folder, clock: { now: () => now } });
const counts = (): Record<string, number> =>
  Object.fromEntries(
    [...Object.keys(tables), "messages", "archive"].map((name) => [
      name,
      rowsOf("zekt.db", `SELECT count(*) AS n FROM ${name}`)[0]?.n as number,
    ]),
  );
const WHOLE = {
  accounts: 15,
  catalog: 40,
  runs: 30,
  deliveries: 19,
  meters: 391,
  guards: 66,
  jobs: 0,
  sessions: 0,
  messages: 4,
  archive: 17,
};

test("everything that was stored is there, under its keys", async () => {
  const old = rowsOf("dynamodb.db", "SELECT key, value FROM items WHERE key < '~'");
  await open().close();
  expect(counts()).toEqual(WHOLE);
  const storage = open();
  for (const { key, value } of old) {
    const stored = JSON.parse(value as string) as Record<string, Record<string, string>>;
    const table = storage.table(String(key).split("~")[0]?.slice("zekt-".length) as TableName, systemClock);
    const item = await table.getEvenExpired<Record<string, unknown>>({
      pk: stored.pk?.S ?? "",
      sk: stored.sk?.S ?? "",
    });
    expect(Object.keys(item ?? {}).sort()).toEqual(Object.keys(stored).sort());
    for (const [name, typed] of Object.entries(stored)) {
      if (typed.S !== undefined) expect(item?.[name]).toBe(typed.S);
      if (typed.N !== undefined) expect(item?.[name]).toBe(Number(typed.N));
      if (typed.NULL !== undefined) expect(item?.[name]).toBeNull();
    }
  }
  await storage.close();
});

test("Zekt finds its repositories, deliveries and archived payloads in it", async () => {
  const storage = open();
  const clock = { now: () => THEN };
  const store = openStore(storage, clock);
  const repository = await store.accounts.getRepository("1006");
  expect(repository).toMatchObject({ fullName: "acme/releases", provider: true });
  const table = storage.table("deliveries", clock);
  const [delivery] = await table.all<{ deliveryId: string }>({
    index: "byProvider",
    hash: ["providerRepositoryId", "1006"],
    range: "createdAt",
  });
  expect(delivery?.pk).toMatch(/^delivery/);
  const { items } = await storage.archive.list("messages/");
  const archived = await storage.archive.get(items[0] ?? "");
  expect(archived?.text).toHaveLength(307_200);
  expect(iso(archived?.at ?? 0)).toMatch(/^2026-11-27T06:46:/);
  await storage.close();
});

test("messages that waited are received, delayed ones at their time, one that was being worked too", async () => {
  change(
    "s3-sqs/fauxqs.db",
    `UPDATE sqs_messages SET receipt_handle = 'r', visibility_deadline = ${LATER}, approximate_receive_count = 1 WHERE body LIKE '%"kind":"track"%'`,
  );
  const early = open();
  expect(await early.queue("delivery").count()).toMatchObject({ ready: 0, delayed: 2 });
  expect(await early.queue("routing").count()).toMatchObject({ ready: 1, delayed: 1 });
  await early.close();
  const storage = open(LATER);
  const received = await storage.queue("delivery").receive(10);
  expect(received.map(({ body }) => JSON.parse(body).deliveryId).sort()).toEqual([
    "dlv_ready-in-the-queue",
    "dlv_waiting-in-the-queue",
  ]);
  expect(await storage.queue("routing").receive(10)).toHaveLength(2);
  await storage.close();
  const groups = rowsOf("zekt.db", 'SELECT DISTINCT "group" AS g FROM messages ORDER BY g');
  expect(groups.map(({ g }) => g)).toEqual(["1027", "7", "8", "9"]);
});

test("what the version before wrote is kept as it was, in a subfolder", async () => {
  const before = FILES.map((file) => readFileSync(join(folder, file)));
  await open().close();
  expect(readdirSync(folder).sort()).toEqual(["before-2026-11-27", "lock.db", "zekt.db"]);
  const after = FILES.map((file) => readFileSync(join(folder, "before-2026-11-27", file)));
  expect(after.every((bytes, index) => bytes.equals(before[index] as Buffer))).toBe(true);
});

test("what is written afterwards stays over the next starts", async () => {
  const first = open();
  const key = { pk: "new", sk: "new" };
  await first.table("guards", systemClock).put(key);
  await first.close();
  const second = open(LATER);
  expect(await second.table("guards", systemClock).get(key)).toEqual(key);
  await second.close();
  expect(counts()).toEqual({ ...WHOLE, guards: WHOLE.guards + 1 });
});

test("a new folder is left alone", () => {
  const empty = mkdtempSync(join(tmpdir(), "zekt-import-"));
  importFolder(empty, "2026-12-01");
  expect(readdirSync(empty)).toEqual([]);
  rmSync(empty, { recursive: true });
});

describe("cut off", () => {
  /** States in which a kill leaves the folder, each made of a finished import. */
  const CUTS: [name: string, cut: (copy: string) => void][] = [
    [
      "while the new file is written",
      (copy) => {
        for (const file of readdirSync(copy)) renameSync(join(copy, file), join(folder, file));
        rmSync(copy, { recursive: true });
        writeFileSync(
          join(folder, "zekt.db.importing"),
          readFileSync(join(folder, "zekt.db")).subarray(0, 9000),
        );
        rmSync(join(folder, "zekt.db"));
      },
    ],
    [
      "once the subfolder is made",
      (copy) => {
        for (const file of readdirSync(copy)) renameSync(join(copy, file), join(folder, file));
        renameSync(join(folder, "zekt.db"), join(folder, "zekt.db.importing"));
      },
    ],
    [
      "once the first of the old files is moved",
      (copy) => {
        for (const file of ["dynamodb.db-wal", "s3-sqs"]) renameSync(join(copy, file), join(folder, file));
        renameSync(join(folder, "zekt.db"), join(folder, "zekt.db.importing"));
      },
    ],
    ["before the last rename", () => renameSync(join(folder, "zekt.db"), join(folder, "zekt.db.importing"))],
  ];

  test.each(CUTS)("%s, it is finished at the next start", async (_name, cut) => {
    await open().close();
    cut(join(folder, "before-2026-11-27"));
    expect(existsSync(join(folder, "zekt.db"))).toBe(false);
    // Another day, on which the copy is where it was.
    await open(LATER).close();
    expect(counts()).toEqual(WHOLE);
    expect(readdirSync(folder).sort()).toEqual(["before-2026-11-27", "lock.db", "zekt.db"]);
    expect(readdirSync(join(folder, "before-2026-11-27")).sort()).toEqual(
      expect.arrayContaining(["dynamodb.db", "dynamodb.db-wal", "s3-sqs"]),
    );
  });
});

describe("is refused, and left as it is", () => {
  const ODD: [what: string, file: string, sql: string, says: RegExp][] = [
    [
      "a table of another version",
      "dynamodb.db",
      `INSERT INTO items VALUES ('zekt-later~1/2/', '{}')`,
      /holds a table zekt-later/,
    ],
    [
      "a table that is missing",
      "dynamodb.db",
      "DELETE FROM items WHERE key = '~definition~zekt-runs'",
      /has no table zekt-runs/,
    ],
    [
      "an index that is missing",
      "dynamodb.db",
      `UPDATE items SET value = replace(value, 'byRepository', 'byNobody') WHERE key = '~definition~zekt-runs'`,
      /table zekt-runs has no index byRepository/,
    ],
    [
      "a type of attribute",
      "dynamodb.db",
      `INSERT INTO items VALUES ('zekt-runs~1/2/', '{"pk":{"S":"a"},"sk":{"S":"b"},"c":{"SS":["d"]}}')`,
      /an attribute of type SS/,
    ],
    [
      "a number beyond JavaScript's",
      "dynamodb.db",
      `INSERT INTO items VALUES ('zekt-runs~1/2/', '{"pk":{"S":"a"},"sk":{"S":"b"},"c":{"N":"9007199254740993"}}')`,
      /the number 9007199254740993/,
    ],
    [
      "a queue",
      "s3-sqs/fauxqs.db",
      "PRAGMA foreign_keys = OFF; UPDATE sqs_messages SET queue_name = 'zekt-other'",
      /messages of a queue zekt-other/,
    ],
    ["a bucket", "s3-sqs/fauxqs.db", "UPDATE s3_objects SET bucket = 'other'", /objects of a bucket other/],
    ["another schema", "s3-sqs/fauxqs.db", "DROP TABLE s3_objects", /cannot be read \(no such table/],
  ];

  test.each(ODD)("with %s that this version does not know", (_what, file, sql, says) => {
    change(file, sql);
    const there = FILES.filter((name) => existsSync(join(folder, name)));
    const bytes = () => there.map((name) => readFileSync(join(folder, name)));
    const before = bytes();
    expect(() => open()).toThrow(says);
    expect(() => open()).toThrow(/^The data folder was made by an earlier version.*Move the folder away/);
    expect(bytes().every((one, index) => one.equals(before[index] as Buffer))).toBe(true);
    expect(readdirSync(folder)).not.toContain("zekt.db");
    expect(readdirSync(folder).filter((name) => /^before|importing/.test(name))).toEqual([]);
  });

  test("where both versions have written", async () => {
    const copy = mkdtempSync(join(tmpdir(), "zekt-import-"));
    cpSync(folder, copy, { recursive: true });
    await open().close();
    cpSync(copy, folder, { recursive: true });
    rmSync(copy, { recursive: true });
    expect(() => open()).toThrow(/holds dynamodb\.db beside zekt\.db, which is newer/);
  });

  test("where the new file is gone and only the copy is left", async () => {
    await open().close();
    rmSync(join(folder, "zekt.db"));
    expect(() => open()).toThrow(/zekt\.db is gone, and before-2026-11-27 holds/);
  });
});
