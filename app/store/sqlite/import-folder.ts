import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { type QueueName, queues } from "../queues.ts";
import { type TableName, tableName, tables } from "../tables.ts";
import { OldData } from "./errors.ts";
import { GIVES_BACK } from "./give-back-space.ts";
import { itemOf, type StoredItem } from "./old-item.ts";
import { makeSchema, shapeOf } from "./schema.ts";
import { toDisk } from "./to-disk.ts";

/** Files of a folder that the version of 2026-11-26 wrote; once the first of them is moved, the import is done. */
const OLD_TABLES = "dynamodb.db";
const OLD_REST = join("s3-sqs", "fauxqs.db");
const OLD_FILES = [OLD_TABLES, `${OLD_TABLES}-wal`, `${OLD_TABLES}-shm`, "s3-sqs"];

const PREFIX = "zekt";
const BUCKET = "zekt-archive";
/** Tables that the version of 2026-11-26 did not have. */
const ADDED: ReadonlySet<TableName> = new Set<TableName>(["jobs"]);
/** All keys of a table lie below this. */
const END = "\u007f";

/**
 * Brings a folder that the version of 2026-11-26 wrote into the form of this one, and moves what that version
 * wrote into `before-<date>` beside it. Cut off at any point, it does the rest when it is called again. Does
 * nothing to any other folder.
 *
 * @param today - names the copy: `2026-12-01`
 * @throws OldData where the folder holds something that this version does not know; nothing is changed then
 */
export function importFolder(folder: string, today: string): void {
  const target = join(folder, "zekt.db");
  const unfinished = join(folder, "zekt.db.importing");
  const copy = copyIn(folder);
  if (existsSync(join(folder, OLD_TABLES))) {
    if (existsSync(target)) throw new OldData(`it holds ${OLD_TABLES} beside zekt.db, which is newer`);
    if (copy) throw new OldData(`it holds both ${OLD_TABLES} and an earlier copy of it in ${copy}`);
    rmSync(unfinished, { force: true });
    try {
      convert(folder, unfinished);
    } catch (error) {
      rmSync(unfinished, { force: true });
      throw error;
    }
    toDisk(unfinished);
    mkdirSync(join(folder, `before-${today}`), { recursive: true });
    move(folder, `before-${today}`);
  } else if (existsSync(target)) return;
  else if (existsSync(join(folder, "dynamodb"))) throw new OldData("its tables are in dynamodb");
  else if (!copy) return;
  else if (existsSync(unfinished)) move(folder, copy);
  else throw new OldData(`its zekt.db is gone, and ${copy} holds what was there before it`);
  toDisk(folder);
  renameSync(unfinished, target);
  toDisk(folder);
}

/** Returns the name of the subfolder that holds a copy of old tables. */
function copyIn(folder: string): string | undefined {
  if (!existsSync(folder)) return undefined;
  return readdirSync(folder).find(
    (name) => name.startsWith("before-") && existsSync(join(folder, name, OLD_TABLES)),
  );
}

function move(folder: string, copy: string): void {
  for (const file of OLD_FILES)
    if (existsSync(join(folder, file))) renameSync(join(folder, file), join(folder, copy, file));
}

/** Writes everything of the old files into a new one, all or nothing. */
function convert(folder: string, to: string): void {
  const db = new DatabaseSync(to);
  try {
    // The file counts only once it is whole and on the disk.
    db.exec(`${GIVES_BACK}; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF`);
    makeSchema({
      exec: (sql) => db.exec(sql),
      prepare(sql) {
        const statement = db.prepare(sql);
        statement.setReturnArrays(true);
        return statement;
      },
    });
    db.exec("BEGIN");
    withOld(folder, OLD_TABLES, (old) => importTables(old, db));
    if (existsSync(join(folder, OLD_REST)))
      withOld(folder, OLD_REST, (old) => {
        importMessages(old, db);
        importArchive(old, db);
      });
    db.exec("COMMIT");
  } finally {
    db.close();
  }
}

/** @throws OldData where the file is none that the version of 2026-11-26 wrote */
function withOld(folder: string, file: string, work: (old: DatabaseSync) => void): void {
  const old = new DatabaseSync(join(folder, file), { readOnly: true });
  try {
    work(old);
  } catch (error) {
    if (!/no such (table|column)|not a database|malformed/.test((error as Error).message)) throw error;
    throw new OldData(`its ${file} cannot be read (${(error as Error).message})`);
  } finally {
    old.close();
  }
}

interface Definition {
  GlobalSecondaryIndexes?: { IndexName: string }[];
}

function importTables(old: DatabaseSync, db: DatabaseSync): void {
  const names = (Object.keys(tables) as TableName[]).filter((name) => !ADDED.has(name));
  const known = new Set(names.map((name) => tableName(PREFIX, name)));
  for (const { table } of old
    .prepare("SELECT DISTINCT substr(key, 1, instr(key, '~') - 1) AS 'table' FROM items WHERE key < '~'")
    .iterate())
    if (!known.has(table as string)) throw new OldData(`it holds a table ${table}`);
  for (const name of names) {
    const named = tableName(PREFIX, name);
    const definition = old.prepare("SELECT value FROM items WHERE key = ?").get(`~definition~${named}`);
    if (!definition) throw new OldData(`it has no table ${named}`);
    requireIndexes(named, name, JSON.parse(definition.value as string) as Definition);
    const { columns } = shapeOf(name);
    const into = ["pk", "sk", "value", "expiresAt", ...columns];
    const insert = db.prepare(
      `INSERT INTO ${name} (${into.join(", ")}) VALUES (${into.map(() => "?").join(", ")})`,
    );
    const rows = old.prepare("SELECT value FROM items WHERE key >= ? AND key < ?");
    for (const { value } of rows.iterate(`${named}~`, `${named}~${END}`)) {
      const item = itemOf(JSON.parse(value as string) as StoredItem);
      const attribute = (column: string) => (item[column] ?? null) as SQLInputValue;
      const values = [JSON.stringify(item), attribute("expiresAt"), ...columns.map(attribute)];
      insert.run(attribute("pk"), attribute("sk"), ...values);
    }
  }
}

/** Without its index, a list of old items would be silently empty. */
function requireIndexes(named: string, name: TableName, { GlobalSecondaryIndexes = [] }: Definition): void {
  const there = new Set(GlobalSecondaryIndexes.map(({ IndexName }) => IndexName));
  const missing = [...shapeOf(name).indexes.keys()].filter((index) => !there.has(index));
  if (missing.length > 0) throw new OldData(`its table ${named} has no index ${missing.join(", ")}`);
}

/** A message that was being worked is ready again: nobody works it any more. */
function importMessages(old: DatabaseSync, db: DatabaseSync): void {
  const known = new Map(
    (Object.keys(queues) as QueueName[]).flatMap((name) =>
      [name, `${name}-dead-letters`].map((queue) => [`${PREFIX}-${queue}`, queue]),
    ),
  );
  const insert = db.prepare(
    'INSERT INTO messages (queue, "group", body, sentAt, visibleAt, receipts) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const rows = old.prepare(
    "SELECT queue_name, body, sent_timestamp, delay_until, approximate_receive_count FROM sqs_messages ORDER BY sent_timestamp, rowid",
  );
  for (const row of rows.iterate()) {
    const queue = known.get(row.queue_name as string);
    if (!queue) throw new OldData(`it holds messages of a queue ${row.queue_name}`);
    const body = row.body as string;
    const { sent_timestamp: sentAt = 0, delay_until: until, approximate_receive_count: receipts = 0 } = row;
    insert.run(queue, groupOf(body), body, sentAt, until ?? 0, receipts);
  }
}

/** Returns the group of a message as its sender had it, which the version before did not store. */
function groupOf(body: string): string {
  const { consumerOwnerId, ownerId, repositoryId } = JSON.parse(body) as Record<string, string | undefined>;
  return consumerOwnerId ?? ownerId ?? repositoryId ?? "";
}

function importArchive(old: DatabaseSync, db: DatabaseSync): void {
  const insert = db.prepare("INSERT INTO archive (key, text, at) VALUES (?, ?, ?)");
  for (const row of old.prepare("SELECT bucket, key, body, last_modified FROM s3_objects").iterate()) {
    if (row.bucket !== BUCKET) throw new OldData(`it holds objects of a bucket ${row.bucket}`);
    const text = Buffer.from(row.body as Uint8Array).toString("utf8");
    insert.run(row.key as string, text, Date.parse(row.last_modified as string));
  }
}
