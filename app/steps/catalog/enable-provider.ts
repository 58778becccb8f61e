import type { WorkerDeps } from "../../deps.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { placeHook, removeHook } from "../hooks/place-hook.ts";
import { requireReachable, requireUnmanaged } from "./require-repository.ts";

/**
 * Makes a repository a provider: its workflow runs are heard from now on. Safe to repeat.
 *
 * @throws Refusal where the App is not installed, the webhook cannot be placed, or a file manages the repository
 */
export async function enableProvider(
  deps: WorkerDeps,
  repositoryId: string,
  by: string,
): Promise<Repository> {
  const repository = await requireReachable(deps, repositoryId);
  requireUnmanaged(repository, by);
  await placeHook(deps, repository, { isNewProvider: !repository.provider });
  return await deps.store.accounts.setRepository({ repositoryId, provider: true });
}

/** Ends a repository's being a provider; its services stay, and nothing leaves it any more. */
export async function disableProvider(
  deps: WorkerDeps,
  repositoryId: string,
  by: string,
): Promise<Repository> {
  const repository = await requireReachable(deps, repositoryId);
  requireUnmanaged(repository, by);
  const disabled = await deps.store.accounts.setRepository({ repositoryId, provider: false });
  if (!disabled.tracking) await removeHook(deps, disabled);
  return disabled;
}
