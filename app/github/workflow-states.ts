import type { Repository } from "../domain/records/repository.ts";
import type { GitHub } from "./client.ts";
import { hasStatus } from "./installations.ts";

type Target = Pick<Repository, "repositoryId" | "ownerId" | "installationId">;

/** Pages of workflows read at most, of 100 each. */
const MAX_PAGES = 5;
const PER_PAGE = 100;

/**
 * Finds the workflows that are switched off in a repository, each with GitHub's word for why
 * (`disabled_manually`, `disabled_inactivity`, `disabled_fork`). Empty where the App may not read Actions.
 * https://docs.github.com/en/rest/actions/workflows#list-repository-workflows
 */
export async function findDisabledWorkflows(
  github: GitHub,
  { repositoryId, ownerId, installationId }: Target,
): Promise<ReadonlyMap<string, string>> {
  const disabled = new Map<string, string>();
  if (installationId === null) return disabled;
  try {
    const octokit = await github.as(
      { installationId, ownerId },
      { repositoryIds: [repositoryId], permissions: { actions: "read" } },
    );
    for (let page = 1; page <= MAX_PAGES; page++) {
      const { data } = await octokit.request("GET /repositories/{repository_id}/actions/workflows", {
        repository_id: Number(repositoryId),
        per_page: PER_PAGE,
        page,
      });
      const { workflows } = data as { workflows: { path: string; state: string }[] };
      for (const { path, state } of workflows) if (state.startsWith("disabled")) disabled.set(path, state);
      if (workflows.length < PER_PAGE) break;
    }
  } catch (error) {
    // What cannot be read is not known to be switched off.
    if (!hasStatus(error, 401, 403, 404, 422, 451)) throw error;
  }
  return disabled;
}
