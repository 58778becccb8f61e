/** Shares work that is under way: what is asked for again before it has ended is done once. Nothing is kept of it then. */
export class SharedWork<T> {
  readonly #underWay = new WeakMap<object, Map<string, Promise<T>>>();

  /**
   * Does work of an owner, named by a key, or waits for that which is under way.
   *
   * @throws whatever the work throws, to all who wait for it
   */
  async share(owner: object, key: string, work: () => Promise<T>): Promise<T> {
    const all = this.#underWay.get(owner) ?? new Map<string, Promise<T>>();
    this.#underWay.set(owner, all);
    const known = all.get(key);
    if (known) return await known;
    const begun = work().finally(() => all.delete(key));
    all.set(key, begun);
    return await begun;
  }
}
