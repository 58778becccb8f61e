import type { Clock } from "../../app/domain/clock.ts";

/** A wait that ends at a moment of simulated time. */
interface Waiting {
  at: number;
  end: () => void;
}

/** Real milliseconds between two looks at whether all wait, and those after which a request counts as hanging. */
const PUMP = 1;
const HANGS = 200;

/**
 * Time that passes only by `pass`: hours of it in seconds. GitHub's clock is right. The machine's may be off. The
 * clock that nobody sets moves with it.
 */
export class SimulatedTime {
  readonly #began = Date.now();
  readonly #monotonic = performance.now;
  #passed = 0;
  #waiting: Waiting[] = [];
  #pumping = false;
  readonly #fetch = globalThis.fetch;
  readonly #date = globalThis.Date;
  /** Requests on their way: time stands still for them. */
  #onTheirWay = 0;
  /** Milliseconds that Zekt's clock is ahead. */
  off = 0;
  readonly github: Clock = { now: () => this.now() };
  readonly zekt: Clock = { now: () => this.now() + this.off, monotonic: () => this.#passed };

  constructor() {
    performance.now = () => this.#real() + this.#passed;
    const machine = this.zekt;
    globalThis.Date = class extends this.#date {
      constructor(...args: []) {
        super(...(args.length > 0 ? args : ([machine.now()] as unknown as [])));
      }

      static override now(): number {
        return machine.now();
      }
    } as DateConstructor;
    globalThis.fetch = (...args) => this.during(() => this.#fetch(...args));
  }

  /** Makes a request, for which time stands still. */
  async during<T>(go: () => Promise<T>): Promise<T> {
    this.#onTheirWay += 1;
    try {
      return await go();
    } finally {
      this.#onTheirWay -= 1;
    }
  }

  /** Returns the right time, in milliseconds since the epoch. */
  now(): number {
    return this.#began + this.#passed;
  }

  /** Returns the milliseconds that have passed. */
  get passed(): number {
    return this.#passed;
  }

  /** Passes some milliseconds. */
  pass(ms: number): void {
    this.#passed += Math.max(0, ms);
    const over = this.#waiting.filter(({ at }) => at <= this.#passed);
    this.#waiting = this.#waiting.filter(({ at }) => at > this.#passed);
    for (const { end } of over) end();
  }

  /** Waits some simulated milliseconds, which pass by themselves where all others wait as well. */
  wait = async (ms: number): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ at: this.#passed + ms, end: resolve });
    this.#pump();
    await promise;
  };

  /** Returns the milliseconds that have really passed since the process began. */
  #real(): number {
    return this.#monotonic.call(performance);
  }

  #pump(since = this.#real()): void {
    if (this.#pumping) return;
    this.#pumping = true;
    setTimeout(() => {
      this.#pumping = false;
      if (this.#waiting.length === 0) return;
      if (this.#onTheirWay > 0 && this.#real() - since < HANGS) return this.#pump(since);
      this.pass(Math.min(...this.#waiting.map(({ at }) => at)) - this.#passed);
      if (this.#waiting.length > 0) this.#pump();
    }, PUMP);
  }

  /** Gives the machine's own clock back. */
  end(): void {
    globalThis.fetch = this.#fetch;
    globalThis.Date = this.#date;
    performance.now = this.#monotonic;
  }
}
