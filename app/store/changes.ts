/** Hears of changes, by the ids of the repositories that they concern. */
export type OnChange = (repositoryIds: readonly string[]) => void;

/**
 * Passes on what this process writes to those who show it. Of what other processes write it knows nothing, so only
 * where one process does all the work does it tell of everything.
 */
export class Changes {
  readonly #listeners = new Set<OnChange>();

  /** The number of those who listen. */
  get listeners(): number {
    return this.#listeners.size;
  }

  /** Calls `hear` at each change until the returned function is called. */
  listen(hear: OnChange): () => void {
    this.#listeners.add(hear);
    return () => void this.#listeners.delete(hear);
  }

  publish(...repositoryIds: readonly string[]): void {
    for (const hear of this.#listeners) hear(repositoryIds);
  }
}
