import type { Key, Page, QueryOptions, Table } from "./ports.ts";
import { DUE_SHARDS, shardOf } from "./tables.ts";

/** The attributes that put an item into its table's sparse `due` index; undefined takes it out. */
export const dueKeys = (key: string, dueAt: string | null): { dueShard?: string; dueAt?: string } =>
  dueAt === null ? { dueShard: undefined, dueAt: undefined } : { dueShard: shardOf(key), dueAt };

/** Keys read at once where all are read. */
const PAGE = 100;
const SHARDS = Array.from({ length: DUE_SHARDS }, (_, shard) => String(shard));

/**
 * Keys of what is past due, oldest first in each shard. The index lags behind the table, so each key
 * is a hint: whoever acts on it reads the item again.
 */
export async function pastDue(table: Table, now: string, limitPerShard: number): Promise<Key[]> {
  const shards = await Promise.all(SHARDS.map((shard) => page(table, shard, now, { limit: limitPerShard })));
  return shards.flatMap(({ items }) => items);
}

/** The same to the end, page by page: of a shard what is due first comes first. */
export async function* pagesPastDue(table: Table, now: string): AsyncGenerator<Key[]> {
  for (const shard of SHARDS) {
    let cursor: string | null | undefined;
    do {
      const found: Page<Key> = await page(table, shard, now, { limit: PAGE, cursor: cursor ?? undefined });
      yield found.items;
      cursor = found.cursor;
    } while (cursor !== null);
  }
}

async function page(table: Table, shard: string, now: string, options: QueryOptions): Promise<Page<Key>> {
  const of = { index: "due", hash: ["dueShard", shard], range: "dueAt" } as const;
  const { items, cursor } = await table.page<object>(of, { ...options, between: ["0", now] });
  return { items: items.map(({ pk, sk }) => ({ pk, sk })), cursor };
}
