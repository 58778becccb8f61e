/** Where the time comes from, so that tests can move it. */
export interface Clock {
  /** Milliseconds since the Unix epoch. People and machines set this clock, ahead and back. */
  now(): number;

  /** Milliseconds since some moment of this process. Nobody sets this clock; `now` serves where it is left out. */
  monotonic?(): number;
}

export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };

/** Returns a moment in milliseconds, for comparison with others of the same process alone. */
export const monotonic = (clock: Clock): number => clock.monotonic?.() ?? clock.now();

/** A clock that knows whether it was set back. */
export class WatchedClock implements Clock {
  readonly #clock: Clock;
  /** The furthest that the clock was ahead of the monotonic one. */
  #furthest = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Returns milliseconds since the Unix epoch. */
  now(): number {
    const now = this.#clock.now();
    this.#furthest = Math.max(this.#furthest, now - this.monotonic());
    return now;
  }

  /** Returns milliseconds since some moment of this process. */
  monotonic(): number {
    return monotonic(this.#clock);
  }

  /** Returns whether the clock was set back since this was last asked. */
  wasSetBack(): boolean {
    const offset = this.now() - this.monotonic();
    const ahead = wasAhead(this.#furthest, offset);
    this.#furthest = offset;
    return ahead > 0;
  }
}

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The difference that clocks of several workers may have, in milliseconds. */
const SKEW = MINUTE;

/**
 * Returns how far ahead a clock was that stored a moment and has been set back since, in milliseconds. Returns 0
 * where it was right, or differed no more than workers' clocks do.
 */
export const wasAhead = (storedAt: number, now: number): number =>
  storedAt - now > SKEW ? storedAt - now : 0;

/** Returns a moment by a clock that has been set back, where it still lies ahead by that clock. */
export const setBackMoment = <Moment extends string | null | undefined>(
  moment: Moment,
  ahead: number,
  now: number,
): Moment =>
  (typeof moment === "string" && Date.parse(moment) > now
    ? iso(Math.max(now, Date.parse(moment) - ahead))
    : moment) as Moment;
/** Returns a function that says whether a share of time, in milliseconds, is left from now on. */
export function timeShare(clock: Clock, share: number): () => boolean {
  const end = monotonic(clock) + share;
  return () => monotonic(clock) < end;
}

/** ISO 8601 in UTC with milliseconds: sorts as text in the order of time. */
export const iso = (ms: number): string => new Date(ms).toISOString();

/** Seconds since the epoch, as DynamoDB's TTL wants them. */
export const epochSeconds = (ms: number): number => Math.floor(ms / 1000);

/** Returns the moment at which the hour of UTC began that a moment lies in; both in milliseconds since the epoch. */
export const startOfHour = (at: number): number => Math.floor(at / HOUR) * HOUR;
