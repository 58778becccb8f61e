import type { ApiDeps } from "../../deps.ts";
import { LOCK_FILE, unlockedActions, type WorkflowHazards } from "../../domain/delivery/workflow-hazards.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { readFile } from "../../github/contents.ts";
import type { Obstacle } from "./preflight.ts";
import type { Warning } from "./preflight-pairing.ts";

/** A workflow that takes deliveries. */
type Taker = WorkflowHazards & { path: string };

/**
 * Finds why GitHub would drop deliveries that it took. Either a concurrency group cancels the run that waits when
 * another comes, or the lock file lacks an action of the workflow.
 *
 * @param ref - where the lock file is read, the default branch where nothing is given
 * @throws Refusal where the App may not read the repository's files
 */
export async function findHazards(
  deps: ApiDeps,
  repository: Repository,
  takers: readonly Taker[],
  ref?: string,
): Promise<{ obstacles: Obstacle[]; warnings: Warning[] }> {
  const { fullName, defaultBranch } = repository;
  const warnings: Warning[] = takers
    .filter(({ cancelsRuns }) => cancelsRuns)
    .map(({ path }) => ({
      code: "runs-cancelled",
      message: `A concurrency group in ${path} on ${ref ?? defaultBranch} of ${fullName} lets one run wait: GitHub cancels it when another comes, and its delivery with it. Give the group queue: max, or leave it out.`,
      link: deps.links.file(repository, path),
    }));
  if (!takers.some(({ actions }) => actions.length > 0)) return { obstacles: [], warnings };
  const lock = await readFile(deps.github, repository, LOCK_FILE, ref);
  if (lock === null) return { obstacles: [], warnings };
  const obstacles: Obstacle[] = [];
  const link = deps.links.file(repository, LOCK_FILE);
  for (const { path, actions } of takers) {
    const missing = unlockedActions(lock, path, actions);
    if (missing === null) {
      const message = `${LOCK_FILE} of ${fullName} is not in a form that Zekt reads. GitHub starts no job of ${path} where that file lacks one of its actions: run gh actions-lock.`;
      warnings.push({ code: "lock-unreadable", message, link });
    } else if (missing.length > 0) {
      const message = `${LOCK_FILE} on ${ref ?? defaultBranch} of ${fullName} lacks ${missing.join(" and ")} of ${path}; GitHub starts no job of it. Run gh actions-lock and commit the file.`;
      obstacles.push({ code: "actions-unlocked", message, link });
    }
  }
  return { obstacles, warnings };
}
