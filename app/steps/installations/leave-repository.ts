import type { Zekt } from "../../deps.ts";
import { LET_GO } from "../../domain/catalog/catalog.ts";
import { iso } from "../../domain/clock.ts";
import type { Repository } from "../../domain/installations/account.ts";
import { endSubscription, moveSubscription } from "../catalog/move-subscription.ts";
import { tellPermission } from "../notices/tell.ts";

/**
 * Lets go of a repository the App reaches no more, unless GitHub said otherwise after `askedAt`: nothing
 * comes from it or goes to it, whoever was approved has to be approved again, and requests nobody can
 * answer any more are gone. The webhook there is out of our hands; what it sends is refused.
 */
export async function leaveRepository(zekt: Zekt, repository: Repository, askedAt: string): Promise<void> {
  const { accounts } = zekt.store;
  const { repositoryId } = repository;
  const left = await accounts.learnRepository(
    { repositoryId, reachable: false, provider: false, consumer: false, tracking: false, managedBy: null },
    askedAt,
  );
  if (!left) return;
  if (repository.provider || repository.consumer) await tellOfLeaving(zekt, repository);
  await accounts.changeHook(repositoryId, () => ({ hook: null, hookProblem: null }));
  await accounts.scheduleRepository(repositoryId, null);
  await endSubscriptions(zekt, repositoryId);
  // Last, since by it a repetition knows whether it is done.
  await accounts.learnRepository({ repositoryId, installationId: null }, askedAt);
}

async function tellOfLeaving(zekt: Zekt, repository: Repository): Promise<void> {
  const reason = `The App does not reach ${repository.fullName} any more: nothing leaves it and nothing arrives. Install the App on it again.`;
  await tellPermission(zekt, repository, "installation", reason);
}

async function endSubscriptions(zekt: Zekt, repositoryId: string): Promise<void> {
  const { catalog } = zekt.store;
  const { services } = await catalog.offerOf(repositoryId);
  const subscriptions = await catalog.subscriptionsOf(repositoryId);
  for (const { serviceId } of services) subscriptions.push(...(await catalog.subscriptionsTo(serviceId)));
  const decidedAt = iso(zekt.clock.now());
  for (const subscription of subscriptions) {
    if (subscription.status === "requested") await endSubscription(zekt, subscription);
    else {
      await moveSubscription(zekt, subscription, ({ status }) =>
        status === "approved" ? { status: "revoked", decidedAt, decidedBy: LET_GO } : null,
      );
    }
  }
}

/** Removes a repository that was deleted on GitHub, with all it offered. */
export async function forgetRepository(zekt: Zekt, repositoryId: string, askedAt: string): Promise<void> {
  const { accounts, catalog } = zekt.store;
  const repository = await accounts.getRepository(repositoryId);
  if (!repository) return;
  await leaveRepository(zekt, repository, askedAt);
  const { services, workflows } = await catalog.offerOf(repositoryId);
  for (const service of services) await catalog.removeService(service);
  for (const workflow of workflows) await catalog.removeWorkflow(workflow);
  await accounts.removeRepository(repositoryId);
}
