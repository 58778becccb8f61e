import { sum } from "../insight/meter.ts";
import type { Counts } from "../records/meter-fact.ts";

/** The numbers of a provider's events that were allowed and blocked. */
export interface Verdicts {
  allowed: number;
  blocked: number;
  /** Why, and by which workflow; most first. */
  reasons: { reason: string; workflow: string; count: number }[];
  /** Blocked events by workflow; most first. */
  workflows: { workflow: string; blocked: number }[];
}

const mostFirst = <T>(items: readonly T[], of: (item: T) => number): T[] =>
  [...items].sort((a, b) => of(b) - of(a));

/** Reads the verdicts from a repository's counts, whose kinds are `blocked:<reason>:<workflow>`. */
export function verdictsOf(counts: Counts): Verdicts {
  const reasons = Object.entries(counts)
    .filter(([kind]) => kind.startsWith("blocked:"))
    .map(([kind, n]) => {
      const [, reason, ...workflow] = kind.split(":");
      return { reason: reason as string, workflow: workflow.join(":"), count: n as number };
    });
  const byWorkflow = Map.groupBy(reasons, ({ workflow }) => workflow);
  const workflows = [...byWorkflow].map(([workflow, all]) => ({
    workflow,
    blocked: all.reduce((total, { count }) => total + count, 0),
  }));
  return {
    allowed: counts.eventsAllowed ?? 0,
    blocked: counts.eventsBlocked ?? 0,
    reasons: mostFirst(reasons, ({ count }) => count),
    workflows: mostFirst(workflows, ({ blocked }) => blocked),
  };
}

/** Counts by the day, oldest first, of counts by the hour. */
export const byDay = (hours: ReadonlyMap<string, Counts>): (readonly [day: string, counts: Counts])[] =>
  [...Map.groupBy(hours, ([hour]) => hour.slice(0, 10))]
    .map(([day, all]) => [day, sum(all.map(([, counts]) => counts))] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
