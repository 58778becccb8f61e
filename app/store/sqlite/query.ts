import type { SQLInputValue } from "node:sqlite";
import { BadCursor, decodeCursor } from "../cursor.ts";
import type { Key, Partition, QueryOptions } from "../ports.ts";
import { compareBytes } from "./condition.ts";
import type { Shape } from "./schema.ts";

type Stored = Record<string, unknown> & Key;

/** A query of a page, one row more than the page has so that its end is known. */
interface Query {
  sql: string;
  values: SQLInputValue[];
  /** Reads an item of a row, and says how many bytes it has. */
  read(row: SQLInputValue[]): [Stored, number];
  /** Returns the whole key of an item: where a page that ends with it ended. */
  placeOf(item: Stored): Record<string, unknown>;
}

/** Above every text. */
const END = "\u{10ffff}";

/**
 * Makes the query of a page.
 *
 * @throws BadCursor where it is to begin at a place that this list does not have
 */
export function queryOf(shape: Shape, of: Partition, options: QueryOptions, limit: number): Query {
  const index =
    of.index === undefined ? { hash: "pk", range: "sk", whole: true } : shape.indexes.get(of.index);
  if (!index || of.hash[0] !== index.hash)
    throw new Error(`${shape.name} has no index ${of.index} by ${of.hash[0]}.`);
  const { hash, range, whole } = index;
  const order = range === "sk" ? ["sk"] : [range, "pk", "sk"];
  const [from, to] = boundsOf(options);
  const where = [`${hash} = ?`, `${range} IS NOT NULL`];
  const values: SQLInputValue[] = [of.hash[1]];
  if (from !== undefined && to !== undefined) {
    where.push(`${range} >= ?`, `${range} <= ?`);
    values.push(from, to);
  }
  const place = options.startAfter ?? (options.cursor ? decodeCursor(options.cursor) : null);
  if (place) {
    const after = order.map((column) => place[column]);
    requirePlace(place, [hash, ...order, "pk"], of, after[0], [from, to]);
    where.push(
      `(${order.join(", ")}) ${options.descending ? "<" : ">"} (${order.map(() => "?").join(", ")})`,
    );
    values.push(...(after as string[]));
  }
  const columns = whole ? ["value"] : ["pk", "sk", hash, range];
  const sorted = order.map((column) => `${column} ${options.descending ? "DESC" : "ASC"}`).join(", ");
  const key = [...new Set(["pk", "sk", hash, range])];
  return {
    sql: `SELECT ${columns.join(", ")} FROM ${shape.name} WHERE ${where.join(" AND ")} ORDER BY ${sorted} LIMIT ?`,
    values: [...values, limit + 1],
    read: whole
      ? ([value]) => [JSON.parse(value as string) as Stored, (value as string).length]
      : (row) => [Object.fromEntries(columns.map((column, at) => [column, row[at]])) as Stored, 0],
    placeOf: (item) => Object.fromEntries(key.map((name) => [name, item[name]])),
  };
}

function boundsOf({ beginsWith, between }: QueryOptions): readonly [string?, string?] {
  if (beginsWith !== undefined) return [beginsWith, `${beginsWith}${END}`];
  return between ?? [];
}

/** Refuses a place that lies in another partition or beyond the bounds, as DynamoDB does. */
function requirePlace(
  place: Record<string, unknown>,
  names: readonly string[],
  { hash }: Partition,
  range: unknown,
  [from, to]: readonly [string?, string?],
): void {
  const isWhole = names.every((name) => typeof place[name] === "string" && place[name] !== "");
  if (!isWhole || place[hash[0]] !== hash[1]) throw new BadCursor();
  if (from !== undefined && compareBytes(range as string, from) < 0) throw new BadCursor();
  if (to !== undefined && compareBytes(range as string, to) > 0) throw new BadCursor();
}
