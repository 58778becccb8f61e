/** An item as dynalite has it: attributes with their types. */
export type Item = Record<string, Record<string, unknown>>;

interface Key {
  KeySchema: { AttributeName: string }[];
}
export interface Index extends Key {
  IndexName: string;
  Projection: { ProjectionType: string; NonKeyAttributes?: string[] };
}
export interface Definition extends Key {
  TableName: string;
  TableStatus: string;
  GlobalSecondaryIndexes?: Index[];
  LocalSecondaryIndexes?: Index[];
}

/** How dynalite makes the keys that its queries look for. */
export interface Keys {
  /** An item's key in its table, or the beginning of its key in an index. */
  createKey(item: Item, table: Definition, of?: Key["KeySchema"]): string;
  /** Of a table's key, the end of a key in an index. */
  hashPrefix(...valuesAndTypes: unknown[]): string;
}

/** Where indexes have an item: places to take it away from, and places to put it. */
export interface Moves {
  from: string[];
  to: string[];
}

const namesOf = ({ KeySchema }: Key): string[] => KeySchema.map(({ AttributeName }) => AttributeName);

const indexesOf = ({ GlobalSecondaryIndexes = [], LocalSecondaryIndexes = [] }: Definition): Index[] => [
  ...GlobalSecondaryIndexes,
  ...LocalSecondaryIndexes,
];

/** What the keys of a table's index begin with. */
export const prefixOf = (table: string, index: string): string => `${table}~${index}~`;

/** Whether an attribute of a key, a text, a number or bytes, is the same in both. */
const isSame = (name: string, one: Item, other: Item): boolean =>
  ["S", "N", "B"].every((type) => one[name]?.[type] === other[name]?.[type]);

/** Tells where indexes have an item after a write that they did not have it before; an index without its key has it nowhere. */
export function movesOf(keys: Keys, table: Definition, before: Item | null, after: Item | null): Moves {
  const pieces = namesOf(table).flatMap((name) => {
    const [[type, value] = []] = Object.entries((after ?? before)?.[name] ?? {});
    return [value, type];
  });
  let end: string | undefined;
  const placeIn = (index: Index, item: Item): string => {
    end ??= keys.hashPrefix(...pieces);
    const prefix = prefixOf(table.TableName, index.IndexName);
    return prefix + keys.createKey(item, table, index.KeySchema) + end;
  };
  const moves: Moves = { from: [], to: [] };
  for (const index of indexesOf(table)) {
    const names = namesOf(index);
    const has = (item: Item | null): item is Item => item !== null && names.every((name) => item[name]);
    if (has(before) && has(after) && names.every((name) => isSame(name, before, after))) continue;
    if (has(before)) moves.from.push(placeIn(index, before));
    if (has(after)) moves.to.push(placeIn(index, after));
  }
  return moves;
}

/** What an index tells of an item; undefined where that is all of it. */
export function projectionOf(table: Definition, index: Index): ((item: Item) => Item) | undefined {
  if (index.Projection.ProjectionType === "ALL") return undefined;
  const told = new Set([...namesOf(index), ...namesOf(table), ...(index.Projection.NonKeyAttributes ?? [])]);
  return (item) => Object.fromEntries(Object.entries(item).filter(([name]) => told.has(name)));
}

export const indexOf = (table: Definition | null, name: string): Index | undefined =>
  table ? indexesOf(table).find(({ IndexName }) => IndexName === name) : undefined;
