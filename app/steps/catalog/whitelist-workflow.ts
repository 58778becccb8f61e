import type { WorkerDeps } from "../../deps.ts";
import { iso } from "../../domain/clock.ts";
import { Refusal } from "../../domain/refusal.ts";
import { listWorkflowFiles } from "../../github/contents.ts";
import { requireReachable, requireUnmanaged } from "./require-repository.ts";

/**
 * Whitelists a workflow, whose runs may then leave its repository. Returns false where they could already.
 *
 * @throws Refusal where there is no such workflow on the default branch
 */
export async function whitelistWorkflow(
  deps: WorkerDeps,
  { repositoryId, path, by }: { repositoryId: string; path: string; by: string },
): Promise<boolean> {
  const repository = await requireReachable(deps, repositoryId);
  requireUnmanaged(repository, by);
  if (!(await listWorkflowFiles(deps.github, repository)).includes(path)) {
    throw new Refusal("invalid", `${path} is not a workflow on ${repository.fullName}'s default branch.`, {
      errors: [{ pointer: "/path", detail: "There is no such workflow." }],
    });
  }
  const addedAt = iso(deps.clock.now());
  return await deps.store.catalog.addWorkflow({ repositoryId, path, addedAt, addedBy: by });
}

/** Blocks a workflow's runs again; services of it stay and let nothing out. Returns false where they were blocked already. */
export async function unlistWorkflow(
  deps: WorkerDeps,
  { repositoryId, path, by }: { repositoryId: string; path: string; by: string },
): Promise<boolean> {
  requireUnmanaged(await requireReachable(deps, repositoryId), by);
  return await deps.store.catalog.removeWorkflow({ repositoryId, path });
}
