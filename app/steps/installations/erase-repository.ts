import type { WorkerDeps } from "../../deps.ts";
import { MINUTE } from "../../domain/clock.ts";
import { connectionScope } from "../../domain/delivery/delivery-facts.ts";
import type { AuditScope } from "../../domain/records/audit-entry.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import type { Repository } from "../../domain/records/repository.ts";
import type { Subscription } from "../../domain/records/subscription.ts";
import { FILTER_FAILURE, SUBSCRIPTION_REPLAYS } from "../../store/fact-kinds.ts";
import { pages } from "../../store/pages.ts";
import type { RemnantsJob } from "../../store/queues.ts";
import { eraseNotice, eraseNotices } from "../notices/erase-notices.ts";
import { forgetRepository } from "./leave-repository.ts";
import { askedNow } from "./sync-repository.ts";

/** The archive's prefixes that hold a repository's objects: joined payloads, messages and plans. */
const ARCHIVED = ["events", "messages", "plans"] as const;
/** Items a page holds. */
const PAGE = 100;
/** Longer than any work takes that had read the repository before it was erased, and than indexes are behind. */
const LOOK_AGAIN_AFTER = 15 * MINUTE;
/** Connections that one later look is for: their ids have to fit into its job. */
const CONNECTIONS_A_LOOK = 1000;

/** The work of one call is done, and some is left. */
export class Interrupted extends Error {}

/** Removes everything stored of a repository; `spend` is called for each page, and may throw. */
export async function eraseRepository(
  deps: WorkerDeps,
  { repositoryId, ownerId }: Repository,
  spend: () => void,
): Promise<void> {
  await eraseStored(deps, repositoryId, spend);
  spend();
  const subscriptions = await subscriptionsOf(deps, repositoryId);
  await planLooks(
    deps,
    { repositoryId, ownerId },
    subscriptions.map(({ subscriptionId }) => subscriptionId),
  );
  for (const subscription of subscriptions) {
    await eraseOthersNotices(deps, repositoryId, subscription);
    await eraseReplays(deps, subscription.subscriptionId);
    await deps.store.catalog.removeSubscription(subscription);
    await eraseConnection(deps, subscription.subscriptionId);
  }
  await forgetRepository(deps, repositoryId, askedNow(deps));
  // Last, since its own leaving raises a notice as well.
  await eraseNotices(deps, { repositoryId, ownerId });
}

/** Removes what came back of a repository, and of its connections, after it was erased. */
export async function eraseRemnants(
  deps: WorkerDeps,
  { repositoryId, ownerId, subscriptionIds }: RemnantsJob,
  spend: () => void,
): Promise<void> {
  await eraseStored(deps, repositoryId, spend);
  for (const subscriptionId of subscriptionIds) await eraseConnection(deps, subscriptionId);
  await eraseNotices(deps, { repositoryId, ownerId });
}

/** Schedules another check of a repository, and each of its connections. */
async function planLooks(
  deps: WorkerDeps,
  repository: { repositoryId: string; ownerId: string },
  subscriptionIds: readonly string[],
): Promise<void> {
  const at = deps.clock.now() + LOOK_AGAIN_AFTER;
  const remnants: RemnantsJob[] = [];
  for (let i = 0; i === 0 || i < subscriptionIds.length; i += CONNECTIONS_A_LOOK) {
    const some = subscriptionIds.slice(i, i + CONNECTIONS_A_LOOK);
    remnants.push({ kind: "remnants", ...repository, subscriptionIds: some });
  }
  await deps.store.jobs.enqueue(remnants, at);
}

async function eraseStored(deps: WorkerDeps, repositoryId: string, spend: () => void): Promise<void> {
  const { deliveries, runs, archive, meters } = deps.store;
  for (const side of ["provider", "consumer"] as const) {
    for await (const ids of pages((cursor) =>
      deliveries.listIds(side, repositoryId, { limit: PAGE, cursor }),
    )) {
      spend();
      for (const one of (await deliveries.getMany(ids)).filter(isDeadLetter))
        await eraseDeadLetter(deps, one);
      // By their ids: what cannot be read is removed as well.
      await deliveries.removeAll(ids);
    }
  }
  for await (const keys of pages((cursor) => runs.keysOfRepository(repositoryId, { limit: PAGE, cursor }))) {
    spend();
    await runs.removeAll(keys);
  }
  for (const kind of ARCHIVED) {
    for await (const keys of pages((cursor) => archive.list(`${kind}/${repositoryId}/`, cursor))) {
      spend();
      await archive.removeAll(keys);
    }
  }
  await meters.remove(`repository#${repositoryId}`);
  await eraseAudit(deps, `repository#${repositoryId}`, spend);
}

/** Removes an audit trail, and the entries about it in the trails of others. */
export async function eraseAudit(deps: WorkerDeps, scope: AuditScope, spend: () => void): Promise<void> {
  const { audit } = deps.store;
  // Page by page: what is past its days, and not removed yet, is in none and may fill the first of them.
  for await (const entries of pages((cursor) => audit.list(scope, { limit: PAGE, cursor }))) {
    spend();
    await audit.removeAll(entries);
  }
}

async function subscriptionsOf(deps: WorkerDeps, repositoryId: string): Promise<Subscription[]> {
  const { catalog } = deps.store;
  const { services } = await catalog.offerOf(repositoryId);
  const subscriptions = await catalog.subscriptionsOf(repositoryId);
  for (const { serviceId } of services) subscriptions.push(...(await catalog.subscriptionsTo(serviceId)));
  return subscriptions;
}

const isDeadLetter = ({ status, durable }: Delivery): boolean => status === "Failed" && durable !== null;

/** Removes the notice of a failed delivery, which names its provider. */
async function eraseDeadLetter(deps: WorkerDeps, delivery: Delivery): Promise<void> {
  const { consumerRepositoryId: repositoryId, consumerOwnerId: ownerId, deliveryId } = delivery;
  await eraseNotice(deps, { repositoryId, ownerId, kind: "dead-letter", subject: deliveryId });
}

/** Removes what a notice at the other end of a subscription says of a repository. */
async function eraseOthersNotices(
  deps: WorkerDeps,
  erased: string,
  { subscriptionId: subject, ...of }: Subscription,
): Promise<void> {
  const atConsumer = {
    repositoryId: of.repositoryId,
    ownerId: of.ownerId,
    kind: "connection-paused",
  } as const;
  const atProvider = {
    repositoryId: of.providerRepositoryId,
    ownerId: of.providerOwnerId,
    kind: "access-requested",
  } as const;
  for (const key of [atConsumer, atProvider]) {
    if (key.repositoryId !== erased) await eraseNotice(deps, { ...key, subject });
  }
}

async function eraseConnection(deps: WorkerDeps, subscriptionId: string): Promise<void> {
  const { connections, facts, failures, meters } = deps.store;
  await meters.remove(connectionScope(subscriptionId));
  await failures.remove(subscriptionId);
  await connections.remove(subscriptionId);
  await facts.remove(FILTER_FAILURE.of({ subscriptionId }));
}

/** Removes a connection's bulk replays, which name the people who requested them. */
async function eraseReplays(deps: WorkerDeps, subscriptionId: string): Promise<void> {
  const { facts, replayJobs } = deps.store;
  for (const jobId of await facts.recorded(SUBSCRIPTION_REPLAYS.of({ subscriptionId }), "0", "9")) {
    await replayJobs.remove(jobId);
  }
}
