import type { Zekt } from "../../deps.ts";
import { iso } from "../../domain/clock.ts";
import { Refusal } from "../../domain/refusal.ts";
import { listWorkflowFiles } from "../../github/contents.ts";
import { reachableRepository, refuseIfManaged } from "./enable-provider.ts";

/**
 * Lets a workflow's runs leave its repository. Safe to repeat.
 *
 * @throws Refusal where there is no such workflow on the default branch
 */
export async function whitelistWorkflow(
  zekt: Zekt,
  { repositoryId, path, by }: { repositoryId: string; path: string; by: string },
): Promise<void> {
  const repository = await reachableRepository(zekt, repositoryId);
  refuseIfManaged(repository, by);
  if (!(await listWorkflowFiles(zekt.github, repository)).includes(path)) {
    throw new Refusal("invalid", `${path} is not a workflow on ${repository.fullName}'s default branch.`, {
      errors: [{ pointer: "/path", detail: "There is no such workflow." }],
    });
  }
  await zekt.store.catalog.addWorkflow({ repositoryId, path, addedAt: iso(zekt.clock.now()), addedBy: by });
}

/** Blocks a workflow's runs again; services of it stay and let nothing out. */
export async function unlistWorkflow(
  zekt: Zekt,
  { repositoryId, path, by }: { repositoryId: string; path: string; by: string },
): Promise<void> {
  refuseIfManaged(await reachableRepository(zekt, repositoryId), by);
  await zekt.store.catalog.removeWorkflow({ repositoryId, path });
}
