import type { Item, Key, Page, Partition, QueryOptions, Storage, Table } from "../../app/store/ports.ts";
import type { TableName } from "../../app/store/tables.ts";

type Written = { dueShard?: string | undefined };

/**
 * Remembers which shards of the `due` indexes hold nothing, until an item of theirs is written. Every minute of
 * simulated time asks 40 of them, which takes longer than all the rest of a flow.
 */
export class KnownEmpty {
  /** The number of writes into a shard that began or ended. */
  readonly #writes = new Map<string, number>();
  /** The number of writes when a shard was seen to be empty. */
  readonly #empty = new Map<string, number>();

  /** Wraps a process's store, which is asked for nothing that is known. */
  over(storage: Storage, life: { isOver: boolean }): Storage {
    return { ...storage, table: (name, clock) => this.#over(name, storage.table(name, clock), life) };
  }

  #over(name: TableName, table: Table, life: { isOver: boolean }): Table {
    const isKnown = async ({ index, hash: [, value] }: Partition): Promise<boolean> => {
      if (index !== "due" || life.isOver) return false;
      const shard = `${name} ${value}`;
      const writes = this.#writes.get(shard) ?? 0;
      if (this.#empty.get(shard) === writes) return true;
      const { items, cursor } = await table.page({ index, hash: ["dueShard", value] }, { limit: 1 });
      const isEmpty = items.length === 0 && cursor === null && (this.#writes.get(shard) ?? 0) === writes;
      if (isEmpty) this.#empty.set(shard, writes);
      return isEmpty;
    };
    const writing = async <T>(written: readonly Written[], write: () => Promise<T>): Promise<T> => {
      const shards = written.flatMap(({ dueShard }) => (dueShard ? `${name} ${dueShard}` : []));
      const count = (): void => {
        for (const shard of shards) this.#writes.set(shard, (this.#writes.get(shard) ?? 0) + 1);
      };
      count();
      return await write().finally(count);
    };
    const own = {
      put: (item, condition) => writing([item as Written], () => table.put(item, condition)),
      update: <T>(key: Key, change: Record<string, unknown>, condition?: Parameters<Table["update"]>[2]) =>
        writing([change as Written], () => table.update<T>(key, change, condition)),
      putAll: (items) => writing(items as readonly Written[], () => table.putAll(items)),
      async page<T>(of: Partition, options?: QueryOptions): Promise<Page<Item<T>>> {
        return (await isKnown(of)) ? { items: [], cursor: null } : await table.page<T>(of, options);
      },
    } satisfies Partial<Table>;
    return new Proxy(table, {
      get: (target, method: keyof Table) =>
        method in own ? own[method as keyof typeof own] : target[method].bind(target),
    });
  }
}
