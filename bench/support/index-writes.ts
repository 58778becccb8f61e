import { type TableName, tables } from "../../app/store/tables.ts";

type Item = Record<string, unknown>;
interface Index {
  IndexName: string;
  KeySchema: { AttributeName: string }[];
  Projection: { ProjectionType: string; NonKeyAttributes?: string[] };
}

const KB = 1024;

/**
 * Counts the cost of writes in secondary indexes, which the embedded DynamoDB does not. An entry that stays costs
 * nothing. One that comes, goes or changes costs one write; one that moves to another key costs two. What was written
 * before the count began is not known, so that a first change of it counts as coming.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations.Writes
 */
export class IndexWrites {
  units = 0;
  /** Units by table and index: `deliveries due`. */
  readonly byIndex = new Map<string, number>();
  readonly #known = new Map<string, Item>();

  /** An item as it is after a write; null where it was removed. */
  wrote(tableName: string, key: Item, after: Item | null): void {
    const name = `${tableName}\n${key.pk}\n${key.sk}`;
    const before = this.#known.get(name) ?? null;
    for (const index of indexesOf(tableName)) {
      const units = unitsOf(entryOf(index, before), entryOf(index, after));
      this.units += units;
      const name = `${shortName(tableName)} ${index.IndexName}`;
      if (units > 0) this.byIndex.set(name, (this.byIndex.get(name) ?? 0) + units);
    }
    if (after) this.#known.set(name, after);
    else this.#known.delete(name);
  }
}

/** Returns a table's name without its deployment: `runs`. */
export const shortName = (tableName: string): string => tableName.slice(tableName.indexOf("-") + 1);

function indexesOf(tableName: string): readonly Index[] {
  const name = shortName(tableName) as TableName;
  return ((tables[name] as { GlobalSecondaryIndexes?: Index[] }).GlobalSecondaryIndexes ?? []) as Index[];
}

interface Entry {
  key: string;
  text: string;
}

function entryOf({ KeySchema, Projection }: Index, item: Item | null): Entry | null {
  const keys = KeySchema.map(({ AttributeName }) => AttributeName);
  if (!item || keys.some((key) => item[key] === undefined || item[key] === null)) return null;
  const kept = [...keys, "pk", "sk", ...(Projection.NonKeyAttributes ?? [])];
  const held =
    Projection.ProjectionType === "ALL" ? item : Object.fromEntries(kept.map((name) => [name, item[name]]));
  return { key: JSON.stringify(keys.map((name) => item[name])), text: JSON.stringify(held) };
}

function unitsOf(before: Entry | null, after: Entry | null): number {
  const size = (entry: Entry): number => Math.ceil(Buffer.byteLength(entry.text) / KB);
  if (!before) return after ? size(after) : 0;
  if (!after) return size(before);
  if (before.text === after.text) return 0;
  return before.key === after.key ? Math.max(size(before), size(after)) : size(before) + size(after);
}
