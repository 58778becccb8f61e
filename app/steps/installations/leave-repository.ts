import type { WorkerDeps } from "../../deps.ts";
import { iso } from "../../domain/clock.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { ENDED_STATUSES } from "../../domain/records/subscription.ts";
import { endSubscription, updateSubscription } from "../catalog/update-subscription.ts";
import { updatePermissionNotice } from "../notices/raise-notice.ts";

/**
 * Removes a repository that the App no longer reaches, unless GitHub said otherwise after `askedAt`. Nothing comes
 * from it or goes to it. Approved consumers need a new approval, and requests that nobody can answer are removed. The
 * webhook there is out of our hands; what it sends is refused.
 */
export async function leaveRepository(
  deps: WorkerDeps,
  repository: Repository,
  askedAt: string,
): Promise<void> {
  const { accounts } = deps.store;
  const { repositoryId } = repository;
  if (!(await accounts.recordKnownRepository({ repositoryId, reachable: false }, askedAt))) return;
  // Before it is switched off, since by that a repetition knows that it was in use.
  if (repository.provider || repository.consumer) await raiseLeavingNotice(deps, repository);
  const off = { provider: false, consumer: false, tracking: false, managedBy: null };
  if (!(await accounts.recordKnownRepository({ repositoryId, ...off }, askedAt))) return;
  await accounts.changeHook(repositoryId, () => ({ hook: null, hookProblem: null }));
  await accounts.scheduleRepository(repositoryId, null);
  await endSubscriptions(deps, repositoryId);
  // Last, since by it a repetition knows whether it is done.
  await accounts.recordKnownRepository({ repositoryId, installationId: null }, askedAt);
}

async function raiseLeavingNotice(deps: WorkerDeps, repository: Repository): Promise<void> {
  const reason = `The App does not reach ${repository.fullName} any more: nothing leaves it and nothing arrives. Install the App on it again.`;
  await updatePermissionNotice(deps, repository, "installation", reason);
}

async function endSubscriptions(deps: WorkerDeps, repositoryId: string): Promise<void> {
  const { catalog } = deps.store;
  const { services } = await catalog.offerOf(repositoryId);
  const subscriptions = await catalog.subscriptionsOf(repositoryId);
  for (const { serviceId } of services) subscriptions.push(...(await catalog.subscriptionsTo(serviceId)));
  const decidedAt = iso(deps.clock.now());
  for (const subscription of subscriptions) {
    if (subscription.status === "requested") await endSubscription(deps, subscription);
    else {
      await updateSubscription(deps, subscription, ({ status }) =>
        status === "approved" ? { status: "revoked", decidedAt, decidedBy: ENDED_STATUSES } : null,
      );
    }
  }
}

/** Removes a repository that was deleted on GitHub, with all it offered. */
export async function forgetRepository(
  deps: WorkerDeps,
  repositoryId: string,
  askedAt: string,
): Promise<void> {
  const { accounts, catalog } = deps.store;
  const repository = await accounts.getRepository(repositoryId);
  if (!repository) return;
  await leaveRepository(deps, repository, askedAt);
  const { services, workflows } = await catalog.offerOf(repositoryId);
  for (const service of services) await catalog.removeService(service);
  for (const workflow of workflows) await catalog.removeWorkflow(workflow);
  await accounts.removeRepository(repositoryId);
}
