import type { WorkerDeps } from "../../deps.ts";
import { iso } from "../../domain/clock.ts";
import { type Overview, overviewOf } from "../../domain/insight/overview.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import type { Repository } from "../../domain/records/repository.ts";

/** Deliveries looked at for one overview at most, over all lists. */
const MAX_DELIVERIES = 2000;
/** The minimum number of deliveries read of one list, if it has as many. */
const MIN_OF_LIST = 20;
/** Lists read at most. */
const MAX_LISTS = 100;
const LISTS_AT_ONCE = 10;

export interface CoveredOverview extends Overview {
  /** Since when everything is in the figures, in milliseconds since the epoch. */
  from: number;
  to: number;
  /** True when that is the whole requested range. */
  complete: boolean;
}

interface List {
  side: "provider" | "consumer";
  repositoryId: string;
}

/**
 * Sums up the deliveries of some repositories, each as what it is enabled for. So many are looked at,
 * newest first, and no more: where there are more, the figures begin later than was asked for, and say so.
 */
export async function readOverview(
  deps: WorkerDeps,
  repositories: readonly Repository[],
  range: { from: number; to: number },
): Promise<CoveredOverview> {
  const all = repositories.flatMap(({ repositoryId, provider, consumer }): List[] => [
    ...(provider ? [{ side: "provider" as const, repositoryId }] : []),
    ...(consumer ? [{ side: "consumer" as const, repositoryId }] : []),
  ]);
  const lists = all.slice(0, MAX_LISTS);
  const count = Math.max(MIN_OF_LIST, Math.floor(MAX_DELIVERIES / Math.max(1, lists.length)));
  const found = new Map<string, Delivery>();
  let { from } = range;
  for (let i = 0; i < lists.length; i += LISTS_AT_ONCE) {
    const batch = lists.slice(i, i + LISTS_AT_ONCE);
    for (const { deliveries, cut } of await Promise.all(
      batch.map((list) => readList(deps, list, range, count)),
    )) {
      for (const one of deliveries) found.set(one.deliveryId, one);
      const oldest = deliveries.at(-1);
      if (cut && oldest) from = Math.max(from, Date.parse(oldest.createdAt));
    }
  }
  // Test events are no use of a connection: health and usage leave them out, too.
  const covered = [...found.values()].filter(({ createdAt, isTest }) => createdAt >= iso(from) && !isTest);
  const complete = from === range.from && lists.length === all.length;
  return { ...overviewOf(covered, from, range.to), from, to: range.to, complete };
}

async function readList(
  deps: WorkerDeps,
  { side, repositoryId }: List,
  { from, to }: { from: number; to: number },
  count: number,
): Promise<{ deliveries: Delivery[]; cut: boolean }> {
  const { items, next } = await deps.store.deliveries.listAfter(side, repositoryId, {
    after: null,
    count,
    between: [iso(from), iso(to)],
  });
  return { deliveries: items.map(([, one]) => one), cut: next !== null };
}
