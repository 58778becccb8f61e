import type { WorkerDeps } from "../../deps.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { placeHook, removeHook } from "../hooks/place-hook.ts";
import { requireReachable, requireUnmanaged } from "./require-repository.ts";

/** Enables a repository to subscribe to services and receive their events. Safe to repeat. */
export async function enableConsumer(
  deps: WorkerDeps,
  repositoryId: string,
  by: string,
): Promise<Repository> {
  requireUnmanaged(await requireReachable(deps, repositoryId), by);
  return await deps.store.accounts.saveRepository({ repositoryId, consumer: true });
}

/** Ends a repository's receiving; its subscriptions stay as they are. */
export async function disableConsumer(
  deps: WorkerDeps,
  repositoryId: string,
  by: string,
): Promise<Repository> {
  requireUnmanaged(await requireReachable(deps, repositoryId), by);
  return await deps.store.accounts.saveRepository({ repositoryId, consumer: false });
}

/** Follows a consumer's runs by a webhook in its repository, which confirms and completes deliveries by itself. */
export async function enableTracking(
  deps: WorkerDeps,
  repositoryId: string,
  by: string,
): Promise<Repository> {
  const repository = await requireReachable(deps, repositoryId);
  requireUnmanaged(repository, by);
  await placeHook(deps, repository);
  return await deps.store.accounts.saveRepository({ repositoryId, tracking: true });
}

/** Stops following a consumer's runs; the webhook goes unless the repository is a provider too. */
export async function disableTracking(
  deps: WorkerDeps,
  repositoryId: string,
  by: string,
): Promise<Repository> {
  const repository = await requireReachable(deps, repositoryId);
  requireUnmanaged(repository, by);
  const disabled = await deps.store.accounts.saveRepository({ repositoryId, tracking: false });
  if (!disabled.provider) await removeHook(deps, disabled);
  return disabled;
}
