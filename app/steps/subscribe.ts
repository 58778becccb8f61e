import type { Repository } from "../domain/account.ts";
import type { DurableSettings, Service, Subscription } from "../domain/catalog.ts";
import { iso } from "../domain/clock.ts";
import { serviceIdOf, subscriptionIdOf } from "../domain/ids.ts";
import { WORKFLOW_COMPLETED } from "../domain/limits.ts";
import { letsThrough } from "../domain/policy.ts";
import { Refusal } from "../domain/refusal.ts";
import { type SubscriptionInput, subscriptionInput } from "../domain/subscription-input.ts";
import type { Zekt } from "../zekt.ts";
import { reachableRepository, refuseIfManaged } from "./enable-provider.ts";

const noService = (): Refusal =>
  new Refusal("not-found", "There is no such service, or it is not for this repository.");

/** Whether a service may be seen, and asked for, by an owner. */
export const isVisibleTo = (service: Service, ownerId: string): boolean =>
  service.published &&
  (service.visibility === "public" ||
    service.ownerId === ownerId ||
    service.preapprovedOwners.includes(ownerId));

/** Finds a service as people name it: by id, by owner/repository/slug, or by alias/slug among the public ones. */
export async function findService(zekt: Zekt, named: string): Promise<Service | null> {
  const { catalog, accounts } = zekt.store;
  if (named.startsWith("service-")) return await catalog.findService(named);
  const parts = named.split("/");
  const slug = parts.at(-1) as string;
  if (parts.length === 3) {
    const repository = await accounts.findRepository(`${parts[0]}/${parts[1]}`);
    if (!repository) return null;
    const { repositoryId } = repository;
    const service = await catalog.getService({ repositoryId, serviceId: serviceIdOf(repositoryId, slug) });
    // By its real name an aliased service is not to be found: that would tell whose it is.
    return service?.alias === null ? service : null;
  }
  if (parts.length !== 2) return null;
  const { items } = await catalog.directory("public", { beginsWith: `${slug}#`, limit: 100 });
  return (
    items.find(
      (service) => service.slug === slug && service.alias?.toLowerCase() === parts[0]?.toLowerCase(),
    ) ?? null
  );
}

/**
 * Asks for a service's events on behalf of a consumer's repository. An owner approved beforehand is
 * approved at once. Asking again changes nothing, unless the answer was no: then it is asked anew.
 *
 * @throws Refusal not-found for a service that is not for this repository, conflict where the
 * repository is not a consumer, invalid for event types that never leave
 */
export async function requestSubscription(
  zekt: Zekt,
  repositoryId: string,
  given: SubscriptionInput,
  by: string,
): Promise<Subscription> {
  const repository = await reachableRepository(zekt, repositoryId);
  refuseIfManaged(repository, by);
  if (!repository.consumer)
    throw new Refusal("conflict", `${repository.fullName} is not enabled as a consumer.`);
  const input = subscriptionInput.parse(given);
  const service = await findService(zekt, input.service);
  if (!service || !isVisibleTo(service, repository.ownerId)) throw noService();
  checkEventTypes(service, input.eventTypes);
  checkDurable(repository, input.durable);
  const subscriptionId = subscriptionIdOf(service.serviceId, repositoryId, input.workflow);
  const standing = await zekt.store.catalog.getSubscription({ serviceId: service.serviceId, subscriptionId });
  if (standing?.status === "approved" || standing?.status === "requested") return standing;
  const now = iso(zekt.clock.now());
  const approved = service.preapprovedOwners.includes(repository.ownerId);
  const subscription: Subscription = {
    subscriptionId,
    serviceId: service.serviceId,
    providerRepositoryId: service.repositoryId,
    providerOwnerId: service.ownerId,
    repositoryId,
    ownerId: repository.ownerId,
    workflow: input.workflow,
    eventTypes: input.eventTypes,
    status: approved ? "approved" : "requested",
    durable: input.durable,
    requestedAt: now,
    requestedBy: by,
    decidedAt: approved ? now : null,
    decidedBy: approved ? "approved beforehand" : null,
  };
  await zekt.store.catalog.putSubscription(subscription);
  return subscription;
}

/** A subscription by its id, or a refusal. */
export async function knownSubscription(zekt: Zekt, subscriptionId: string): Promise<Subscription> {
  const subscription = await zekt.store.catalog.findSubscription(subscriptionId);
  if (!subscription) throw new Refusal("not-found", "There is no such subscription.");
  return subscription;
}

/** Changes what a consumer wants of a service; deliveries already made stay as they are. */
export async function changeSubscription(
  zekt: Zekt,
  subscriptionId: string,
  change: { eventTypes?: string[] | undefined; durable?: DurableSettings | null | undefined },
  by: string,
): Promise<Subscription> {
  const subscription = await knownSubscription(zekt, subscriptionId);
  const repository = await reachableRepository(zekt, subscription.repositoryId);
  refuseIfManaged(repository, by);
  const service = await zekt.store.catalog.findService(subscription.serviceId);
  if (service && change.eventTypes) checkEventTypes(service, change.eventTypes);
  if (change.durable) checkDurable(repository, change.durable);
  const changed: Subscription = {
    ...subscription,
    ...(change.eventTypes === undefined ? {} : { eventTypes: change.eventTypes }),
    ...(change.durable === undefined ? {} : { durable: change.durable }),
  };
  await zekt.store.catalog.putSubscription(changed);
  return changed;
}

/** Ends a subscription from the consumer's side. */
export async function removeSubscription(zekt: Zekt, subscriptionId: string, by: string): Promise<void> {
  const subscription = await knownSubscription(zekt, subscriptionId);
  refuseIfManaged(await reachableRepository(zekt, subscription.repositoryId), by);
  await zekt.store.catalog.removeSubscription(subscription);
}

function checkEventTypes(service: Service, eventTypes: readonly string[]): void {
  for (const [index, type] of eventTypes.entries()) {
    if (type !== WORKFLOW_COMPLETED && !letsThrough(service.eventTypes, type)) {
      const detail = `The service lets out ${service.eventTypes.join(", ")}, not ${type}.`;
      throw new Refusal("invalid", detail, { errors: [{ pointer: `/eventTypes/${index}`, detail }] });
    }
  }
}

/** Without a confirm a durable delivery would only repeat itself, so there has to be a way for one to come. */
function checkDurable(repository: Repository, durable: DurableSettings | null): void {
  if (durable === null || repository.tracking || repository.confirmedAt !== null) return;
  throw new Refusal(
    "conflict",
    `Durable delivery needs confirmations: turn on completion tracking for ${repository.fullName}, or put the confirm action into its workflow and let it run once.`,
  );
}
