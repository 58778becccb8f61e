import { iso, wasAhead } from "../domain/clock.ts";
import { dueAgainAt } from "../domain/jobs/due-again.ts";
import {
  equals,
  type Item,
  type Key,
  type Page,
  type QueryOptions,
  type Table,
  UNREADABLE,
  UnreadableItem,
} from "./ports.ts";
import { DUE_SHARDS, shardOf } from "./tables.ts";

/** The attributes that put an item into its table's sparse `due` index. */
export type DueKeys = {
  dueShard?: string;
  dueAt?: string;
  /** The moment at which it was put there: it tells of a clock that was ahead. */
  dueSetAt?: string;
};

/** Returns the attributes that put an item into its table's `due` index, at `now`; undefined takes it out. */
export const dueKeys = (key: string, dueAt: string | null, now?: number): DueKeys =>
  dueAt === null
    ? { dueShard: undefined, dueAt: undefined, dueSetAt: undefined }
    : { dueShard: shardOf(key), dueAt, dueSetAt: now === undefined ? undefined : iso(now) };

/**
 * Reads what the due index listed as due until `now`, in milliseconds since the epoch. What cannot be read is due again
 * after a wait that doubles up to an hour. So a sweep does not meet it each minute, and takes it up once it can be read.
 */
export async function readDue<T extends object>(
  table: Table,
  keys: readonly Key[],
  now: number,
): Promise<Item<T>[]> {
  const unreadable: Item<Record<string, unknown>>[] = [];
  const items = await table.getMany<T>(keys, (item) => unreadable.push(item));
  await Promise.all(unreadable.map((item) => putOff(table, item, now)));
  return items;
}

async function putOff(table: Table, item: Item<Record<string, unknown>>, now: number): Promise<void> {
  const { dueAt, dueShard, [UNREADABLE]: before = 0 } = item;
  // Taken out of the index meanwhile, or due later.
  if (typeof dueAt !== "string" || dueAt > iso(now) || typeof before !== "number") return;
  const due = { dueShard, dueAt: iso(dueAgainAt(now, before)), dueSetAt: iso(now) };
  try {
    await table.update(item, { ...due, [UNREADABLE]: before + 1 }, [equals("dueAt", dueAt)]);
  } catch (error) {
    // Put off it is, and as unreadable as before.
    if (!(error instanceof UnreadableItem)) throw error;
  }
}

/** Keys read at once where all are read. */
const PAGE = 100;
const SHARDS = Array.from({ length: DUE_SHARDS }, (_, shard) => String(shard));

/** Pages of a shard that are read at most where all in them is past its TTL. */
const MOST_PAGES = 50;

/**
 * Reads what is due until a moment (ISO 8601) from the table, oldest first in each shard. The index lags behind the
 * table and lists what is past its TTL: such entries hide nothing that stands behind them.
 *
 * @param read - reads items by their keys: by {@link readDue} for a sweep
 */
export async function pastDue<T extends object>(
  table: Table,
  until: string,
  limitPerShard: number,
  read = (keys: readonly Key[]): Promise<Item<T>[]> => table.getMany<T>(keys),
): Promise<Item<T>[]> {
  const firstOf = async (shard: string): Promise<Item<T>[]> => {
    const found: Item<T>[] = [];
    let cursor: string | null | undefined;
    for (let pages = 0; pages < MOST_PAGES && found.length < limitPerShard && cursor !== null; pages++) {
      const keys = await page(table, shard, {
        between: ["0", until],
        limit: limitPerShard,
        cursor: cursor ?? undefined,
      });
      if (keys.items.length > 0) found.push(...(await read(keys.items)));
      cursor = keys.cursor;
    }
    return found;
  };
  return (await Promise.all(SHARDS.map(firstOf))).flat();
}

/** Keys of what is due until a moment (ISO 8601), to the end, page by page: of a shard what is due first comes first. */
export const pagesPastDue = (table: Table, now: string): AsyncGenerator<Key[]> =>
  pagesBetween(table, SHARDS, ["0", now]);

/**
 * Sets back what a clock that was ahead has made due. `change` is given each item that is due later, and how
 * far ahead the clock was, in milliseconds. Returns how many there were.
 *
 * @param beyond - returns by how much an item is due later than any clock that is right can make it, so that
 * one is found too whose moments were reckoned before the clock was set back, and written after
 */
export async function setBackDue<T extends DueKeys>(
  table: Table,
  now: number,
  change: (item: Item<T>, ahead: number) => Promise<unknown>,
  {
    shards = SHARDS,
    beyond = () => 0,
  }: { shards?: readonly string[]; beyond?: (item: Item<T>) => number } = {},
): Promise<number> {
  let count = 0;
  for await (const keys of pagesBetween(table, shards, [iso(now), "9"])) {
    const changes = (await table.getMany<T>(keys)).flatMap((item) => {
      const set = item.dueSetAt ? wasAhead(Date.parse(item.dueSetAt), now) : 0;
      const ahead = Math.max(set, beyond(item));
      return ahead > 0 ? [change(item, ahead)] : [];
    });
    await Promise.all(changes);
    count += changes.length;
  }
  return count;
}

/** Returns how far ahead of `now` an item is due, where that is further than its longest wait. */
export const beyondWait = (item: DueKeys, longest: number, now: number): number => {
  const ahead = Date.parse(item.dueAt ?? "") - now;
  return ahead > longest ? ahead : 0;
};

async function* pagesBetween(
  table: Table,
  shards: readonly string[],
  between: readonly [string, string],
): AsyncGenerator<Key[]> {
  for (const shard of shards) {
    let cursor: string | null | undefined;
    do {
      const found: Page<Key> = await page(table, shard, {
        between,
        limit: PAGE,
        cursor: cursor ?? undefined,
      });
      yield found.items;
      cursor = found.cursor;
    } while (cursor !== null);
  }
}

/**
 * Keys of what is past due, in rounds: each has the next page of every shard, what is due first coming
 * first. A list of any length is worked off so, and no part of it hides the rest.
 */
export async function* roundsPastDue(table: Table, now: string): AsyncGenerator<Key[]> {
  let open = SHARDS.map((shard) => ({ shard, cursor: undefined as string | undefined }));
  while (open.length > 0) {
    const pages = await Promise.all(
      open.map(async ({ shard, cursor }) => ({
        shard,
        ...(await page(table, shard, { between: ["0", now], limit: PAGE, cursor })),
      })),
    );
    yield pages.flatMap(({ items }) => items);
    open = pages.flatMap(({ shard, cursor }) => (cursor === null ? [] : [{ shard, cursor }]));
  }
}

async function page(table: Table, shard: string, options: QueryOptions): Promise<Page<Key>> {
  const of = { index: "due", hash: ["dueShard", shard], range: "dueAt" } as const;
  const { items, cursor } = await table.page<object>(of, options);
  return { items: items.map(({ pk, sk }) => ({ pk, sk })), cursor };
}
