import type { Delivery } from "../domain/delivery.ts";
import type { Zekt } from "../zekt.ts";

/** Deliveries a page of the export is made of. */
const PAGE = 100;

/** Every delivery to or from a repository, page by page. */
export async function* deliveriesOf(zekt: Zekt, repositoryId: string): AsyncGenerator<Delivery> {
  for (const side of ["provider", "consumer"] as const) {
    let cursor: string | null | undefined;
    do {
      const page = await zekt.store.deliveries.list(side, repositoryId, {
        limit: PAGE,
        cursor: cursor ?? undefined,
      });
      yield* page.items;
      cursor = page.cursor;
    } while (cursor !== null);
  }
}

/** Everything stored of an owner: its account, repositories, what they offer and want, and their deliveries. */
export async function exportOwner(zekt: Zekt, ownerId: string): Promise<object> {
  const { accounts, catalog } = zekt.store;
  const account = await accounts.getAccount(ownerId);
  const repositories = [];
  for (const repository of await accounts.allRepositories(ownerId)) {
    const { repositoryId } = repository;
    const { services, workflows } = await catalog.offerOf(repositoryId);
    const deliveries: Delivery[] = [];
    for await (const delivery of deliveriesOf(zekt, repositoryId)) deliveries.push(delivery);
    repositories.push({
      repository,
      workflows,
      services,
      subscribers: (
        await Promise.all(services.map(({ serviceId }) => catalog.subscriptionsTo(serviceId)))
      ).flat(),
      subscriptions: await catalog.subscriptionsOf(repositoryId),
      deliveries,
    });
  }
  return { account, repositories };
}
