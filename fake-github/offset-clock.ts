import type { Clock } from "./clock.ts";

/** The time of another clock, moved ahead. */
export class OffsetClock implements Clock {
  readonly #base: Clock;
  #offset = 0;

  constructor(base: Clock) {
    this.#base = base;
  }

  now(): number {
    return this.#base.now() + this.#offset;
  }

  /** Moves ahead by so many milliseconds, or back. */
  advance(ms: number): void {
    this.#offset += ms;
  }
}
