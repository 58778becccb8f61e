import type { SQLInputValue } from "node:sqlite";
import { type Clock, epochSeconds } from "../../domain/clock.ts";
import { encodeCursor } from "../cursor.ts";
import type { Condition, Item, Key, Page, Partition, QueryOptions, Table } from "../ports.ts";
import { holds, isExpired } from "./condition.ts";
import { requireKeySize, requireSize } from "./item-size.ts";
import { queryOf } from "./query.ts";
import type { Shape } from "./schema.ts";
import { Refused, type Turns } from "./turns.ts";

type Stored = Record<string, unknown> & Key;
type Row = SQLInputValue[];

/** A page ends after so many items, or bytes of them, as DynamoDB's do. */
const MOST_ITEMS = 1000;
const MOST_BYTES = 1024 * 1024;

/** A table of SQLite: an item is a row, as JSON, with the attributes that indexes are made of in columns. */
export class SqliteTable implements Table {
  readonly #turns: Turns;
  readonly #shape: Shape;
  readonly #sql: Statements;
  readonly #clock: Clock;

  constructor(turns: Turns, shape: Shape, clock: Clock) {
    this.#turns = turns;
    this.#shape = shape;
    this.#sql = statementsOf(shape);
    this.#clock = clock;
  }

  /** Reads one item, or null where there is none. */
  async get<T>(key: Key): Promise<Item<T> | null> {
    return this.#alive<T>(await this.getEvenExpired<T>(key));
  }

  /** Reads one item though it be past its TTL. */
  async getEvenExpired<T>(key: Key): Promise<Item<T> | null> {
    return await this.#turns.read(this.#nameOf(key.pk), () => this.#find(key) as Item<T> | null);
  }

  /** Reads many items, in the order of their keys, leaving out those that are not there. */
  async getMany<T>(keys: readonly Key[]): Promise<Item<T>[]> {
    const items = await Promise.all(keys.map((key) => this.get<T>(key)));
    return items.filter((item) => item !== null);
  }

  /** Writes an item whole; false, and nothing written, where the condition does not hold. */
  async put<T extends object>(item: Item<T>, condition?: Condition): Promise<boolean> {
    const write = this.#writeOf(item as Item<T> & Stored);
    return await this.#write(item.pk, () => {
      const row = this.#row(item);
      if (condition && !holds(condition, storedOf(row), this.#now())) return false;
      write(row);
      return true;
    });
  }

  /** Sets attributes of an item and removes those given as undefined; null where the condition does not hold, or the item is past its TTL. */
  async update<T>(
    key: Key,
    change: Record<string, unknown>,
    condition: Condition = [],
  ): Promise<Item<T> | null> {
    return await this.#write(key.pk, () => {
      const row = this.#row(key);
      const stored = storedOf(row);
      const now = this.#now();
      if ((stored && isExpired(stored, now)) || !holds(condition, stored, now)) return null;
      const item = { ...stored, ...change, pk: key.pk, sk: key.sk };
      return JSON.parse(this.#writeOf(item)(row)) as Item<T>;
    });
  }

  /** Adds to a number, from zero where there is none or only one past its TTL, and returns the sum. */
  async add(key: Key, attribute: string, n: number, expiresAt: number): Promise<number> {
    return await this.#write(key.pk, () => {
      const row = this.#row(key);
      const stored = storedOf(row);
      const before = stored && !isExpired(stored, this.#now()) ? stored : null;
      const sum = Number(before?.[attribute] ?? 0) + n;
      this.#writeOf({ ...before, pk: key.pk, sk: key.sk, [attribute]: sum, expiresAt })(row);
      return sum;
    });
  }

  /** Removes an item, if it is there; false where its condition does not hold. */
  async delete(key: Key, condition?: Condition): Promise<boolean> {
    return await this.#write(key.pk, () => {
      if (condition && !holds(condition, storedOf(this.#row(key)), this.#now())) return false;
      this.#remove(key);
      return true;
    });
  }

  /** Removes items, whether they are there or not. */
  async deleteAll(keys: readonly Key[]): Promise<void> {
    await Promise.all(keys.map((key) => this.#write(key.pk, () => this.#remove(key))));
  }

  /** Writes items without a condition; of one key the last one stands. */
  async putAll(items: readonly Item<object>[]): Promise<void> {
    await Promise.all(items.map((item) => this.put(item)));
  }

  /** Reads a page of a partition or of an index. */
  async page<T>(of: Partition, options: QueryOptions = {}): Promise<Page<Item<T>>> {
    const limit = options.limit ?? MOST_ITEMS;
    const query = queryOf(this.#shape, of, options, limit);
    return await this.#turns.read(of.index ? this.#shape.name : this.#nameOf(of.hash[1]), () => {
      const items: Stored[] = [];
      let bytes = 0;
      let isMore = false;
      for (const row of this.#turns.prepare(query.sql).iterate(...query.values)) {
        if (items.length === limit || bytes >= MOST_BYTES) {
          isMore = true;
          break;
        }
        const [item, size] = query.read(row as unknown as Row);
        items.push(item);
        bytes += size;
      }
      const last = items.at(-1);
      return {
        items: items.flatMap((item) => this.#alive<T>(item as Item<T>) ?? []),
        cursor: isMore && last ? encodeCursor(query.placeOf(last)) : null,
      };
    });
  }

  /** Reads all pages. */
  async all<T>(of: Partition, options: QueryOptions = {}): Promise<Item<T>[]> {
    const items: Item<T>[] = [];
    let cursor: string | null | undefined = options.cursor;
    do {
      const page: Page<Item<T>> = await this.page<T>(of, { ...options, cursor: cursor ?? undefined });
      items.push(...page.items);
      cursor = page.cursor;
    } while (cursor !== null);
    return items;
  }

  #now(): number {
    return epochSeconds(this.#clock.now());
  }

  #alive<T>(item: Item<T> | null): Item<T> | null {
    return item && isExpired(item as Stored, this.#now()) ? null : item;
  }

  #nameOf(pk: string): string {
    return `${this.#shape.name}\n${pk}`;
  }

  async #write<T>(pk: string, work: () => T): Promise<T> {
    return await this.#turns.write([this.#shape.name, this.#nameOf(pk)], work);
  }

  #find({ pk, sk }: Key): Stored | null {
    const row = this.#turns.prepare(this.#sql.value).get(pk, sk);
    return row ? (JSON.parse((row as unknown as [string])[0]) as Stored) : null;
  }

  #row({ pk, sk }: Key): Row | undefined {
    return this.#turns.prepare(this.#sql.row).get(pk, sk) as unknown as Row | undefined;
  }

  /**
   * Makes the write of an item over the row that stands, or in its place; it returns the JSON that it wrote.
   *
   * @throws Refused where DynamoDB would not take the item either
   */
  #writeOf(item: Stored): (row: Row | undefined) => string {
    const json = JSON.stringify(item);
    requireSize(item, json);
    const { columns, ranges } = this.#shape;
    const keys = columns.map((column) => indexKeyOf(column, item[column]));
    for (const key of ["pk", "sk"] as const) if (!item[key]) throw new Refused(`An item needs a ${key}.`);
    requireKeySize("pk", item.pk, "hash");
    requireKeySize("sk", item.sk, "range");
    for (const [at, key] of keys.entries()) {
      const column = columns[at] as string;
      if (key !== null) requireKeySize(column, key, ranges.has(column) ? "range" : "hash");
    }
    const values = [json, (item.expiresAt as number | undefined) ?? null, ...keys];
    return (row) => {
      if (row) {
        // A column that stays as it is leaves its index as it is.
        const changed = values.map((_, at) => at).filter((at) => at === 0 || values[at] !== row[at + 1]);
        this.#turns
          .prepare(this.#sql.update(changed))
          .run(...changed.map((at) => values[at] ?? null), row[0] ?? null);
      } else this.#turns.prepare(this.#sql.insert).run(item.pk, item.sk, ...values);
      return json;
    };
  }

  #remove({ pk, sk }: Key): void {
    this.#turns.prepare(this.#sql.remove).run(pk, sk);
  }
}

/** The texts of a table's statements. */
interface Statements {
  value: string;
  row: string;
  insert: string;
  remove: string;
  /** Returns the one that sets these of an item's values. */
  update(changed: readonly number[]): string;
}

function statementsOf({ name, columns }: Shape): Statements {
  const values = ["value", "expiresAt", ...columns];
  const into = ["pk", "sk", ...values];
  return {
    value: `SELECT value FROM ${name} WHERE pk = ? AND sk = ?`,
    row: `SELECT rowid, ${values.join(", ")} FROM ${name} WHERE pk = ? AND sk = ?`,
    insert: `INSERT INTO ${name} (${into.join(", ")}) VALUES (${into.map(() => "?").join(", ")})`,
    remove: `DELETE FROM ${name} WHERE pk = ? AND sk = ?`,
    update: (changed) =>
      `UPDATE ${name} SET ${changed.map((at) => `${values[at]} = ?`).join(", ")} WHERE rowid = ?`,
  };
}

const storedOf = (row: Row | undefined): Stored | null =>
  row ? (JSON.parse(row[1] as string) as Stored) : null;

function indexKeyOf(column: string, value: unknown): string | null {
  if (value === undefined) return null;
  if (typeof value === "string" && value !== "") return value;
  throw new Refused(`${column} is part of an index, so it cannot be ${JSON.stringify(value)}.`);
}
