import { HOUR, iso, startOfHour } from "../clock.ts";
import type { Counts, MeterKind } from "../records/meter-fact.ts";

/** The hour a moment falls in, as `2026-01-31T23`. */
export const hourOf = (at: string): string => at.slice(0, 13);

/** When an hour ends, in milliseconds since the epoch. */
export const hourEnd = (hour: string): number => Date.parse(`${hour}:00:00.000Z`) + HOUR;

/** Every hour that touches the range, oldest first. */
export function hoursBetween(from: number, to: number): string[] {
  const hours: string[] = [];
  for (let at = startOfHour(from); at <= to; at += HOUR) hours.push(hourOf(iso(at)));
  return hours;
}

/** Adds up counts, kind by kind. */
export function sum(all: Iterable<Counts>): Counts {
  const total: Counts = {};
  for (const counts of all) {
    for (const [kind, n] of Object.entries(counts) as [MeterKind, number][])
      total[kind] = (total[kind] ?? 0) + n;
  }
  return total;
}

/** Returns of each kind the greater of two counts. */
export function greatest(one: Counts, other: Counts): Counts {
  const counts: Counts = { ...one };
  for (const [kind, n] of Object.entries(other) as [MeterKind, number][])
    counts[kind] = Math.max(counts[kind] ?? 0, n);
  return counts;
}
