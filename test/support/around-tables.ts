import type { Partition, Storage, Table } from "../../app/store/ports.ts";

/** A call of a table's method. */
export interface TableCall {
  table: string;
  method: keyof Table;
  /** The index that is read, if one is. */
  index: string | undefined;
}

const METHODS = [
  "get",
  "getEvenExpired",
  "getMany",
  "put",
  "update",
  "add",
  "delete",
  "deleteAll",
  "putAll",
  "page",
  "all",
] as const satisfies (keyof Table)[];

/** The methods that write. */
export const WRITES: readonly (keyof Table)[] = ["put", "update", "add", "delete", "deleteAll", "putAll"];

/** A storage whose tables have something done around each call; `go` makes the call itself. */
export const aroundTables = (
  storage: Storage,
  around: (call: TableCall, go: () => Promise<unknown>) => Promise<unknown>,
): Storage => ({
  ...storage,
  table(name, clock) {
    const table = storage.table(name, clock);
    const wrapped = METHODS.map((method) => [
      method,
      (...args: unknown[]) => {
        const { index } = (args[0] ?? {}) as Partial<Partition>;
        return around({ table: name, method, index }, () =>
          (table[method] as (...all: unknown[]) => Promise<unknown>).apply(table, args),
        );
      },
    ]);
    return Object.fromEntries(wrapped) as Table;
  },
});

type Before = (number: number) => Promise<void> | void;

/** A storage of which a test can be told before each call of a table. */
export interface WatchedStorage extends Storage {
  /** Does something before each call, given its number from 1; ends by what it returns. */
  onCall(before: Before): () => void;
}

/** Wraps a storage for {@link WatchedStorage.onCall}. */
export function watched(storage: Storage): WatchedStorage {
  const watchers = new Map<Before, number>();
  const around = aroundTables(storage, async (_, go) => {
    for (const [before, number] of watchers) {
      watchers.set(before, number + 1);
      await before(number + 1);
    }
    return await go();
  });
  return {
    ...around,
    onCall(before) {
      watchers.set(before, 0);
      return () => void watchers.delete(before);
    },
  };
}
