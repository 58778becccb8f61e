import { type Clock, DAY, epochSeconds, HOUR, iso, setBackMoment } from "../domain/clock.ts";
import { newConnection } from "../domain/delivery/connection-state.ts";
import type { ConnectionState } from "../domain/records/connection-state.ts";
import { beyondWait, type DueKeys, setBackDue } from "./due.ts";
import { IF_ABSENT, type Item, ifVersion, type Key, type Table } from "./ports.ts";

/** The partition of the `due` index that holds connections: few ever wait, so one is enough. */
const SHARD = "connections";

/** Longer than any probe, or release, is put off. */
const LONGEST = 1 * HOUR;

/** The time that a connection for which nothing waits is kept after it changed last. */
const KEPT = 40 * DAY;

const keyOf = (subscriptionId: string): Key => ({ pk: `connection#${subscriptionId}`, sk: "connection" });

/** Stores how connections fared lately; a connection that did not fail for long has no item. */
export class Connections {
  readonly #table: Table;
  readonly #clock: Clock;

  constructor(table: Table, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
  }

  async get(subscriptionId: string): Promise<ConnectionState> {
    const item = await this.#table.get<ConnectionState>(keyOf(subscriptionId));
    return item ? { ...item, dueAt: item.dueAt ?? null } : newConnection(subscriptionId);
  }

  async getMany(subscriptionIds: readonly string[]): Promise<ConnectionState[]> {
    const items = await this.#table.getMany<ConnectionState>([...new Set(subscriptionIds)].map(keyOf));
    return items.map((item) => ({ ...item, dueAt: item.dueAt ?? null }));
  }

  /** Replaces a connection's state; false where somebody else did since it was read. */
  async replace(before: ConnectionState, after: ConnectionState): Promise<boolean> {
    const item = {
      ...after,
      ...keyOf(after.subscriptionId),
      dueShard: after.dueAt === null ? undefined : SHARD,
      dueAt: after.dueAt ?? undefined,
      dueSetAt: after.dueAt === null ? undefined : iso(this.#clock.now()),
      // What waits for a connection has nothing else that continues it.
      expiresAt: after.dueAt === null ? epochSeconds(this.#clock.now() + KEPT) : undefined,
      version: before.version + 1,
    } as unknown as Item<ConnectionState>;
    return await this.#table.put(item, before.version === 0 ? IF_ABSENT : ifVersion(before.version));
  }

  async remove(subscriptionId: string): Promise<void> {
    await this.#table.delete(keyOf(subscriptionId));
  }

  /** Connections to be probed, or with deliveries to release, each read again from the table. */
  async pastDue(limit: number): Promise<ConnectionState[]> {
    const now = iso(this.#clock.now());
    const { items: keys } = await this.#table.page<object>(
      { index: "due", hash: ["dueShard", SHARD], range: "dueAt" },
      { between: ["0", now], limit },
    );
    const items = await this.#table.getMany<ConnectionState>(keys);
    return items.filter(({ dueAt }) => dueAt !== null && dueAt !== undefined && dueAt <= now);
  }

  /** Lists paused connections, the next to be probed first. */
  async paused(limit: number): Promise<ConnectionState[]> {
    const { items } = await this.#table.page<object>(
      { index: "due", hash: ["dueShard", SHARD], range: "dueAt" },
      { limit },
    );
    const states = await this.#table.getMany<ConnectionState>(items);
    return states.filter(({ pausedAt }) => pausedAt !== null);
  }

  /** Sets back when connections are due that a clock which was ahead has written; returns how many. */
  async setBack(): Promise<number> {
    const now = this.#clock.now();
    const setBack = (item: Item<ConnectionState & DueKeys>, ahead: number): Promise<boolean> =>
      this.replace(item, { ...item, dueAt: setBackMoment(item.dueAt, ahead, now) });
    return await setBackDue<ConnectionState & DueKeys>(this.#table, now, setBack, {
      shards: [SHARD],
      beyond: (item) => beyondWait(item, LONGEST, now),
    });
  }
}
