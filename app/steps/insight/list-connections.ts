import type { WorkerDeps } from "../../deps.ts";
import type { Repository } from "../../domain/records/repository.ts";
import type { Subscription } from "../../domain/records/subscription.ts";
import type { Portion, PortionQuery } from "../../store/pages.ts";

/** Subscriptions of a service read at once. */
const AT_ONCE = 100;
/** Repositories read at once at most. One is read first, as it may have enough, and twice as many each time. */
const REPOSITORIES_AT_ONCE = 32;

export type ConnectionSide = "provider" | "consumer";

type Keyed = [key: string, subscription: Subscription];

const repositoryKey = ({ fullName, repositoryId }: Repository): string =>
  `${fullName.toLowerCase()} ${repositoryId}`;

/**
 * Reads on among the subscriptions of some repositories, as their providers or as their consumers. It goes in the
 * order of the repositories' names, and only as far as it is asked.
 */
export async function connectionsAfter(
  deps: WorkerDeps,
  side: ConnectionSide,
  repositories: readonly Repository[],
  { after, count }: PortionQuery,
): Promise<Portion<Subscription>> {
  const items: Keyed[] = [];
  for await (const one of everySubscription(deps, side, repositories, after)) {
    if (items.length === count) return { items, next: items.at(-1)?.[0] ?? null };
    items.push(one);
  }
  return { items, next: null };
}

async function* everySubscription(
  deps: WorkerDeps,
  side: ConnectionSide,
  repositories: readonly Repository[],
  after: string | null,
): AsyncGenerator<Keyed> {
  const [begin = "", ...place] = after?.split("\t") ?? [];
  const inOrder = repositories
    .map((repository): [string, Repository] => [repositoryKey(repository), repository])
    .filter(([key]) => key >= begin)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const read = side === "consumer" ? ofConsumer : ofProvider;
  for (let next = 0, atOnce = 1; next < inOrder.length; atOnce = Math.min(REPOSITORIES_AT_ONCE, 2 * atOnce)) {
    const some = inOrder.slice(next, next + atOnce);
    next += some.length;
    const found = await Promise.all(
      some.map(async ([key, repository]) => ({
        key,
        ofThis: await read(deps, repository, key === begin ? place : []),
      })),
    );
    for (const { key, ofThis } of found)
      for await (const [rest, subscription] of ofThis) yield [`${key}\t${rest}`, subscription];
  }
}

async function ofConsumer(
  deps: WorkerDeps,
  { repositoryId }: Repository,
  [after = ""]: readonly string[],
): Promise<Keyed[]> {
  const all = await deps.store.catalog.subscriptionsOf(repositoryId);
  return all
    .filter(({ subscriptionId }) => subscriptionId > after)
    .sort((a, b) => (a.subscriptionId < b.subscriptionId ? -1 : 1))
    .map((one) => [one.subscriptionId, one]);
}

async function ofProvider(
  deps: WorkerDeps,
  { repositoryId }: Repository,
  place: readonly string[],
): Promise<AsyncIterable<Keyed>> {
  const { services } = await deps.store.catalog.offerOf(repositoryId);
  return ofServices(deps, services.map(({ serviceId }) => serviceId).sort(), place);
}

async function* ofServices(
  deps: WorkerDeps,
  serviceIds: readonly string[],
  [fromService = "", fromSubscription = null]: readonly (string | null)[],
): AsyncGenerator<Keyed> {
  for (const serviceId of serviceIds.filter((id) => id >= (fromService ?? ""))) {
    let after = serviceId === fromService ? fromSubscription : null;
    do {
      const portion = await deps.store.catalog.subscriptionsToAfter(serviceId, { after, count: AT_ONCE });
      for (const [, one] of portion.items) yield [`${serviceId}\t${one.subscriptionId}`, one];
      after = portion.next;
    } while (after !== null);
  }
}
