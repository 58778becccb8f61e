import type { Repository } from "../domain/account.ts";
import { iso } from "../domain/clock.ts";
import { Refusal } from "../domain/refusal.ts";
import { placeHook, removeHook } from "../github/repository-webhooks.ts";
import type { Zekt } from "../zekt.ts";

/** A repository the App is installed on, or a refusal that says how it gets there. */
export async function reachableRepository(zekt: Zekt, repositoryId: string): Promise<Repository> {
  const repository = await zekt.store.accounts.getRepository(repositoryId);
  if (!repository) throw new Refusal("not-found", "There is no such repository here.");
  if (!repository.reachable) {
    throw new Refusal(
      "forbidden",
      `The App is not installed on ${repository.fullName}; install it there first.`,
    );
  }
  return repository;
}

/** Refuses a change by hand where a file manages the repository. */
export function refuseIfManaged(repository: Repository, by: string): void {
  if (repository.managedBy !== null && by !== repository.managedBy) {
    throw new Refusal(
      "conflict",
      `${repository.fullName} is managed by ${repository.managedBy}; change that file on its default branch instead.`,
    );
  }
}

/**
 * Places our webhook in a repository, or mends it, and notes that GitHub's ping is awaited.
 *
 * @throws Refusal where it cannot be placed; the reason stays with the repository
 */
export async function ensureHook(zekt: Zekt, repository: Repository): Promise<void> {
  const { repositoryId } = repository;
  const { accounts } = zekt.store;
  const { version } = zekt.hookSecrets;
  const before = repository.hook;
  const rotating = before !== null && before.secretVersion !== version;
  const url = zekt.settings.repositoryWebhookUrl(repositoryId);
  const placedAt = iso(zekt.clock.now());
  const hook = {
    hookId: before?.hookId ?? "",
    secretVersion: version,
    previousSecretVersion: rotating ? before.secretVersion : (before?.previousSecretVersion ?? null),
    placedAt: before?.placedAt ?? placedAt,
    pingedAt: null,
  };
  // Known before GitHub is asked, so that its ping finds the secret it is signed with.
  await accounts.saveRepository({ repositoryId, hook });
  try {
    const secret = zekt.hookSecrets.secret(repositoryId, version) as string;
    const hookId = await placeHook(zekt.github, repository, { url, secret });
    const pinged = (await accounts.getRepository(repositoryId))?.hook?.pingedAt ?? null;
    await accounts.saveRepository({
      repositoryId,
      hook: { ...hook, hookId, pingedAt: pinged },
      hookProblem: null,
    });
  } catch (error) {
    const hookProblem = error instanceof Refusal ? error.message : "GitHub could not be reached; try again.";
    await accounts.saveRepository({ repositoryId, hook: before, hookProblem });
    throw error;
  }
}

/** Takes our webhook out of a repository that needs it for nothing any more. */
export async function dropHook(zekt: Zekt, repository: Repository): Promise<void> {
  if (repository.hook === null) return;
  await removeHook(zekt.github, repository, repository.hook.hookId);
  await zekt.store.accounts.saveRepository({
    repositoryId: repository.repositoryId,
    hook: null,
    hookProblem: null,
  });
}

/**
 * Makes a repository a provider: its workflow runs are heard from now on. Safe to repeat.
 *
 * @throws Refusal where the App is not installed, the webhook cannot be placed, or a file manages the repository
 */
export async function enableProvider(zekt: Zekt, repositoryId: string, by: string): Promise<Repository> {
  const repository = await reachableRepository(zekt, repositoryId);
  refuseIfManaged(repository, by);
  await ensureHook(zekt, repository);
  return await zekt.store.accounts.saveRepository({ repositoryId, provider: true });
}

/** Ends a repository's being a provider; its services stay, and nothing leaves it any more. */
export async function disableProvider(zekt: Zekt, repositoryId: string, by: string): Promise<Repository> {
  const repository = await reachableRepository(zekt, repositoryId);
  refuseIfManaged(repository, by);
  const disabled = await zekt.store.accounts.saveRepository({ repositoryId, provider: false });
  if (!disabled.tracking) await dropHook(zekt, disabled);
  return disabled;
}
