/**
 * Shares one write of an item among callers that want the same at once. While one write is on its way, newcomers wait
 * for the next, which serves them all. Each alone would wait for each other's.
 */
export class SharedWrite<T> {
  readonly #waiting = new Map<string, PromiseWithResolvers<T>[]>();

  /**
   * Returns one of what `write` gives out of the item called `name`; it is asked for as many as are waited
   * for, in their order. What it throws is thrown to all of those.
   */
  async join(name: string, write: (count: number) => Promise<T[]>): Promise<T> {
    const turn = Promise.withResolvers<T>();
    const waiting = this.#waiting.get(name);
    if (waiting) waiting.push(turn);
    else {
      this.#waiting.set(name, [turn]);
      void this.#serve(name, write);
    }
    return await turn.promise;
  }

  async #serve(name: string, write: (count: number) => Promise<T[]>): Promise<void> {
    for (;;) {
      const waiting = this.#waiting.get(name) ?? [];
      const served = waiting.splice(0);
      if (served.length === 0) {
        this.#waiting.delete(name);
        return;
      }
      try {
        const given = await write(served.length);
        for (const [index, turn] of served.entries()) turn.resolve(given[index] as T);
      } catch (error) {
        for (const turn of served) turn.reject(error);
      }
    }
  }
}
