/** How many dispatches one installation may be sent. */
export interface BudgetLimits {
  perMinute: number;
  perHour: number;
}

/** Slots given away, by when they are; each window counts them in parts of its own. */
export interface Budget {
  minute: Slots;
  hour: Slots;
  /** The last slot given, in milliseconds since the epoch: later callers come after it. */
  lastSlot: number;
  /** GitHub asked to wait until then. */
  closedUntil: number;
}

/** Counts by part of a window, oldest first: `[part, count]`. */
export type Slots = readonly (readonly [part: number, count: number])[];
