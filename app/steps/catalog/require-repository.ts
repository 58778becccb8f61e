import type { WorkerDeps } from "../../deps.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { Refusal } from "../../domain/refusal.ts";

/** A repository the App is installed on, or a refusal that says how it gets there. */
export async function requireReachable(deps: WorkerDeps, repositoryId: string): Promise<Repository> {
  const repository = await deps.store.accounts.getRepository(repositoryId);
  if (!repository) throw new Refusal("not-found", "There is no such repository here.");
  if (repository.reachable) return repository;
  const account = await deps.store.accounts.getAccount(repository.ownerId);
  throw new Refusal(
    "forbidden",
    account?.installation === "suspended"
      ? `The App's installation on ${account.login} is suspended; its owner can lift that on GitHub.`
      : `The App is not installed on ${repository.fullName}; install it there first.`,
  );
}

/** Refuses a change by hand where a file manages the repository. */
export function requireUnmanaged(repository: Repository, by: string): void {
  if (repository.managedBy !== null && by !== repository.managedBy) {
    throw new Refusal(
      "conflict",
      `${repository.fullName} is managed by ${repository.managedBy}; change that file on its default branch instead.`,
    );
  }
}
