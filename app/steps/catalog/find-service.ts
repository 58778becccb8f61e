import type { WorkerDeps } from "../../deps.ts";
import { isVisibleTo } from "../../domain/catalog/visibility.ts";
import { subscriptionIdOf } from "../../domain/ids.ts";
import type { Service } from "../../domain/records/service.ts";

/** The repository that asks for a service, and the workflow that wants it. */
export interface Asker {
  repositoryId: string;
  ownerId: string;
  workflow: string | null;
}

/**
 * Finds a service as people name it: by its id, by owner/repository/slug, or by alias/slug. Whether the
 * asker may subscribe to it is not asked here.
 */
export async function findService(deps: WorkerDeps, named: string, asker: Asker): Promise<Service | null> {
  const parts = named.split("/");
  if (parts.length === 1) return await deps.store.catalog.findService(named);
  const [first, second, third] = parts as [string, string, string | undefined];
  if (parts.length === 2) return await findByAlias(deps, first, second, asker);
  if (parts.length === 3) return await findByName(deps, `${first}/${second}`, third as string, asker);
  return null;
}

async function findByAlias(
  deps: WorkerDeps,
  alias: string,
  slug: string,
  asker: Asker,
): Promise<Service | null> {
  const named = (await deps.store.catalog.servicesByAlias(alias)).filter((one) => one.slug === slug);
  const visible = named.filter((one) => isVisibleTo(one, asker.ownerId));
  // An owner may use an alias in several repositories; then only an id tells its services apart.
  const [found, ...others] = visible.length > 0 ? visible : named;
  return found && others.length === 0 ? found : null;
}

async function findByName(
  deps: WorkerDeps,
  fullName: string,
  slug: string,
  asker: Asker,
): Promise<Service | null> {
  const { accounts, catalog } = deps.store;
  const repository = await accounts.findRepository(fullName);
  if (!repository) return null;
  const service = await catalog.findBySlug(repository.repositoryId, slug);
  if (!service || service.alias === null || service.ownerId === asker.ownerId) return service;
  // By its real name an aliased service is found only by who subscribed before it had the alias: to
  // anybody else that would tell whose it is.
  const { serviceId } = service;
  const subscriptionId = subscriptionIdOf(serviceId, asker.repositoryId, asker.workflow);
  return (await catalog.getSubscription({ serviceId, subscriptionId })) && service;
}
