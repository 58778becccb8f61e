import type { WorkerDeps } from "../../deps.ts";
import { bare } from "../../domain/catalog/alias.ts";
import {
  type ServiceChange,
  type ServiceInput,
  serviceChange,
  serviceInput,
} from "../../domain/catalog/service-input.ts";
import { serviceName, subscriptionName } from "../../domain/catalog/service-name.ts";
import { changedFields, type OnChanged } from "../../domain/changed-fields.ts";
import { iso } from "../../domain/clock.ts";
import { MAX_SERVICES } from "../../domain/limits.ts";
import { parseInput } from "../../domain/parse-input.ts";
import type { Repository } from "../../domain/records/repository.ts";
import type { Service } from "../../domain/records/service.ts";
import type { Subscription } from "../../domain/records/subscription.ts";
import { Refusal } from "../../domain/refusal.ts";
import { checkAlias, checkWorkflow, resolveOwners } from "./check-service.ts";
import { checkTypes } from "./check-types.ts";
import { requireReachable, requireUnmanaged } from "./require-repository.ts";
import { endSubscription } from "./update-subscription.ts";

/** The fields of a service that its provider chooses, its owners resolved to ids. */
export type Offered = Omit<Service, "serviceId" | "repositoryId" | "ownerId" | "createdAt" | "updatedAt">;

const noService = (): Refusal => new Refusal("not-found", "There is no such service.");

function newService(deps: WorkerDeps, repository: Repository, offered: Offered): Service {
  const { repositoryId, ownerId } = repository;
  const now = iso(deps.clock.now());
  const serviceId = deps.ids.service(repositoryId, offered.slug);
  return { ...offered, serviceId, repositoryId, ownerId, createdAt: now, updatedAt: now };
}

/**
 * Offers a whitelisted workflow's events as a service.
 *
 * @throws Refusal conflict where the slug is taken, the repository is no provider or has too many; invalid where the
 * workflow is not whitelisted, the alias gives the provider away or is taken, or an owner is unknown
 */
export async function createService(
  deps: WorkerDeps,
  repositoryId: string,
  given: ServiceInput,
  by: string,
): Promise<Service> {
  const repository = await requireReachable(deps, repositoryId);
  requireUnmanaged(repository, by);
  if (!repository.provider) {
    throw new Refusal("conflict", `${repository.fullName} is not enabled as a provider; enable it first.`);
  }
  const input = parseInput(serviceInput, given);
  await checkWorkflow(deps, repository, input.workflow);
  await checkAlias(deps, repository, input.alias);
  await checkTypes(input.types);
  const preapprovedOwners = await resolveOwners(deps, repository, input.preapprovedOwners);
  const service = newService(deps, repository, { ...input, preapprovedOwners });
  const { services } = await deps.store.catalog.offerOf(repositoryId);
  const standing = services.find(({ slug }) => slug === input.slug);
  if (!standing && services.length >= MAX_SERVICES) {
    const detail = `${repository.fullName} has ${MAX_SERVICES} services, which is the most that one may have.`;
    throw new Refusal("conflict", detail);
  }
  if (!standing && (await deps.store.catalog.addService(service))) return service;
  throw new Refusal("conflict", `${repository.fullName} has a service ${input.slug} already.`);
}

/** A service by its id, or a refusal. */
export async function requireService(deps: WorkerDeps, serviceId: string): Promise<Service> {
  const service = await deps.store.catalog.findService(serviceId);
  if (!service) throw noService();
  return service;
}

/**
 * Changes parts of a service; what is not given stays. Calls `onChanged` where that changed anything.
 *
 * @throws Refusal as {@link createService} does
 */
export async function changeService(
  deps: WorkerDeps,
  serviceId: string,
  given: ServiceChange,
  by: string,
  onChanged: OnChanged = () => {},
): Promise<Service> {
  const service = await requireService(deps, serviceId);
  const repository = await requireReachable(deps, service.repositoryId);
  requireUnmanaged(repository, by);
  const { preapprovedOwners: logins, ...input } = parseInput(serviceChange, given);
  if (input.workflow !== undefined) await checkWorkflow(deps, repository, input.workflow);
  if (input.alias !== undefined) await checkAlias(deps, repository, input.alias);
  await checkTypes(input.types);
  // Ids that are approved already may be given back as they were read.
  const known = new Map(service.preapprovedOwners.map((id) => [id, id]));
  const owners = logins && { preapprovedOwners: await resolveOwners(deps, repository, logins, known) };
  const change = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  const written = await rewrite(deps, service, { ...change, ...owners });
  if (!written) throw noService();
  if (written.changed.length > 0) onChanged(written.changed);
  return written.service;
}

/** Writes a change over the service as it is by then, and names the fields that it changed. Null where it is gone. */
async function rewrite(
  deps: WorkerDeps,
  { repositoryId, serviceId }: Service,
  change: Partial<Service>,
): Promise<{ service: Service; changed: readonly string[] } | null> {
  const { catalog } = deps.store;
  for (;;) {
    const before = await catalog.getService({ repositoryId, serviceId });
    if (!before) return null;
    const changed = changedFields(before, change);
    if (changed.length === 0) return { service: before, changed };
    const after: Service = { ...before, ...change };
    // Later than before even by a clock that stands still: by it one write knows of another.
    after.updatedAt = iso(Math.max(deps.clock.now(), Date.parse(before.updatedAt) + 1));
    if (!(await catalog.replaceService(before, after))) continue;
    if (before.alias !== null && bare(before.alias) !== bare(after.alias ?? "")) {
      await catalog.dropAlias(before.alias, serviceId);
    }
    return { service: after, changed };
  }
}

/** Brings a service, already checked, to what it is to be. */
export async function saveService(
  deps: WorkerDeps,
  repository: Repository,
  offered: Offered,
): Promise<"offered" | "changed" | "kept"> {
  const service = newService(deps, repository, offered);
  const standing = await deps.store.catalog.findBySlug(repository.repositoryId, offered.slug);
  if (!standing && (await deps.store.catalog.addService(service))) return "offered";
  const written = await rewrite(deps, standing ?? service, offered);
  return written && written.changed.length > 0 ? "changed" : "kept";
}

/** Transfers a service to its repository's new owner, who has approved nobody beforehand. */
export async function transferService(deps: WorkerDeps, service: Service, ownerId: string): Promise<void> {
  await rewrite(deps, service, { ownerId, preapprovedOwners: [] });
}

/** Hears of a subscription that ended with its service, and of its name in audit trails. */
type OnEnded = (subscription: Subscription, name: string) => Promise<void>;

/**
 * Withdraws a service, and with it every subscription to it. Calls `onEnded` with each once it has ended.
 *
 * @throws Refusal not-found where there is none, or another has removed it meanwhile
 */
export async function removeService(
  deps: WorkerDeps,
  serviceId: string,
  by: string,
  onEnded: OnEnded = async () => {},
): Promise<void> {
  const service = await requireService(deps, serviceId);
  const provider = await requireReachable(deps, service.repositoryId);
  requireUnmanaged(provider, by);
  if (!(await deleteService(deps, provider, service, onEnded))) throw noService();
}

/**
 * Removes a provider's service and its subscriptions. Calls `onEnded` with each once it has ended. Returns false where
 * another has removed it meanwhile.
 */
export async function deleteService(
  deps: WorkerDeps,
  provider: Repository,
  service: Service,
  onEnded: OnEnded,
): Promise<boolean> {
  // First, so that no crash leaves approvals that a later service of the same name would find.
  for (const subscription of await deps.store.catalog.subscriptionsTo(service.serviceId)) {
    if (!(await endSubscription(deps, subscription))) continue;
    const consumer = await deps.store.accounts.getRepository(subscription.repositoryId);
    const name = subscriptionName(
      consumer?.fullName ?? subscription.repositoryId,
      serviceName(service, provider),
    );
    await onEnded(subscription, name);
  }
  return await deps.store.catalog.removeService(service);
}
