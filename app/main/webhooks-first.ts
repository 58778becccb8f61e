/** Longest wait for those who go before, in milliseconds: what waits gets its turn however many they are. */
const PATIENCE = 200;

/**
 * Runs work that somebody waits for before work that nobody waits for. GitHub waits ten seconds for the answer to
 * a webhook; nobody waits for the work on it.
 */
export class WebhooksFirst {
  #under = 0;
  #clear: PromiseWithResolvers<void> | null = null;

  /** Does what goes before. */
  async run<T>(act: () => Promise<T>): Promise<T> {
    this.#under += 1;
    try {
      return await act();
    } finally {
      this.#under -= 1;
      if (this.#under === 0) {
        this.#clear?.resolve();
        this.#clear = null;
      }
    }
  }

  /** Resolves once nothing that goes before is under way, or after {@link PATIENCE}. */
  async turn(): Promise<void> {
    if (this.#under === 0) return;
    this.#clear ??= Promise.withResolvers();
    const patience = Promise.withResolvers<void>();
    const timer = setTimeout(patience.resolve, PATIENCE);
    await Promise.race([this.#clear.promise, patience.promise]);
    clearTimeout(timer);
  }
}
