import { isDeepStrictEqual } from "node:util";
import type { WorkerDeps } from "../../deps.ts";
import { subscriptionName } from "../../domain/catalog/service-name.ts";
import type { SubscriptionInput } from "../../domain/catalog/subscription-input.ts";
import { formatOf, startOf } from "../../domain/delivery/start.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { ENDED_STATUSES, type Subscription } from "../../domain/records/subscription.ts";
import {
  type FileSubscription,
  subscriptionOfFile,
  ZEKT_FILE,
  type ZektFile,
} from "../../domain/zekt-yml/zekt-file.ts";
import {
  disableConsumer,
  disableTracking,
  enableConsumer,
  enableTracking,
} from "../catalog/enable-consumer.ts";
import { requireReachable } from "../catalog/require-repository.ts";
import { checkRequest, requestSubscription } from "../catalog/subscribe.ts";
import { endSubscription, updateSubscription } from "../catalog/update-subscription.ts";
import { type Attempt, type Done, switchPart } from "./result.ts";

/** Brings a repository's being a consumer to what its file, already checked, says; notes what waits for others. */
export async function applyConsumer(
  deps: WorkerDeps,
  repository: Repository,
  consumer: ZektFile["consumer"],
  attempt: Attempt,
  notes: string[],
): Promise<void> {
  const { repositoryId } = repository;
  if (consumer && !repository.consumer) {
    await attempt(["consumer"], async (done) => {
      await enableConsumer(deps, repositoryId, ZEKT_FILE);
      done("enabled as a consumer");
    });
  }
  await attempt(
    ["consumer", "tracking"],
    async (done) => await applyTracking(deps, repository, consumer?.tracking ?? false, done),
  );
  if (!consumer) {
    if (!repository.consumer) return;
    await attempt([], async (done) => {
      await disableConsumer(deps, repositoryId, ZEKT_FILE);
      done("disabled as a consumer");
    });
    return;
  }
  const wanted = new Set<string>();
  let complete = true;
  for (const [index, one] of consumer.subscriptions.entries()) {
    const isDone = await attempt(["consumer", "subscriptions", index], async (done) => {
      const subscription = await subscribe(deps, repositoryId, one, done);
      wanted.add(subscription.subscriptionId);
      const note = remarkOn(subscription.status);
      if (note) notes.push(`${one.service} ${note}`);
    });
    complete &&= isDone;
  }
  // What could not be applied may be one that stands under a name that is not understood just now.
  if (complete) await attempt(["consumer"], async (done) => await endOthers(deps, repository, wanted, done));
}

async function applyTracking(
  deps: WorkerDeps,
  repository: Repository,
  tracking: boolean,
  done: Done,
): Promise<void> {
  const { repositoryId } = repository;
  const broken = repository.hook === null || repository.hookProblem !== null;
  if (tracking && (!repository.tracking || broken)) {
    await enableTracking(deps, repositoryId, ZEKT_FILE);
    done(repository.tracking ? "fixed the webhook" : "turned completion tracking on");
  }
  if (!tracking && repository.tracking) {
    // The file says itself which of its subscriptions are durable; they are brought to that next.
    const step = () => disableTracking(deps, repositoryId, ZEKT_FILE, "keep");
    await switchPart(deps, repository, "tracking", step, () => done("turned completion tracking off"));
  }
}

/** Asks for a service, or brings what stands to what is wanted. What its provider refused is not asked again at each push. */
async function subscribe(
  deps: WorkerDeps,
  repositoryId: string,
  one: FileSubscription,
  done: Done,
): Promise<Subscription> {
  const repository = await requireReachable(deps, repositoryId);
  const wanted = subscriptionOfFile(one);
  const { standing, input } = await checkRequest(deps, repository, wanted);
  const refused = standing?.status === "denied" || standing?.status === "revoked";
  if (!standing || (refused && standing.decidedBy === ENDED_STATUSES)) {
    const { subscription, isNew } = await request(deps, repositoryId, wanted);
    if (isNew) await tellRequest(deps, repository, one, subscription, done);
    return subscription;
  }
  const { eventTypes, filter, durable, start, ref, format } = input;
  const change = { eventTypes, filter, durable, start, ref, format };
  let changed = false;
  const moved = await updateSubscription(deps, standing, (current) => {
    // What is older than the choice stands as its default.
    const { filter = null, ref = null } = current;
    const standing = { ...current, filter, start: startOf(current), ref, format: formatOf(current) };
    changed = !isDeepStrictEqual({ ...standing, ...change }, standing);
    return changed ? change : null;
  });
  // It has ended meanwhile.
  if (!moved) return await subscribe(deps, repositoryId, one, done);
  if (changed) {
    const subject = subscriptionName(repository.fullName, await nameOf(deps, moved));
    const change = `changed the subscription to ${one.service}`;
    done(change, { action: "subscription-changed", subscription: moved, subject });
  }
  if (moved.status !== "requested") return moved;
  const { subscription: asked, isNew } = await request(deps, repositoryId, wanted);
  // Its owner is approved beforehand by now.
  if (isNew && asked.status === "approved") await tellRequest(deps, repository, one, asked, done);
  return asked;
}

/** Requests a subscription. It is new unless another application of the file, or a person, was first. */
async function request(
  deps: WorkerDeps,
  repositoryId: string,
  wanted: SubscriptionInput,
): Promise<{ subscription: Subscription; isNew: boolean }> {
  let isNew = false;
  const subscription = await requestSubscription(deps, repositoryId, wanted, ZEKT_FILE, (fields) => {
    isNew ||= fields.length === 0;
  });
  return { subscription, isNew };
}

async function tellRequest(
  deps: WorkerDeps,
  { fullName }: Repository,
  { service }: FileSubscription,
  subscription: Subscription,
  done: Done,
): Promise<void> {
  const subject = subscriptionName(fullName, await nameOf(deps, subscription));
  const change = `${subscription.status === "approved" ? "subscribed to" : "requested"} ${service}`;
  done(change, { action: "subscription-requested", subscription, subject });
}

/** Returns a note about a subscription that delivers nothing for now. */
function remarkOn(status: Subscription["status"]): string | null {
  if (status === "requested") return "waits for its provider's approval";
  if (status === "approved") return null;
  return `was ${status} by its provider; remove the entry, push, and add it again to request it again`;
}

async function endOthers(
  deps: WorkerDeps,
  { repositoryId, fullName }: Repository,
  wanted: ReadonlySet<string>,
  done: Done,
): Promise<void> {
  const { catalog } = deps.store;
  for (const subscription of await catalog.subscriptionsOf(repositoryId)) {
    if (wanted.has(subscription.subscriptionId)) continue;
    if (!(await endSubscription(deps, subscription))) continue;
    const name = await nameOf(deps, subscription);
    const subject = subscriptionName(fullName, name);
    done(`ended the subscription to ${name}`, { action: "subscription-removed", subscription, subject });
  }
}

/** A subscription's service as its consumer knows it. */
async function nameOf(deps: WorkerDeps, { serviceId, providerRepositoryId }: Subscription): Promise<string> {
  const { catalog, accounts } = deps.store;
  const service = await catalog.getService({ repositoryId: providerRepositoryId, serviceId });
  const repository = await accounts.getRepository(providerRepositoryId);
  if (!service || !repository) return serviceId;
  return `${service.alias ?? repository.fullName}/${service.slug}`;
}
