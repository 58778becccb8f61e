/** Where the time comes from, so that tests can move it. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** ISO 8601 in UTC with milliseconds: sorts as text in the order of time. */
export const iso = (ms: number): string => new Date(ms).toISOString();

/** Seconds since the epoch, as DynamoDB's TTL wants them. */
export const epochSeconds = (ms: number): number => Math.floor(ms / 1000);
