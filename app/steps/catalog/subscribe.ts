import type { WorkerDeps } from "../../deps.ts";
import {
  durableAfter,
  type SubscriptionChange,
  type SubscriptionInput,
  subscriptionChange,
  subscriptionInput,
} from "../../domain/catalog/subscription-input.ts";
import { isVisibleTo } from "../../domain/catalog/visibility.ts";
import { changedFields, type OnChanged } from "../../domain/changed-fields.ts";
import { iso } from "../../domain/clock.ts";
import { formatOf, startOf, startsWorkflow } from "../../domain/delivery/start.ts";
import { canConfirm } from "../../domain/delivery/tracking.ts";
import { subscriptionIdOf } from "../../domain/ids.ts";
import { filterFault } from "../../domain/intake/filter-fault.ts";
import { letsThrough } from "../../domain/intake/policy.ts";
import { MAX_SUBSCRIPTIONS, MAX_SUBSCRIPTIONS_TO_SERVICE } from "../../domain/limits.ts";
import { invalidAt, parseInput } from "../../domain/parse-input.ts";
import { isForOwner } from "../../domain/records/preset-decision.ts";
import type { Repository } from "../../domain/records/repository.ts";
import type { Service } from "../../domain/records/service.ts";
import type { Subscription } from "../../domain/records/subscription.ts";
import { Refusal } from "../../domain/refusal.ts";
import { ZEKT_FILE } from "../../domain/zekt-yml/zekt-file-path.ts";
import { updateRequestNotice } from "../notices/raise-notice.ts";
import { checkStart } from "./check-start.ts";
import { findService } from "./find-service.ts";
import { requireReachable, requireUnmanaged } from "./require-repository.ts";
import { endSubscription, noSubscription, updateSubscription } from "./update-subscription.ts";

/** Returns what a checked change sets in a subscription as it is by then. */
type ChangeOf = (current: Pick<Subscription, "durable">) => Partial<Subscription>;

/** A checked subscription request: the service, the input with its defaults, and the existing subscription. */
export interface CheckedRequest {
  service: Service;
  input: ReturnType<typeof subscriptionInput.parse>;
  subscriptionId: string;
  standing: Subscription | null;
  /** Changes the existing subscription to what the request names. */
  changeOf: ChangeOf;
}

/**
 * Checks that a repository may ask for what it asks for, writing nothing. What stands already may go on
 * though its service is no longer to be seen, and with what the request does not name.
 *
 * @throws Refusal not-found for a service that is not for this repository; invalid for event types that
 * never leave, or a filter that is wrong; conflict for durable delivery that could not be confirmed, or a repository
 * without the key that the service's messages need
 */
export async function checkRequest(
  deps: WorkerDeps,
  repository: Repository,
  given: SubscriptionInput,
): Promise<CheckedRequest> {
  const { repositoryId, ownerId } = repository;
  const input = parseInput(subscriptionInput, given);
  const { workflow } = input;
  const service = await findService(deps, input.service, { repositoryId, ownerId, workflow });
  if (!service) throw noService();
  const { serviceId } = service;
  const subscriptionId = subscriptionIdOf(serviceId, repositoryId, workflow);
  const standing = await deps.store.catalog.getSubscription({ serviceId, subscriptionId });
  const stands = standing?.status === "approved" || standing?.status === "requested";
  if (!stands && !isVisibleTo(service, ownerId)) throw noService();
  if (!stands) {
    await checkReachable(deps, service);
    checkKeys(service, repository);
  }
  const { service: _, workflow: __, ...named } = stands ? given : input;
  const before = stands ? standing : { workflow, durable: null };
  const changeOf = await checkChange(deps, repository, service, before, named);
  return { service, input, subscriptionId, standing, changeOf };
}

/**
 * Checks a change of a subscription, each part beside those that stay.
 *
 * @throws Refusal as {@link changeSubscription} does
 */
async function checkChange(
  deps: WorkerDeps,
  repository: Repository,
  service: Service | null,
  before: Pick<Subscription, "workflow" | "durable" | "start" | "ref">,
  given: SubscriptionChange,
): Promise<ChangeOf> {
  const { eventTypes, filter, durable, start, ref, format } = parseInput(subscriptionChange, given);
  if (service && eventTypes) checkEventTypes(service, eventTypes);
  if (filter) await checkFilter(filter);
  // What starts by repository_dispatch has no ref to leave behind.
  const wantedRef = start === "repository_dispatch" ? (ref ?? null) : ref;
  const settings = (current: Pick<Subscription, "durable">) =>
    durable === undefined ? {} : { durable: durableAfter(current.durable, durable) };
  const next = {
    workflow: before.workflow,
    start: start ?? startOf(before),
    ref: wantedRef === undefined ? (before.ref ?? null) : wantedRef,
    durable: before.durable,
    ...settings(before),
  };
  if (start !== undefined || wantedRef !== undefined) await checkStart(deps, repository, next);
  if (durable || next.start !== startOf(before)) checkDurable(repository, next);
  return (current) => ({
    ...(eventTypes === undefined ? {} : { eventTypes }),
    ...(filter === undefined ? {} : { filter }),
    ...(start === undefined ? {} : { start }),
    ...(wantedRef === undefined ? {} : { ref: wantedRef }),
    ...(format === undefined ? {} : { format }),
    ...settings(current),
  });
}

/** A service whose provider cannot be reached any more would never deliver anything. */
async function checkReachable(deps: WorkerDeps, service: Service): Promise<void> {
  const provider = await deps.store.accounts.getRepository(service.repositoryId);
  if (provider?.reachable && provider.provider) return;
  const detail = provider?.reachable
    ? "The service is not offered now: its provider has switched its repository off."
    : "The service's provider cannot be reached: the App was removed from its repository, or is suspended there.";
  throw new Refusal("conflict", detail, { errors: [{ pointer: "/service", detail }] });
}

/** One that nothing can be encrypted to would have the provider's steps fail as soon as it is approved. */
function checkKeys(service: Service, { fullName, shieldKeys = [] }: Repository): void {
  if (service.shield !== "required" || shieldKeys.length > 0) return;
  const detail = `The service's messages are encrypted to those who get them, and ${fullName} has no key. Register one first, by \`zekt keys\` or in the console.`;
  throw new Refusal("conflict", detail, { errors: [{ pointer: "/service", detail }] });
}

const noService = (): Refusal =>
  new Refusal("not-found", "No such service, or this repository may not request it.", {
    errors: [{ pointer: "/service", detail: "No such service, or this repository may not request it." }],
  });

/**
 * Requests a service's events for a consumer's repository. An owner approved beforehand is approved at once. A
 * repeated request changes the subscription to what it names. After a denial or a revocation it is a new request, and
 * only the provider can approve it, whatever was approved beforehand. Calls `onChanged` where anything was written; it
 * names fields where what stood was changed.
 *
 * @throws Refusal as {@link checkRequest} does, and conflict where the repository is no consumer or has too many
 */
export async function requestSubscription(
  deps: WorkerDeps,
  repositoryId: string,
  given: SubscriptionInput,
  by: string,
  onChanged: OnChanged = () => {},
): Promise<Subscription> {
  const repository = await requireReachable(deps, repositoryId);
  requireUnmanaged(repository, by);
  if (!repository.consumer) {
    throw new Refusal("conflict", `${repository.fullName} is not enabled as a consumer; enable it first.`);
  }
  for (;;) {
    const checked = await checkRequest(deps, repository, given);
    const { service, input, subscriptionId, standing, changeOf } = checked;
    const { eventTypes, filter, durable } = input;
    const start = { start: input.start, ref: input.ref, format: input.format };
    const wanted = {
      eventTypes,
      filter,
      durable,
      ...start,
      requestedAt: iso(deps.clock.now()),
      requestedBy: by,
    };
    if (standing?.status === "approved") {
      const changed = await rewrite(deps, standing, changeOf, onChanged);
      if (changed) return changed;
      continue;
    }
    if (standing?.status === "denied" || standing?.status === "revoked") {
      const undecided = { status: "requested" as const, decidedAt: null, decidedBy: null };
      const asked = await deps.store.catalog.updateSubscription(standing, { ...wanted, ...undecided });
      if (asked) {
        onChanged([]);
        await updateRequestNotice(deps, asked);
        return asked;
      }
      continue;
    }
    const answer = await answerBeforehand(deps, service, repository);
    if (standing) {
      const answered = answer && (await deps.store.catalog.updateSubscription(standing, answer));
      if (answered || !answer) {
        if (answered) onChanged([]);
        await updateRequestNotice(deps, answered ?? standing);
        const changed = await rewrite(deps, answered ?? standing, changeOf, onChanged);
        if (changed) return changed;
      }
      continue;
    }
    if (by !== ZEKT_FILE) await checkRoom(deps, repository, service);
    const subscription: Subscription = {
      subscriptionId,
      serviceId: service.serviceId,
      providerRepositoryId: service.repositoryId,
      providerOwnerId: service.ownerId,
      repositoryId,
      ownerId: repository.ownerId,
      workflow: input.workflow,
      ...wanted,
      ...(answer ?? { status: "requested", decidedAt: null, decidedBy: null }),
    };
    if (await deps.store.catalog.addSubscription(subscription)) {
      onChanged([]);
      await updateRequestNotice(deps, subscription);
      return subscription;
    }
  }
}

/** Writes a change over a subscription as it is by then. Null where it is gone. */
async function rewrite(
  deps: WorkerDeps,
  subscription: Subscription,
  changeOf: ChangeOf,
  onChanged: OnChanged,
): Promise<Subscription | null> {
  let fields: string[] = [];
  const changed = await updateSubscription(deps, subscription, (current) => {
    // What is older than a choice stands as its default.
    const { filter = null, ref = null } = current;
    const whole = { ...current, filter, ref, start: startOf(current), format: formatOf(current) };
    const change = changeOf(current);
    fields = changedFields(whole, change);
    return fields.length === 0 ? null : change;
  });
  if (changed && fields.length > 0) onChanged(fields);
  return changed;
}

/**
 * A service's subscriptions are read with each of its events, whoever asked for them, and for any workflow a repository
 * may ask anew. A file lists so many at most, and ends the others.
 */
async function checkRoom(deps: WorkerDeps, repository: Repository, service: Service): Promise<void> {
  const all = await deps.store.catalog.subscriptionsOf(repository.repositoryId);
  const ofService = all.filter(({ serviceId }) => serviceId === service.serviceId);
  if (all.length < MAX_SUBSCRIPTIONS && ofService.length < MAX_SUBSCRIPTIONS_TO_SERVICE) return;
  const room =
    all.length < MAX_SUBSCRIPTIONS
      ? `${MAX_SUBSCRIPTIONS_TO_SERVICE} subscriptions to this service`
      : `${MAX_SUBSCRIPTIONS} subscriptions`;
  throw new Refusal(
    "conflict",
    `${repository.fullName} has ${room}, which is the most that one may have. End one first.`,
  );
}

/** Finds the decision that the provider made in advance: for this repository by its file, or for its owner. */
async function answerBeforehand(
  deps: WorkerDeps,
  service: Service,
  repository: Repository,
): Promise<Pick<Subscription, "status" | "decidedAt" | "decidedBy"> | null> {
  const { accounts, catalog } = deps.store;
  const decidedAt = iso(deps.clock.now());
  const provider = await accounts.getRepository(service.repositoryId);
  if (provider?.managedBy) {
    const { serviceId } = service;
    const answer = await catalog.getPresetDecision({
      serviceId,
      repository: repository.fullName.toLowerCase(),
    });
    if (answer && isForOwner(answer, repository.ownerId))
      return { status: answer.decision, decidedAt, decidedBy: provider.managedBy };
  }
  if (!service.preapprovedOwners.includes(repository.ownerId)) return null;
  return { status: "approved", decidedAt, decidedBy: "approved beforehand" };
}

/** A subscription by its id, or a refusal. */
export async function requireSubscription(deps: WorkerDeps, subscriptionId: string): Promise<Subscription> {
  const subscription = await deps.store.catalog.findSubscription(subscriptionId);
  if (!subscription) throw noSubscription();
  return subscription;
}

/**
 * Changes what a consumer wants of a service; what is not given, and deliveries already made, stay as
 * they are. Calls `onChanged` where that changed anything.
 *
 * @throws Refusal invalid for event types that never leave, conflict for durable delivery that could
 * not be confirmed
 */
export async function changeSubscription(
  deps: WorkerDeps,
  subscriptionId: string,
  given: SubscriptionChange,
  by: string,
  onChanged: OnChanged = () => {},
): Promise<Subscription> {
  const subscription = await requireSubscription(deps, subscriptionId);
  const repository = await requireReachable(deps, subscription.repositoryId);
  requireUnmanaged(repository, by);
  const service = await deps.store.catalog.findService(subscription.serviceId);
  const changeOf = await checkChange(deps, repository, service, subscription, given);
  const changed = await rewrite(deps, subscription, changeOf, onChanged);
  if (!changed) throw noSubscription();
  return changed;
}

/**
 * Ends a subscription from the consumer's side.
 *
 * @throws Refusal not-found where there is none, or another has ended it meanwhile
 */
export async function removeSubscription(
  deps: WorkerDeps,
  subscriptionId: string,
  by: string,
): Promise<void> {
  const subscription = await requireSubscription(deps, subscriptionId);
  requireUnmanaged(await requireReachable(deps, subscription.repositoryId), by);
  if (!(await endSubscription(deps, subscription))) throw noSubscription();
}

function checkEventTypes(service: Service, eventTypes: readonly string[]): void {
  for (const [index, type] of eventTypes.entries()) {
    if (letsThrough(service.eventTypes, type)) continue;
    throw invalidAt(
      ["eventTypes", index],
      `The service allows ${service.eventTypes.join(", ")}, not ${type}.`,
    );
  }
}

/**
 * Checks a filter, which is to be right before it is saved.
 *
 * @throws Refusal invalid with what is wrong, and its line and column
 */
async function checkFilter(filter: string): Promise<void> {
  const fault = await filterFault(filter);
  if (fault) throw invalidAt(["filter"], fault);
}

/** Without a confirm a durable delivery would only repeat itself, so there has to be a way for one to come. */
function checkDurable(
  repository: Repository,
  { durable, start }: Pick<Subscription, "durable" | "start">,
): void {
  // The run that GitHub names can be asked for, with neither.
  if (startsWorkflow({ start })) return;
  if (durable === null || canConfirm(repository)) return;
  const detail = `Durable delivery needs confirmations: turn on completion tracking for ${repository.fullName}, or put the confirm action into its workflow and let it run once.`;
  throw new Refusal("conflict", detail, { errors: [{ pointer: "/durable", detail }] });
}
