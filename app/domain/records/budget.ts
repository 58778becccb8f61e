/** The number of dispatches that one installation may be sent. */
export interface BudgetLimits {
  perMinute: number;
  perHour: number;
}

/** An installation's reserved dispatches, counted for the last minute and the last hour. */
export interface Budget {
  minute: Slots;
  hour: Slots;
  /** The last slot given, in milliseconds since the epoch: later callers come after it. */
  lastSlot: number;
  /** GitHub asked for no dispatch before this, in milliseconds since the epoch. */
  closedUntil: number;
  /** The length of that wait in milliseconds, where GitHub stated none; absent where it did. */
  waited?: number | undefined;
  /** The moment of its last change, in milliseconds since the epoch; absent before the first. */
  changedAt?: number;
}

/** Counts by part of a window, oldest first: `[part, count]`. */
export type Slots = readonly (readonly [part: number, count: number])[];
