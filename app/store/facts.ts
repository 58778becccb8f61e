import { type Clock, epochSeconds } from "../domain/clock.ts";
import type { Key } from "./ports.ts";
import { SharedWrite } from "./shared-write.ts";
import { IF_ABSENT, type Table } from "./table.ts";

const keyOf = (kind: string, id: string): Key => ({ pk: `${kind}#${id}`, sk: kind });

/** Small facts with an end: what was used once, what is counted for a while, who holds what. */
export class Facts {
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #counts = new SharedWrite<number>();

  constructor(table: Table, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
  }

  /** Stores a value unless there is one; returns the value that stands. `ttl` in milliseconds. */
  async claim<T extends object>(
    kind: string,
    id: string,
    value: T,
    ttl: number,
  ): Promise<{ won: boolean; value: T }> {
    const item = { ...keyOf(kind, id), value, expiresAt: epochSeconds(this.#clock.now() + ttl) };
    if (await this.#table.put(item, IF_ABSENT)) return { won: true, value };
    const standing = await this.get<T>(kind, id);
    return standing ? { won: false, value: standing } : await this.claim(kind, id, value, ttl);
  }

  async get<T extends object>(kind: string, id: string): Promise<T | null> {
    return (await this.#table.get<{ value: T }>(keyOf(kind, id)))?.value ?? null;
  }

  /** Stores a value over whatever there is. */
  async set<T extends object>(kind: string, id: string, value: T, ttl: number): Promise<void> {
    await this.#table.put({ ...keyOf(kind, id), value, expiresAt: epochSeconds(this.#clock.now() + ttl) });
  }

  async remove(kind: string, id: string): Promise<void> {
    await this.#table.delete(keyOf(kind, id));
  }

  /** Adds one to a count and returns it; the count ends after `ttl` milliseconds without one. */
  async count(kind: string, id: string, ttl: number): Promise<number> {
    const key = keyOf(kind, id);
    return await this.#counts.join(key.pk, async (n) => {
      const sum = await this.#table.add(key, "n", n, epochSeconds(this.#clock.now() + ttl));
      return Array.from({ length: n }, (_, index) => sum - n + 1 + index);
    });
  }

  /** Notes that something happened to a thing at a moment (ISO 8601); the same again changes nothing. */
  async record(kind: string, id: string, at: string, what: string, ttl: number): Promise<void> {
    await this.#table.put({
      pk: `${kind}#${id}`,
      sk: `${at}#${what}`,
      what,
      expiresAt: epochSeconds(this.#clock.now() + ttl),
    });
  }

  /** What was noted of a thing between two moments, both included, oldest first. */
  async recorded(kind: string, id: string, from: string, to: string): Promise<string[]> {
    const items = await this.#table.all<{ what: string }>(
      { hash: ["pk", `${kind}#${id}`] },
      { between: [from, `${to}~`] },
    );
    return items.map(({ what }) => what);
  }
}
