import type { Zekt } from "../../deps.ts";
import type { Repository } from "../../domain/installations/account.ts";
import { dropHook, ensureHook } from "../hooks/tend-hook.ts";
import { reachableRepository, refuseIfManaged } from "./enable-provider.ts";

/** Lets a repository subscribe to services and receive their events. Safe to repeat. */
export async function enableConsumer(zekt: Zekt, repositoryId: string, by: string): Promise<Repository> {
  refuseIfManaged(await reachableRepository(zekt, repositoryId), by);
  return await zekt.store.accounts.saveRepository({ repositoryId, consumer: true });
}

/** Ends a repository's receiving; its subscriptions stay as they are. */
export async function disableConsumer(zekt: Zekt, repositoryId: string, by: string): Promise<Repository> {
  refuseIfManaged(await reachableRepository(zekt, repositoryId), by);
  return await zekt.store.accounts.saveRepository({ repositoryId, consumer: false });
}

/** Follows a consumer's runs by a webhook in its repository, which confirms and completes deliveries by itself. */
export async function enableTracking(zekt: Zekt, repositoryId: string, by: string): Promise<Repository> {
  const repository = await reachableRepository(zekt, repositoryId);
  refuseIfManaged(repository, by);
  await ensureHook(zekt, repository);
  return await zekt.store.accounts.saveRepository({ repositoryId, tracking: true });
}

/** Stops following a consumer's runs; the webhook goes unless the repository is a provider too. */
export async function disableTracking(zekt: Zekt, repositoryId: string, by: string): Promise<Repository> {
  const repository = await reachableRepository(zekt, repositoryId);
  refuseIfManaged(repository, by);
  const disabled = await zekt.store.accounts.saveRepository({ repositoryId, tracking: false });
  if (!disabled.provider) await dropHook(zekt, disabled);
  return disabled;
}
