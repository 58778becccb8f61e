import type { Counts } from "../records/meter-fact.ts";

/** The health of a connection: one subscription, from its provider's service to its consumer's repository. */
export type Health = "healthy" | "warning" | "critical";

/** From this share of successes on a connection is healthy. */
const HEALTHY_FROM = 0.98;
/** Below this share it is critical. */
const CRITICAL_BELOW = 0.9;

/** The outcomes of a connection's deliveries in a range of time. */
export interface Tally {
  total: number;
  /** Taken by GitHub by default delivery, which has no more to tell. */
  dispatched: number;
  /** Confirmed by the consumer and not completed yet. */
  confirmed: number;
  completed: number;
  failed: number;
  /** Not dispatched yet, or dispatched durably and not confirmed yet; what is being retried is among these. */
  inFlight: number;
  /** (completed + confirmed + dispatched by default) / (total less what is in flight); null while there is nothing to judge by. */
  successRate: number | null;
}

/**
 * Reads a connection's counters. They hold what was ever true of each delivery: made, dispatched, confirmed, completed, failed.
 * The current state follows by subtraction, and no fact is ever taken back.
 */
export function tallyOf(counts: Counts): Tally {
  const of = (kind: keyof Counts): number => counts[kind] ?? 0;
  const dispatched = Math.max(0, of("health:dispatchedByDefault") - of("health:failedAfterDispatch"));
  const completed = of("health:completed");
  const failed = of("health:failed");
  const standing = Math.max(0, of("health:confirmed") - of("health:failedAfterConfirm"));
  // A delivery that was completed had been confirmed, in whatever order the two were told.
  const confirmed = Math.max(0, standing - completed);
  const succeeded = dispatched + confirmed + completed;
  const ended = succeeded + failed;
  // A delivery that ended was created, though the count of those created may lag for a moment.
  const total = Math.max(of("health:total"), ended);
  return {
    total,
    dispatched,
    confirmed,
    completed,
    failed,
    inFlight: total - ended,
    successRate: ended === 0 ? null : succeeded / ended,
  };
}

/** The signs by which a connection's health is judged. */
export interface Signs {
  /** The last 24 hours. */
  day: Tally;
  /** The last 7 days. */
  week: Tally;
  /** True when it ever had a delivery that was no test. */
  everUsed: boolean;
  /** Since when it is paused, after too many failures in a row; null while it is not. */
  pausedAt: string | null;
}

export interface Verdict {
  health: Health;
  /** Why, in words. */
  reason: string;
}

/**
 * Judges a connection. Healthy means 98 % or more with a delivery in the last 7 days, or nothing to deliver yet.
 * Critical means below 90 %, or paused. All else is a warning. Where nothing ended in 24 hours, the 7 days count. A
 * connection that broke the day before yesterday does not look well.
 */
export function judge({ day, week, everUsed, pausedAt }: Signs): Verdict {
  if (pausedAt !== null) {
    return {
      health: "critical",
      reason: `It is paused since ${pausedAt} after too many failures in a row. New events queue, and Zekt tries the connection again from time to time.`,
    };
  }
  if (!everUsed && week.total === 0)
    return { health: "healthy", reason: "There was nothing to deliver yet." };
  const [rate, span] =
    day.successRate === null ? [week.successRate, "7 days"] : [day.successRate, "24 hours"];
  if (rate !== null && rate < HEALTHY_FROM) {
    const said = `${percent(rate)} of the deliveries that ended in the last ${span} succeeded`;
    return rate < CRITICAL_BELOW
      ? { health: "critical", reason: `${said}, less than 90 %.` }
      : { health: "warning", reason: `${said}, less than 98 %.` };
  }
  if (week.total === 0) return { health: "warning", reason: "Nothing was delivered in the last 7 days." };
  if (rate === null) return { health: "healthy", reason: "All of the last 7 days is still on its way." };
  return {
    health: "healthy",
    reason: `${percent(rate)} of the deliveries that ended in the last ${span} succeeded.`,
  };
}

/** A share in percent, rounded down, so that what is short of a bound never looks as if it had reached it. */
const percent = (rate: number): string => `${Math.floor(rate * 1000) / 10} %`;
