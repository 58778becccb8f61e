import { DAY, HOUR, iso } from "../clock.ts";
import type { Delivery } from "../records/delivery.ts";

/** Times of many deliveries, in milliseconds; null where none has any. */
export interface Latency {
  count: number;
  p50: number | null;
  p95: number | null;
}

/** The outcomes of deliveries. */
export interface Outcome {
  total: number;
  succeeded: number;
  /** Dead letters: failed, and nothing will be tried by itself. */
  failed: number;
  /** The number of deliveries that have not ended yet. */
  inFlight: number;
}

export interface Overview extends Outcome {
  /** The share of ended deliveries that succeeded; null while none has ended. */
  successRate: number | null;
  /** From the end of the provider's run to GitHub's taking the dispatch. */
  toDispatch: Latency;
  /** From there to the consumer's confirmation. */
  toConfirmation: Latency;
  /** Oldest first, none left out. */
  periods: (Outcome & { period: string })[];
}

/** The value below or at which a share of all values lies (nearest rank); null of none. */
export function percentile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}

const latencyOf = (values: readonly (number | null)[]): Latency => {
  const known = values.filter((value) => value !== null);
  return { count: known.length, p50: percentile(known, 0.5), p95: percentile(known, 0.95) };
};

const between = (from: string | null | undefined, to: string | null): number | null =>
  from && to ? Math.max(0, Date.parse(to) - Date.parse(from)) : null;

/** A default delivery has nothing more to tell once GitHub took it; a durable one has succeeded when its consumer confirmed. */
const hasSucceeded = ({ status, durable, isFinalized }: Delivery): boolean =>
  status === "Completed" || status === "Confirmed" || (status === "Dispatched" && !durable && isFinalized);

function outcomeOf(deliveries: readonly Delivery[]): Outcome {
  const failed = deliveries.filter(({ status }) => status === "Failed").length;
  const succeeded = deliveries.filter(hasSucceeded).length;
  const total = deliveries.length;
  return { total, succeeded, failed, inFlight: total - failed - succeeded };
}

/** Sums up deliveries that were made between two moments, by hours where that is two days at most, else by days. */
export function overviewOf(deliveries: readonly Delivery[], from: number, to: number): Overview {
  const [step, length] = to - from > 2 * DAY ? [DAY, 10] : [HOUR, 13];
  const byPeriod = Map.groupBy(deliveries, ({ createdAt }) => createdAt.slice(0, length));
  const periods: Overview["periods"] = [];
  for (let at = Math.floor(from / step) * step; at <= to; at += step) {
    const period = iso(at).slice(0, length);
    periods.push({ period, ...outcomeOf(byPeriod.get(period) ?? []) });
  }
  const outcome = outcomeOf(deliveries);
  const ended = outcome.succeeded + outcome.failed;
  return {
    ...outcome,
    successRate: ended === 0 ? null : outcome.succeeded / ended,
    // A replay starts when somebody wants it, not when its run ended.
    toDispatch: latencyOf(
      deliveries.map((one) => (one.replayOf === null ? between(one.runEndedAt, one.dispatchedAt) : null)),
    ),
    toConfirmation: latencyOf(deliveries.map((one) => between(one.dispatchedAt, one.confirmedAt))),
    periods,
  };
}
