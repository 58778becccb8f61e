import type { WorkerDeps } from "../../deps.ts";
import type { Repository } from "../../domain/records/repository.ts";
import type { Subscription } from "../../domain/records/subscription.ts";
import type { Portion, PortionQuery } from "../../store/pages.ts";

/** Subscriptions of a service read at once. */
const AT_ONCE = 100;

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
  for (const [key, repository] of inOrder) {
    const from = key === begin ? place : [];
    const found =
      side === "consumer" ? ofConsumer(deps, repository, from) : ofProvider(deps, repository, from);
    for await (const [rest, subscription] of found) yield [`${key}\t${rest}`, subscription];
  }
}

async function* ofConsumer(
  deps: WorkerDeps,
  { repositoryId }: Repository,
  [after = ""]: readonly string[],
): AsyncGenerator<Keyed> {
  const all = await deps.store.catalog.subscriptionsOf(repositoryId);
  const inOrder = all.sort((a, b) => (a.subscriptionId < b.subscriptionId ? -1 : 1));
  for (const one of inOrder) if (one.subscriptionId > after) yield [one.subscriptionId, one];
}

async function* ofProvider(
  deps: WorkerDeps,
  { repositoryId }: Repository,
  [fromService = "", fromSubscription = null]: readonly (string | null)[],
): AsyncGenerator<Keyed> {
  const { services } = await deps.store.catalog.offerOf(repositoryId);
  const serviceIds = services.map(({ serviceId }) => serviceId).sort();
  for (const serviceId of serviceIds.filter((id) => id >= (fromService ?? ""))) {
    let after = serviceId === fromService ? fromSubscription : null;
    do {
      const portion = await deps.store.catalog.subscriptionsToAfter(serviceId, { after, count: AT_ONCE });
      for (const [, one] of portion.items) yield [`${serviceId}\t${one.subscriptionId}`, one];
      after = portion.next;
    } while (after !== null);
  }
}
