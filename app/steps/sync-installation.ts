import type { Repository } from "../domain/account.ts";
import { iso } from "../domain/clock.ts";
import {
  getInstallation,
  isVerified,
  listRepositories,
  type RepositoryState,
} from "../github/installations.ts";
import type { SyncJob } from "../store/queues.ts";
import type { Zekt } from "../zekt.ts";
import { restartApprovals } from "./restart-approvals.ts";

/**
 * Brings what is stored of an installation and its repositories up to what GitHub says now. Every
 * event of an installation leads here, so that it matters neither in which order they come nor whether
 * one was missed.
 */
export async function syncInstallation(zekt: Zekt, { installationId, ownerId }: SyncJob): Promise<void> {
  const { accounts } = zekt.store;
  const state = await getInstallation(zekt.github, installationId);
  const account = await accounts.getAccount(ownerId);
  if (!state) {
    // A newer installation of the same owner is none of this one's business.
    if (account?.installationId !== installationId) return;
    await accounts.saveAccount({ ...account, installationId: null, installation: "none", permissions: {} });
    for (const repository of await accounts.allRepositories(ownerId)) await leave(zekt, repository);
    return;
  }
  const installation = { installationId, ownerId: state.ownerId };
  const verified =
    state.type === "Organization" &&
    !state.suspended &&
    (await isVerified(zekt.github, installation, state.login));
  await accounts.saveAccount({
    ownerId: state.ownerId,
    login: state.login,
    type: state.type,
    verified: state.suspended ? (account?.verified ?? false) : verified,
    installationId,
    installation: state.suspended ? "suspended" : "active",
    permissions: state.permissions,
  });
  if (state.suspended) return;
  const reached = new Set<string>();
  for await (const repository of listRepositories(zekt.github, installation)) {
    reached.add(repository.repositoryId);
    await adopt(zekt, repository, installationId);
  }
  for (const repository of await accounts.allRepositories(state.ownerId)) {
    if (repository.reachable && !reached.has(repository.repositoryId)) await leave(zekt, repository);
  }
}

/** Takes up a repository as GitHub describes it; with another owner than before, its approvals start anew. */
export async function adopt(
  zekt: Zekt,
  state: RepositoryState,
  installationId: string | null,
): Promise<void> {
  const { accounts } = zekt.store;
  const before = await accounts.getRepository(state.repositoryId);
  const moved = before !== null && before.ownerId !== state.ownerId;
  await accounts.saveRepository({ ...state, installationId, reachable: installationId !== null });
  if (moved) await restartApprovals(zekt, state.repositoryId);
}

/**
 * Lets go of a repository the App reaches no more: nothing comes from it or goes to it, and whoever
 * was approved has to be approved again. The webhook there is out of our hands; its events are refused.
 */
export async function leave(zekt: Zekt, repository: Repository): Promise<void> {
  const { accounts, catalog } = zekt.store;
  const { repositoryId } = repository;
  const { services } = await catalog.offerOf(repositoryId);
  const [to, of] = await Promise.all([
    Promise.all(services.map(({ serviceId }) => catalog.subscriptionsTo(serviceId))),
    catalog.subscriptionsOf(repositoryId),
  ]);
  const decidedAt = iso(zekt.clock.now());
  for (const subscription of [...to.flat(), ...of]) {
    if (subscription.status === "requested") await catalog.removeSubscription(subscription);
    else if (subscription.status === "approved") {
      await catalog.putSubscription({ ...subscription, status: "revoked", decidedAt, decidedBy: "zekt" });
    }
  }
  // Last, since a repository that is out of reach is not looked at again: a crash before leaves it all to do.
  await accounts.saveRepository({
    repositoryId,
    reachable: false,
    provider: false,
    consumer: false,
    tracking: false,
    hook: null,
    hookProblem: null,
    managedBy: null,
    installationId: null,
  });
}

/** Removes a repository that was deleted on GitHub, with all it offered. */
export async function forget(zekt: Zekt, repositoryId: string): Promise<void> {
  const { accounts, catalog } = zekt.store;
  const repository = await accounts.getRepository(repositoryId);
  if (!repository) return;
  await leave(zekt, repository);
  const { services, workflows } = await catalog.offerOf(repositoryId);
  for (const service of services) await catalog.removeService(service);
  for (const workflow of workflows) await catalog.removeWorkflow(workflow);
  await accounts.removeRepository(repositoryId);
}
