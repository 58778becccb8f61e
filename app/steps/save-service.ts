import type { Repository } from "../domain/account.ts";
import type { Service } from "../domain/catalog.ts";
import { iso } from "../domain/clock.ts";
import { serviceIdOf } from "../domain/ids.ts";
import { Refusal } from "../domain/refusal.ts";
import { type ServiceChange, type ServiceInput, serviceInput } from "../domain/service-input.ts";
import { findOwnerId } from "../github/owners.ts";
import type { Zekt } from "../zekt.ts";
import { reachableRepository, refuseIfManaged } from "./enable-provider.ts";

const invalid = (pointer: string, detail: string): Refusal =>
  new Refusal("invalid", detail, { errors: [{ pointer, detail }] });

/**
 * Offers a whitelisted workflow's events as a service.
 *
 * @throws Refusal conflict where the slug is taken, invalid where the workflow is not whitelisted, the
 * alias gives the provider away or an owner is unknown
 */
export async function createService(
  zekt: Zekt,
  repositoryId: string,
  given: ServiceInput,
  by: string,
): Promise<Service> {
  const repository = await reachableRepository(zekt, repositoryId);
  refuseIfManaged(repository, by);
  if (!repository.provider)
    throw new Refusal("conflict", `${repository.fullName} is not enabled as a provider.`);
  const input = serviceInput.parse(given);
  const serviceId = serviceIdOf(repositoryId, input.slug);
  if (await zekt.store.catalog.getService({ repositoryId, serviceId })) {
    throw new Refusal("conflict", `${repository.fullName} has a service ${input.slug} already.`);
  }
  const now = iso(zekt.clock.now());
  const service: Service = {
    ...input,
    serviceId,
    repositoryId,
    ownerId: repository.ownerId,
    preapprovedOwners: await ownerIds(zekt, repository, input.preapprovedOwners),
    createdAt: now,
    updatedAt: now,
  };
  await check(zekt, repository, service);
  await zekt.store.catalog.putService(service);
  return service;
}

/** A service by its id, or a refusal. */
export async function knownService(zekt: Zekt, serviceId: string): Promise<Service> {
  const service = await zekt.store.catalog.findService(serviceId);
  if (!service) throw new Refusal("not-found", "There is no such service.");
  return service;
}

/** Changes parts of a service; what is not given stays. */
export async function changeService(
  zekt: Zekt,
  serviceId: string,
  change: ServiceChange,
  by: string,
): Promise<Service> {
  const service = await knownService(zekt, serviceId);
  const repository = await reachableRepository(zekt, service.repositoryId);
  refuseIfManaged(repository, by);
  const changed: Service = {
    ...service,
    ...(Object.fromEntries(
      Object.entries(change).filter(([, value]) => value !== undefined),
    ) as Partial<Service>),
    preapprovedOwners: change.preapprovedOwners
      ? await ownerIds(zekt, repository, change.preapprovedOwners)
      : service.preapprovedOwners,
    updatedAt: iso(zekt.clock.now()),
  };
  await check(zekt, repository, changed);
  await zekt.store.catalog.putService(changed);
  return changed;
}

/** Takes a service back, and with it every subscription to it. */
export async function removeService(zekt: Zekt, serviceId: string, by: string): Promise<void> {
  const service = await knownService(zekt, serviceId);
  refuseIfManaged(await reachableRepository(zekt, service.repositoryId), by);
  for (const subscription of await zekt.store.catalog.subscriptionsTo(serviceId)) {
    await zekt.store.catalog.removeSubscription(subscription);
  }
  await zekt.store.catalog.removeService(service);
}

async function check(zekt: Zekt, repository: Repository, service: Service): Promise<void> {
  const { workflows } = await zekt.store.catalog.offerOf(repository.repositoryId);
  if (!workflows.some(({ path }) => path === service.workflow)) {
    throw invalid(
      "/workflow",
      `${service.workflow} is not whitelisted in ${repository.fullName}; whitelist it first.`,
    );
  }
  const alias = service.alias?.toLowerCase() ?? "";
  const names = repository.fullName.toLowerCase().split("/");
  if (alias !== "" && names.some((name) => alias.includes(name))) {
    throw invalid(
      "/alias",
      "The alias gives the provider away: it holds the owner's or the repository's name.",
    );
  }
}

/** Owners are kept by id, since logins change hands. */
async function ownerIds(zekt: Zekt, repository: Repository, logins: readonly string[]): Promise<string[]> {
  const installation = { installationId: repository.installationId as string, ownerId: repository.ownerId };
  const ids: string[] = [];
  for (const [index, login] of logins.entries()) {
    const id = /^\d+$/.test(login) ? login : await findOwnerId(zekt.github, installation, login);
    if (id === null) throw invalid(`/preapprovedOwners/${index}`, `GitHub knows no owner ${login}.`);
    ids.push(id);
  }
  return ids;
}
