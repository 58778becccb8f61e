import { DAY } from "../domain/clock.ts";
import type { Delivery } from "../domain/delivery.ts";
import { connectionScope } from "../domain/delivery-facts.ts";
import { type FailureCount, groupFailures } from "../domain/diagnostics.ts";
import { judge, type Tally, tallyOf, type Verdict } from "../domain/health.ts";
import { type Counts, hourEnd, sum } from "../domain/meter.ts";
import type { Zekt } from "../zekt.ts";

/** How far back diagnostics look. */
export const DIAGNOSTICS_RANGE = 30 * DAY;
/** How many failures diagnostics show whole. */
const FAILURES_SHOWN = 10;

export interface ConnectionHealth extends Verdict {
  /** The last 24 hours, by whole hours. */
  day: Tally;
  /** The last 7 days, by whole hours. */
  week: Tally;
  /** Since when it is paused; null while it is not. */
  pausedAt: string | null;
}

export interface ConnectionStats extends ConnectionHealth {
  /** The hours of the last day with anything in them, oldest first. */
  hours: [hour: string, tally: Tally][];
}

export interface Diagnostics {
  health: ConnectionHealth;
  /** The last 30 days. */
  range: Tally;
  groups: FailureCount[];
  /** The last failures, newest first. */
  failures: Delivery[];
}

/** Reads how a connection does; costs the same however much it carries. */
export async function readHealth(zekt: Zekt, subscriptionId: string): Promise<ConnectionHealth> {
  const now = zekt.clock.now();
  const hours = await zekt.store.meters.byHour(connectionScope(subscriptionId), now - 7 * DAY, now);
  return await healthBy(zekt, subscriptionId, hours);
}

/** Reads a connection's figures of the last day and week. */
export async function readStats(zekt: Zekt, subscriptionId: string): Promise<ConnectionStats> {
  const now = zekt.clock.now();
  const hours = await zekt.store.meters.byHour(connectionScope(subscriptionId), now - 7 * DAY, now);
  return {
    ...(await healthBy(zekt, subscriptionId, hours)),
    hours: since(hours, now - DAY)
      .map(([hour, counts]): [string, Tally] => [hour, tallyOf(counts)])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  };
}

/** Reads what went wrong on a connection in the last 30 days: counted by cause, and the last failures whole. */
export async function diagnose(zekt: Zekt, subscriptionId: string): Promise<Diagnostics> {
  const { meters, failures, deliveries } = zekt.store;
  const now = zekt.clock.now();
  const from = now - DIAGNOSTICS_RANGE;
  const [hours, failed] = await Promise.all([
    meters.byHour(connectionScope(subscriptionId), from, now),
    failures.last(subscriptionId, FAILURES_SHOWN),
  ]);
  const total = sum(hours.values());
  return {
    health: await healthBy(zekt, subscriptionId, new Map(since(hours, now - 7 * DAY))),
    range: tallyOf(total),
    groups: groupFailures(total),
    failures: await deliveries.getMany(failed),
  };
}

async function healthBy(
  zekt: Zekt,
  subscriptionId: string,
  lastWeek: ReadonlyMap<string, Counts>,
): Promise<ConnectionHealth> {
  const dayCounts = since(lastWeek, zekt.clock.now() - DAY).map(([, counts]) => counts);
  const day = tallyOf(sum(dayCounts));
  const week = tallyOf(sum(lastWeek.values()));
  const { pausedAt } = await zekt.store.connections.get(subscriptionId);
  const everUsed = week.total > 0 || (await wasEverUsed(zekt, subscriptionId));
  return { ...judge({ day, week, everUsed, pausedAt }), day, week, pausedAt };
}

/** The hours that end after a moment. */
const since = (hours: ReadonlyMap<string, Counts>, from: number): [string, Counts][] =>
  [...hours].filter(([hour]) => hourEnd(hour) > from);

async function wasEverUsed(zekt: Zekt, subscriptionId: string): Promise<boolean> {
  const { items } = await zekt.store.deliveries.list("subscription", subscriptionId, { limit: 1 });
  return items.length > 0;
}
