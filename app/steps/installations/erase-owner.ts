import type { WorkerDeps } from "../../deps.ts";
import { connectionScope } from "../../domain/delivery/delivery-facts.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { Refusal } from "../../domain/refusal.ts";
import { pages } from "../../store/pages.ts";
import { forgetRepository } from "./leave-repository.ts";
import { askedNow } from "./sync-repository.ts";

/** The archive's prefixes that hold a repository's objects: joined payloads, messages and plans. */
const ARCHIVED = ["events", "messages", "plans"] as const;
/** Pages one call works through; what is left is a job's. */
const PAGES_PER_CALL = 50;
/** Items a page holds. */
const PAGE = 100;

/** The work of one call is done, and some is left. */
class Interrupted extends Error {}

/**
 * Removes everything stored of an owner: what it offered and wanted, what its runs said, and every delivery it had a
 * part in. Finds it by indexes, so that it can be cut off anywhere and begun again. Of a large owner it erases a part
 * and enqueues the rest. Counts of single facts and of what was used once end by themselves, within 40 days.
 *
 * @throws Refusal conflict while the App is installed: it would only be filled again
 */
export async function eraseOwner(
  deps: WorkerDeps,
  ownerId: string,
  pagesPerCall = PAGES_PER_CALL,
): Promise<void> {
  const { accounts, meters } = deps.store;
  const account = await accounts.getAccount(ownerId);
  if (account && account.installation !== "none") {
    throw new Refusal(
      "conflict",
      `Uninstall the App from ${account.login} first; then its data can be erased.`,
    );
  }
  let left = pagesPerCall;
  const spend = (): void => {
    if (left-- <= 0) throw new Interrupted();
  };
  try {
    for (const repository of await accounts.allRepositories(ownerId)) {
      await eraseRepository(deps, repository, spend);
    }
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    return await deps.store.queues.enqueueJobs([{ kind: "erasure", ownerId }]);
  }
  await meters.remove(`owner#${ownerId}`);
  // Last, since by it a repetition knows that somebody asked.
  await accounts.removeAccount(ownerId);
}

async function eraseRepository(
  deps: WorkerDeps,
  { repositoryId }: Repository,
  spend: () => void,
): Promise<void> {
  const { deliveries, runs, archive, meters } = deps.store;
  for (const side of ["provider", "consumer"] as const) {
    for await (const items of pages((cursor) =>
      deliveries.list(side, repositoryId, { limit: PAGE, cursor }),
    )) {
      spend();
      await deliveries.removeAll(items.map(({ deliveryId }) => deliveryId));
    }
  }
  for await (const items of pages((cursor) => runs.ofRepository(repositoryId, { limit: PAGE, cursor }))) {
    spend();
    await runs.removeAll(items);
  }
  for (const kind of ARCHIVED) {
    for await (const keys of pages((cursor) => archive.list(`${kind}/${repositoryId}/`, cursor))) {
      spend();
      await archive.removeAll(keys);
    }
  }
  spend();
  await eraseSubscriptions(deps, repositoryId);
  await meters.remove(`repository#${repositoryId}`);
  await forgetRepository(deps, repositoryId, askedNow(deps));
}

async function eraseSubscriptions(deps: WorkerDeps, repositoryId: string): Promise<void> {
  const { catalog, connections, failures, meters } = deps.store;
  const { services } = await catalog.offerOf(repositoryId);
  const subscriptions = await catalog.subscriptionsOf(repositoryId);
  for (const { serviceId } of services) subscriptions.push(...(await catalog.subscriptionsTo(serviceId)));
  for (const subscription of subscriptions) {
    await catalog.removeSubscription(subscription);
    await meters.remove(connectionScope(subscription.subscriptionId));
    await failures.remove(subscription.subscriptionId);
    await connections.remove(subscription.subscriptionId);
  }
}
