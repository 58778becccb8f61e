import type { WorkerDeps } from "../../deps.ts";
import { DAY, startOfHour } from "../../domain/clock.ts";
import { connectionScope } from "../../domain/delivery/delivery-facts.ts";
import { type FailureCount, groupFailures } from "../../domain/insight/diagnostics.ts";
import { judge, type Tally, tallyOf, type Verdict } from "../../domain/insight/health.ts";
import { sum } from "../../domain/insight/meter.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import type { Counts } from "../../domain/records/meter-fact.ts";
import { FILTER_FAILURE } from "../../store/fact-kinds.ts";

/** The range of time that diagnostics cover. */
const DIAGNOSTICS_RANGE = 30 * DAY;
/** The number of failures that diagnostics show in full. */
const FAILURES_SHOWN = 10;
/** Deliveries looked at for one that is no test, where the last one is a test. */
const LOOKED_AT = 100;

/** The numbers of events that a filter held back, and of those among them that it failed at. */
export interface Filtered {
  day: number;
  week: number;
  failedInWeek: number;
}

export interface ConnectionHealth extends Verdict {
  /** The last 24 hours, by whole hours. */
  day: Tally;
  /** The last 7 days, by whole hours. */
  week: Tally;
  /** Events that the subscription's filter held back. */
  filtered: Filtered;
  /** Since when it is paused; null while it is not. */
  pausedAt: string | null;
  /** The last delivery that arrived or is on its way; null where there never was one. */
  last: Delivery | null;
}

export interface ConnectionStats extends ConnectionHealth {
  /** The hours of the last day with anything in them, oldest first. */
  hours: [hour: string, tally: Tally][];
}

export interface Diagnostics {
  /** When the range begins, with a whole hour, in milliseconds since the epoch. */
  since: number;
  health: ConnectionHealth;
  /** The last 30 days. */
  range: Tally;
  groups: FailureCount[];
  /** The last failures, newest first. */
  failures: Delivery[];
  /** The last event that the subscription's filter failed at; null where there was none in 7 days. */
  filterFailure: { at: string; correlationId: string; reason: string } | null;
}

/** Reads how a connection does; costs the same however much it carries. */
export async function readHealth(deps: WorkerDeps, subscriptionId: string): Promise<ConnectionHealth> {
  const { health } = await read(deps, subscriptionId);
  return health;
}

/** Reads a connection's figures of the last day and week. */
export async function readStats(deps: WorkerDeps, subscriptionId: string): Promise<ConnectionStats> {
  const { health, hours } = await read(deps, subscriptionId);
  return {
    ...health,
    hours: [...hours]
      .map(([hour, counts]): [string, Tally] => [hour, tallyOf(counts)])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  };
}

/** Reads what went wrong on a connection in the last 30 days: counted by cause, and the last failures whole. */
export async function diagnose(deps: WorkerDeps, subscriptionId: string): Promise<Diagnostics> {
  const { meters, failures, deliveries, facts } = deps.store;
  const now = deps.clock.now();
  const since = startOfHour(now - DIAGNOSTICS_RANGE);
  const [{ health, week }, before, failed, filterFailure] = await Promise.all([
    read(deps, subscriptionId),
    meters.total(connectionScope(subscriptionId), since, startOfHour(now - 7 * DAY) - 1),
    failures.last(subscriptionId, FAILURES_SHOWN),
    facts.get(FILTER_FAILURE.of({ subscriptionId })),
  ]);
  const total = sum([before, week]);
  return {
    since,
    health,
    range: tallyOf(total),
    groups: groupFailures(total),
    failures: await deliveries.getMany(failed),
    filterFailure,
  };
}

/** Reads the last day by its hours, and the week that ends with it. */
async function read(
  deps: WorkerDeps,
  subscriptionId: string,
): Promise<{ health: ConnectionHealth; hours: ReadonlyMap<string, Counts>; week: Counts }> {
  const { meters, connections } = deps.store;
  const scope = connectionScope(subscriptionId);
  const now = deps.clock.now();
  const dayBegins = startOfHour(now - DAY);
  const [hours, before, { pausedAt }, last] = await Promise.all([
    meters.byHour(scope, dayBegins, now),
    meters.total(scope, startOfHour(now - 7 * DAY), dayBegins - 1),
    connections.get(subscriptionId),
    lastDelivery(deps, subscriptionId),
  ]);
  const everUsed = last !== null && (last.isTest !== true || (await wasUsed(deps, subscriptionId)));
  const today = sum(hours.values());
  const lastWeek = sum([before, today]);
  const [day, week] = [tallyOf(today), tallyOf(lastWeek)];
  const filtered = {
    day: today.filtered ?? 0,
    week: lastWeek.filtered ?? 0,
    failedInWeek: lastWeek.filterFailures ?? 0,
  };
  return {
    health: {
      ...judge({ day, week, everUsed, pausedAt }),
      day,
      week,
      filtered,
      pausedAt,
      last,
    },
    hours,
    week: lastWeek,
  };
}

/** Returns whether anything but tests was delivered, as far as the last deliveries show. */
async function wasUsed(deps: WorkerDeps, subscriptionId: string): Promise<boolean> {
  const latest = await deps.store.deliveries.newest(subscriptionId, LOOKED_AT);
  return latest.some(({ isTest }) => isTest !== true);
}

async function lastDelivery(deps: WorkerDeps, subscriptionId: string): Promise<Delivery | null> {
  const { items } = await deps.store.deliveries.list("subscription", subscriptionId, { limit: 1 });
  return items[0] ?? null;
}
