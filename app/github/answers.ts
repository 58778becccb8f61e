import { LRUCache } from "lru-cache";

/**
 * Caches answers for a while; asked twice at once, GitHub is asked once. What failed is not kept. An answer whose time
 * is over leaves memory: some users have ten thousand repositories, and three tokens a day.
 */
export class Answers<T> {
  readonly #kept: LRUCache<string, Promise<T>>;

  /** Makes room for so many answers, each for some milliseconds. */
  constructor(max: number, ttl: number) {
    // By size, since for a number of them it would make room for all at once, at every start.
    this.#kept = new LRUCache({ maxSize: max, sizeCalculation: () => 1, ttl, ttlAutopurge: true });
  }

  /** The number of answers in memory. */
  get size(): number {
    return this.#kept.size;
  }

  /**
   * Returns the answer that is kept under a key, or asks for it. `ttlOf` says how long that one holds, in milliseconds,
   * from when it is there; until then it is not asked for again.
   */
  async get(key: string, ask: () => Promise<T>, ttlOf?: (answer: T) => number): Promise<T> {
    const known = this.#kept.get(key);
    if (known) return await known;
    const answer = ask();
    this.#kept.set(key, answer, ttlOf && { ttl: 0 });
    try {
      const got = await answer;
      if (ttlOf && this.#kept.peek(key) === answer) this.#kept.set(key, answer, { ttl: ttlOf(got) });
      return got;
    } catch (error) {
      if (this.#kept.peek(key) === answer) this.#kept.delete(key);
      throw error;
    }
  }

  forget(key: string): void {
    this.#kept.delete(key);
  }
}
