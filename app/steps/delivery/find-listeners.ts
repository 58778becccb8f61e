import type { WorkerDeps } from "../../deps.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { workflowFiles } from "../../github/contents.ts";
import { listenedTypes } from "./listened-types.ts";

/** A workflow of a default branch and the event types it listens to; null for any. */
export interface Listener {
  path: string;
  types: string[] | null;
}

/** Workflow files looked into at most, and how many at once: each costs its owner a request to GitHub. */
const MAX_FILES = 60;
const AT_ONCE = 6;

/**
 * The workflows of a repository's default branch that a dispatch can start.
 *
 * @throws Refusal where the App may not read the repository's files
 */
export async function findListeners(deps: WorkerDeps, repository: Repository): Promise<Listener[]> {
  const files = (await workflowFiles(deps.github, repository)).slice(0, MAX_FILES);
  const found: Listener[] = [];
  for (let i = 0; i < files.length; i += AT_ONCE) {
    const batch = files.slice(i, i + AT_ONCE);
    const types = await Promise.all(
      batch.map(({ path, sha }) => listenedTypes(deps, repository, { path, version: `blob ${sha}` })),
    );
    found.push(...batch.map(({ path }, index) => ({ path, types: types[index] as string[] | null })));
  }
  return found.filter(({ types }) => types === null || types.length > 0);
}
