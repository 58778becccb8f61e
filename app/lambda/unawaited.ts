/** Work that no step waits for. A function has to: once it has answered, it is frozen. */
export class Unawaited {
  readonly #works = new Set<Promise<void>>();

  readonly add = (work: Promise<void>): void => {
    this.#works.add(work);
    work.finally(() => this.#works.delete(work));
  };

  /** Ends when all that was begun has ended. */
  async ended(): Promise<void> {
    while (this.#works.size > 0) await Promise.all(this.#works);
  }
}
