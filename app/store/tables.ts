import tables from "./tables.json" with { type: "json" };

export type TableName = keyof typeof tables;

/** Every table as CloudFormation describes it; the adapters of the store and `serverless.yml` read the same file. */
export { tables };

/** A table's name in a deployment: `zekt-dev-runs`. */
export const tableName = (prefix: string, table: TableName): string => `${prefix}-${table}`;

/** The number of partitions over which the `due` index of each table is spread. */
export const DUE_SHARDS = 8;

/** The shard a key falls in, the same for ever. */
export function shardOf(key: string, shards: number = DUE_SHARDS): string {
  let hash = 0;
  for (let i = 0; i < key.length; i++) hash = (Math.imul(hash, 31) + key.charCodeAt(i)) >>> 0;
  return String(hash % shards);
}
