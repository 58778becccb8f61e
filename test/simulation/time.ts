import type { Clock } from "../../app/domain/clock.ts";

/** A wait that ends at a moment of simulated time. */
interface Waiting {
  at: number;
  end: () => void;
}

/** Real milliseconds that a wait of the simulated time takes: requests on their way are answered meanwhile. */
const PUMP = 2;

/**
 * Time that passes when it is told to: hours of it in seconds. GitHub's clock is right. Zekt's may be off. The clock
 * that nobody sets moves with it, in the request layer too.
 */
export class SimulatedTime {
  readonly #began = Date.now();
  readonly #real = performance.now.bind(performance);
  #passed = 0;
  #waiting: Waiting[] = [];
  #pumping = false;
  /** Milliseconds that Zekt's clock is ahead. */
  off = 0;
  readonly github: Clock = { now: () => this.now() };
  readonly zekt: Clock = { now: () => this.now() + this.off, monotonic: () => this.#passed };

  constructor() {
    performance.now = () => this.#real() + this.#passed;
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

  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    setTimeout(() => {
      this.#pumping = false;
      if (this.#waiting.length === 0) return;
      this.pass(Math.min(...this.#waiting.map(({ at }) => at)) - this.#passed);
      if (this.#waiting.length > 0) this.#pump();
    }, PUMP);
  }

  /** Gives the machine's own clock back. */
  end(): void {
    performance.now = this.#real;
  }
}
