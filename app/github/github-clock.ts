import { type Clock, MINUTE, monotonic, SECOND } from "../domain/clock.ts";

/**
 * Clocks that are no further apart count as the same, in milliseconds. GitHub's date has whole seconds, and runs are
 * told by dispatches up to 15 s later: it lies between.
 */
const TOLERANCE = 5 * SECOND;
/** While the clocks disagree, or GitHub has not answered yet, it is asked again once the last time is so long ago. */
const ASK_AFTER = 1 * MINUTE;

/** Whatever passes on GitHub's dates, and can be made to ask for one. */
export interface DateSource {
  onDate(hear: (date: number, took: number) => void): void;
  askDate(): Promise<void>;
}

/**
 * A clock that follows GitHub's where the machine's is off by more than some seconds, also where it is set while Zekt
 * runs. GitHub dates its runs by its own clock, and what Zekt dates is compared with them.
 * Between two answers the time goes on by the clock that nobody sets. That one stands still while a machine sleeps:
 * so GitHub is asked as soon as the clocks disagree.
 */
export class GitHubClock implements Clock {
  readonly #machine: Clock;
  #source: DateSource | null = null;
  /** The last date of GitHub's, and when it came by the clock that nobody sets. */
  #heard: { date: number; at: number } | null = null;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(machine: Clock) {
    this.#machine = machine;
  }

  /** Follows the dates of a source's answers. */
  follow(source: DateSource): void {
    this.#source = source;
    source.onDate((date, took) => {
      // Of a slow answer nobody knows when it was dated: where the clock agrees with it, the clock is as good.
      const agrees = took > SECOND && Math.abs(this.now() - date) <= TOLERANCE + took;
      this.#heard = { date: agrees ? this.now() : date, at: this.monotonic() };
    });
  }

  /** Asks GitHub for its time now; what fails leaves the clock as it is. */
  async ask(): Promise<void> {
    this.#askedAt = this.monotonic();
    await this.#source?.askDate();
  }

  /** Returns milliseconds since the Unix epoch. */
  now(): number {
    const machine = this.#machine.now();
    const at = this.monotonic();
    if (this.#heard === null) {
      // The answer to the question at the start was lost; nothing else may ever ask.
      if (Number.isFinite(this.#askedAt)) this.#askAgain(at, this.#askedAt);
      return machine;
    }
    const theirs = this.#heard.date + at - this.#heard.at;
    if (Math.abs(machine - theirs) <= TOLERANCE) return machine;
    this.#askAgain(at, Math.max(this.#heard.at, this.#askedAt));
    return theirs;
  }

  #askAgain(at: number, last: number): void {
    if (at - last >= ASK_AFTER) void this.ask();
  }

  /** Returns milliseconds since some moment of this process. */
  monotonic(): number {
    return monotonic(this.#machine);
  }

  /** Returns the time by the machine's own clock, in milliseconds since the epoch. */
  machine(): number {
    return this.#machine.now();
  }
}
