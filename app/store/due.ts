import type { Key, Table } from "./table.ts";
import { DUE_SHARDS, shardOf } from "./tables.ts";

/** The attributes that put an item into its table's sparse `due` index; undefined takes it out. */
export const dueKeys = (key: string, dueAt: string | null): { dueShard?: string; dueAt?: string } =>
  dueAt === null ? { dueShard: undefined, dueAt: undefined } : { dueShard: shardOf(key), dueAt };

/**
 * Keys of what is past due, oldest first in each shard. The index lags behind the table, so each key
 * is a hint: whoever acts on it reads the item again.
 */
export async function pastDue(table: Table, now: string, limitPerShard: number): Promise<Key[]> {
  const shards = await Promise.all(
    Array.from({ length: DUE_SHARDS }, (_, shard) =>
      table.page<object>(
        { index: "due", hash: ["dueShard", String(shard)], range: "dueAt" },
        { between: ["0", now], limit: limitPerShard },
      ),
    ),
  );
  return shards.flatMap(({ items }) => items.map(({ pk, sk }) => ({ pk, sk })));
}
