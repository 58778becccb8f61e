import type { Item, Page, Partition, QueryOptions, Storage, Table } from "../../app/store/ports.ts";
import type { TableName } from "../../app/store/tables.ts";
import { WRITES } from "../support/around-tables.ts";

/**
 * Remembers which shards of the `due` indexes hold nothing, until something is written to their table. Every minute of
 * simulated time asks 40 of them, which takes longer than all the rest of a flow.
 */
export class KnownEmpty {
  /** The number of writes that began or ended, by table. */
  readonly #writes = new Map<TableName, number>();
  /** The number of a table's writes when a shard was seen to be empty. */
  readonly #empty = new Map<string, number>();

  /** Wraps a process's store, which is asked for nothing that is known. */
  over(storage: Storage, life: { isOver: boolean }): Storage {
    return { ...storage, table: (name, clock) => this.#over(name, storage.table(name, clock), life) };
  }

  #over(name: TableName, table: Table, life: { isOver: boolean }): Table {
    // It is written to every minute.
    if (name === "accounts") return table;
    const isKnown = async ({ index, hash: [, shard] }: Partition): Promise<boolean> => {
      if (index !== "due" || life.isOver) return false;
      const writes = this.#writes.get(name);
      if (this.#empty.get(`${name} ${shard}`) === writes) return true;
      const { items, cursor } = await table.page({ index, hash: ["dueShard", shard] }, { limit: 1 });
      if (items.length > 0 || cursor !== null || this.#writes.get(name) !== writes) return false;
      this.#empty.set(`${name} ${shard}`, writes ?? 0);
      return true;
    };
    const page = async <T>(of: Partition, options?: QueryOptions): Promise<Page<Item<T>>> =>
      (await isKnown(of)) ? { items: [], cursor: null } : await table.page<T>(of, options);
    const all = async <T>(of: Partition, options?: QueryOptions): Promise<Item<T>[]> =>
      (await isKnown(of)) ? [] : await table.all<T>(of, options);
    const count = (): void => void this.#writes.set(name, (this.#writes.get(name) ?? 0) + 1);
    const writing =
      (write: (...given: unknown[]) => Promise<unknown>) =>
      async (...given: unknown[]): Promise<unknown> => {
        count();
        return await write(...given).finally(count);
      };
    return new Proxy(table, {
      get(target, method: keyof Table) {
        if (method === "page") return page;
        if (method === "all") return all;
        const own = target[method].bind(target) as (...given: unknown[]) => Promise<unknown>;
        return WRITES.includes(method) ? writing(own) : own;
      },
    });
  }
}
