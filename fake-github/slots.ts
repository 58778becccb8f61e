/** Runs only so many tasks at once; the others wait their turn. */
export class Slots {
  readonly #size: () => number;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  constructor(size: () => number) {
    this.#size = size;
  }

  /** Runs a task as soon as there is a slot for it. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#taken >= this.#size()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#taken += 1;
    try {
      return await task();
    } finally {
      // A slot that somebody waits for is handed on, not given back.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#taken -= 1;
    }
  }
}
