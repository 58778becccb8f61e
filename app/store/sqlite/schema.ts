import { type TableName, tables } from "../tables.ts";
import { markFormat } from "./data-format.ts";
import type { Turns } from "./turns.ts";

/** An index: two attributes, by the first of which items are found in the order of the second. */
export interface Index {
  hash: string;
  range: string;
  /** Gives whole items; otherwise keys and its own attributes alone. */
  whole: boolean;
}

/** The parts of a table's definition that SQLite needs. */
export interface Shape {
  name: TableName;
  /** Attributes that indexes are made of, each a column of its own. */
  columns: readonly string[];
  /** Those of them by which an index is ordered. */
  ranges: ReadonlySet<string>;
  indexes: ReadonlyMap<string, Index>;
}

interface Definition {
  AttributeDefinitions: { AttributeName: string }[];
  GlobalSecondaryIndexes?: {
    IndexName: string;
    KeySchema: { AttributeName: string }[];
    Projection: { ProjectionType: string };
  }[];
}

/** Returns a table's shape, as `tables.json` defines it. */
export function shapeOf(name: TableName): Shape {
  const { AttributeDefinitions, GlobalSecondaryIndexes = [] } = tables[name] as Definition;
  const columns = AttributeDefinitions.map(({ AttributeName }) => AttributeName);
  const indexes = new Map(
    GlobalSecondaryIndexes.map(({ IndexName, KeySchema, Projection }) => {
      const [hash = "", range = ""] = KeySchema.map(({ AttributeName }) => AttributeName);
      return [IndexName, { hash, range, whole: Projection.ProjectionType === "ALL" }];
    }),
  );
  return {
    name,
    columns: columns.filter((column) => column !== "pk" && column !== "sk"),
    ranges: new Set([...indexes.values()].map(({ range }) => range)),
    indexes,
  };
}

/** Runs the statements of a schema; rows are arrays. */
type Schema = Pick<Turns, "exec" | "prepare">;

/** Makes everything that is not there yet; a column that a later version adds is filled from the items. */
export function makeSchema(turns: Schema): void {
  turns.exec("BEGIN IMMEDIATE");
  for (const name of Object.keys(tables) as TableName[]) makeTable(turns, shapeOf(name));
  markFormat(turns);
  turns.exec(`
    CREATE TABLE IF NOT EXISTS messages (
      id INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, "group" TEXT NOT NULL, body TEXT NOT NULL,
      sentAt INTEGER NOT NULL, visibleAt INTEGER NOT NULL, receipts INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS archive (key TEXT PRIMARY KEY, text TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
    CREATE INDEX IF NOT EXISTS "archive at" ON archive (at);
    COMMIT`);
}

function makeTable(turns: Schema, { name, columns, indexes }: Shape): void {
  turns.exec(
    `CREATE TABLE IF NOT EXISTS ${name} (
      pk TEXT NOT NULL, sk TEXT NOT NULL, value TEXT NOT NULL, expiresAt INTEGER, UNIQUE (pk, sk)
    ) STRICT`,
  );
  const there = turns.prepare(`SELECT name FROM pragma_table_info('${name}')`).all().flat();
  for (const column of columns) {
    if (there.includes(column as never)) continue;
    turns.exec(`ALTER TABLE ${name} ADD COLUMN ${column} TEXT`);
    turns.exec(`UPDATE ${name} SET ${column} = value ->> '$.${column}'`);
  }
  for (const [index, { hash, range }] of indexes)
    turns.exec(
      `CREATE INDEX IF NOT EXISTS "${name} ${index}" ON ${name} (${hash}, ${range}, pk, sk) WHERE ${hash} IS NOT NULL`,
    );
  turns.exec(
    `CREATE INDEX IF NOT EXISTS "${name} expiresAt" ON ${name} (expiresAt) WHERE expiresAt IS NOT NULL`,
  );
}
