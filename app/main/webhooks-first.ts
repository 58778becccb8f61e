/** Longest wait for those who go before, in milliseconds. After it work need not wait for as long again. */
const PATIENCE = 200;
/** A burst: so many answers within so many milliseconds. It is over once none has been under way for a while. */
const BURST = { answers: 8, within: 10, quiet: 5 };
/** Milliseconds between two looks whether those who go before are done. */
const LOOK = 1;

/**
 * Runs work that somebody waits for before work that nobody waits for. GitHub waits ten seconds for the answer to
 * a webhook, and sends it no second time; nobody waits for the work on it. A burst of webhooks is taken in whole
 * before the work on it begins: between two of its webhooks there is often none under way.
 */
export class WebhooksFirst {
  #under = 0;
  /** When the last answers were given, by the clock that nobody sets; the oldest first. */
  readonly #answered: number[] = [];
  #freeUntil = 0;

  /** Does what goes before. */
  async run<T>(act: () => Promise<T>): Promise<T> {
    this.#under += 1;
    try {
      return await act();
    } finally {
      this.#under -= 1;
      this.#answered.push(performance.now());
      if (this.#answered.length > BURST.answers) this.#answered.shift();
    }
  }

  /** Resolves once nothing that goes before is under way and no burst goes on, or after {@link PATIENCE}. */
  async turn(): Promise<void> {
    const late = performance.now() + PATIENCE;
    while (this.#goesFirst()) {
      await new Promise((resolve) => setTimeout(resolve, LOOK));
      if (performance.now() >= late) this.#freeUntil = performance.now() + PATIENCE;
    }
  }

  #goesFirst(): boolean {
    const now = performance.now();
    if (now < this.#freeUntil) return false;
    return this.#under > 0 || this.#isBurst(now);
  }

  #isBurst(now: number): boolean {
    const [first = 0, last = 0] = [this.#answered[0], this.#answered.at(-1)];
    const isMany = this.#answered.length === BURST.answers && last - first < BURST.within;
    return isMany && now - last < BURST.quiet;
  }
}
