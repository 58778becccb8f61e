import { Stream } from "node:stream";
import { type Definition, type Item, indexOf, type Keys, movesOf, prefixOf, projectionOf } from "./places.ts";
import { Turns } from "./turns.ts";

type Done<T = void> = (error: Error | null, value?: T) => void;

/** Which keys, and in which order. */
interface Range {
  gt?: string;
  gte?: string;
  lt?: string;
  lte?: string;
  reverse?: boolean;
  /** At most so many; all with -1. */
  limit?: number;
}

/** DynamoDB's limit of an item, in bytes. */
const MAX_ITEM_SIZE = 409_600;
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS items (key TEXT NOT NULL UNIQUE, value TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS places (key TEXT PRIMARY KEY, item TEXT NOT NULL) WITHOUT ROWID;
`;
/** Above every character that dynalite's keys are made of. */
const END = "\u007f";
const DEFINITIONS = "~definition~";

/** One request is done before the next begins: nobody is to be kept out meanwhile. */
const lock = (_key: string, act: (release: <T>(done: T) => T) => void): void => act((done) => done);

/**
 * What dynalite keeps its tables in, on SQLite: it stands in for the store of dynalite's own `db.create`,
 * with the functions that its actions call. An index holds the places of items, where dynalite's own holds
 * a copy of the item for each index; and an item is written together with its places.
 */
export class EmbeddedTables {
  readonly options = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0, maxItemSize: MAX_ITEM_SIZE };
  readonly tableDb;
  /** By which dynalite's server closes it. */
  readonly lifecycleManager = {
    setShutdownTimeout: (): void => {},
    getPendingOperationCount: (): number => 0,
    gracefulClose: (done: Done): void => {
      this.#turns.close().then(() => done(null), done);
    },
  };
  readonly #turns: Turns;
  readonly #keys: Keys;
  readonly #definitions = new Map<string, Definition>();

  /** Opens a file, or keeps everything in memory. */
  constructor(keys: Keys, file?: string) {
    this.#keys = keys;
    this.#turns = new Turns(SCHEMA, file);
    this.tableDb = { ...this.#definitionDb(), awsAccountId: "000000000000", awsRegion: "us-east-1" };
  }

  /**
   * Does what a request asks, and resolves once all that its answer tells is on the disk for good, as
   * DynamoDB does.
   *
   * @throws what the request is refused with; Error where the disk is full or fails
   */
  async answer<T>(act: (done: Done<T>) => void): Promise<T> {
    return await this.#turns.whenStored(
      () =>
        new Promise<T>((resolve, reject) => {
          act((error, value) => (error ? reject(error) : resolve(value as T)));
        }),
    );
  }

  getTable(name: string, checkStatus: boolean | Done<Definition>, done?: Done<Definition>): void {
    const tell = typeof checkStatus === "function" ? checkStatus : (done as Done<Definition>);
    const table = this.#definition(name);
    const isThere = table && !(checkStatus && /^(?:CREAT|DELET)ING$/.test(table.TableStatus));
    if (isThere) tell(null, table);
    else tell(notFound(checkStatus ? "" : `: Table: ${name} not found`));
  }

  getItemDb(table: string) {
    const prefix = `${table}~`;
    return {
      lock,
      get: (key: string, done: Done<Item>): void => {
        const item = this.#get<Item>(prefix + key);
        if (item) done(null, item);
        else done(absent());
      },
      put: (key: string, item: Item, done: Done): void => {
        this.#put(prefix + key, item);
        done(null);
      },
      del: (key: string, done: Done): void => {
        this.#delete(prefix + key);
        done(null);
      },
      createValueStream: (range: Range): Stream =>
        this.#stream(prefix, "SELECT value FROM items", "key", prefix, range),
    };
  }

  /** In place of dynalite's own, which takes an item away from each index and puts it there again with every write. */
  updateIndexes(table: Definition, before: Item | null, after: Item | null): void {
    const { from, to } = movesOf(this.#keys, table, before, after);
    for (const place of from) this.#turns.write(place, "DELETE FROM places WHERE key = ?", place);
    if (!after || to.length === 0) return;
    const key = `${table.TableName}~${this.#keys.createKey(after, table)}`;
    for (const place of to)
      this.#turns.write(key, "INSERT OR IGNORE INTO places (key, item) VALUES (?, ?)", place, key);
  }

  getIndexDb(_type: string, tableName: string, indexName: string) {
    const table = this.#definition(tableName);
    const index = indexOf(table, indexName);
    if (!table || !index) throw new Error(`${tableName} has no index ${indexName}.`);
    return {
      createValueStream: (range: Range): Stream =>
        this.#stream(
          `${tableName}~`,
          "SELECT value FROM places CROSS JOIN items ON items.key = places.item",
          "places.key",
          prefixOf(tableName, indexName),
          range,
          projectionOf(table, index),
        ),
    };
  }

  getTagDb(table: string) {
    return this.getItemDb(`${table}~tags`);
  }

  deleteItemDb(table: string, done: Done): void {
    this.#deleteAll("items", `${table}~`, done);
  }

  deleteTagDb(table: string, done: Done): void {
    this.deleteItemDb(`${table}~tags`, done);
  }

  deleteIndexDb(_type: string, table: string, index: string, done: Done): void {
    this.#deleteAll("places", prefixOf(table, index), done);
  }

  #definitionDb() {
    return {
      lock,
      get: (name: string, done: Done<Definition>): void => {
        const table = this.#definition(name);
        if (table) done(null, table);
        else done(absent());
      },
      put: (name: string, table: Definition, done: Done): void => {
        this.#definitions.delete(name);
        this.#put(DEFINITIONS + name, table);
        done(null);
      },
      del: (name: string, done: Done): void => {
        this.#definitions.delete(name);
        this.#delete(DEFINITIONS + name);
        done(null);
      },
    };
  }

  #definition(name: string): Definition | null {
    const known = this.#definitions.get(name) ?? this.#get<Definition>(DEFINITIONS + name);
    if (known) this.#definitions.set(name, known);
    return known;
  }

  #get<T>(key: string): T | null {
    this.#turns.reads(key);
    const row = this.#turns.prepare("SELECT value FROM items WHERE key = ?").get(key);
    return row ? (JSON.parse(row.value as string) as T) : null;
  }

  #put(key: string, value: object): void {
    const sql =
      "INSERT INTO items (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    this.#turns.write(key, sql, key, JSON.stringify(value));
  }

  #delete(key: string): void {
    this.#turns.write(key, "DELETE FROM items WHERE key = ?", key);
  }

  #deleteAll(from: "items" | "places", prefix: string, done: Done): void {
    this.#turns.write(prefix, `DELETE FROM ${from} WHERE key >= ? AND key < ?`, prefix, prefix + END);
    done(null);
  }

  /** Tells the items of a range one after the other, until it is destroyed. */
  #stream(
    itemPrefix: string,
    select: string,
    column: string,
    prefix: string,
    { gt, gte, lt, lte, reverse = false, limit = -1 }: Range,
    project: (item: Item) => Item = (item) => item,
  ): Stream {
    const from = gt === undefined ? `${column} >= ?` : `${column} > ?`;
    const to = lte === undefined ? `${column} < ?` : `${column} <= ?`;
    const statement = this.#turns.prepare(
      `${select} WHERE ${from} AND ${to} ORDER BY ${column} ${reverse ? "DESC" : "ASC"} LIMIT ?`,
    );
    const read = this.#turns.readsAll(itemPrefix);
    let wanted = true;
    const stream = Object.assign(new Stream(), {
      destroy: (): void => {
        wanted = false;
      },
    });
    process.nextTick(() => {
      try {
        read();
        for (const { value } of statement.iterate(
          prefix + (gt ?? gte ?? ""),
          prefix + (lte ?? lt ?? END),
          limit,
        )) {
          stream.emit("data", project(JSON.parse(value as string) as Item));
          if (!wanted) return;
        }
        stream.emit("end");
      } catch (error) {
        stream.emit("error", error);
      }
    });
    return stream;
  }
}

/** As LevelDB says it. */
const absent = (): Error => Object.assign(new Error("There is no such key."), { name: "NotFoundError" });

const notFound = (which: string): Error =>
  Object.assign(absent(), {
    statusCode: 400,
    body: {
      __type: "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
      message: `Requested resource not found${which}`,
    },
  });
