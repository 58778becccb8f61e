import type { WorkerDeps } from "../../deps.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { readFile } from "../../github/contents.ts";

/**
 * The event types that a workflow file listens to, null where it listens to all; none where there is no such
 * file. What was read once is remembered.
 *
 * @param version - what the file's text cannot change under: a commit, or the hash of the text
 * @param ref - where it is read, the default branch where nothing is given
 * @throws Refusal where the App may not read the repository's files
 */
export async function listenedTypes(
  deps: WorkerDeps,
  repository: Repository,
  file: { path: string; version: string; ref?: string },
): Promise<string[] | null> {
  const key = `${repository.repositoryId} ${file.version} ${file.path}`;
  const known = deps.workflowTypes.get(key);
  if (known) return known.types;
  const text = await readFile(deps.github, repository, file.path, file.ref);
  // With its reader of YAML, which a function that starts for something else need not load.
  const { dispatchTypesOf } = await import("../../domain/delivery/dispatch-types.ts");
  const types = text === null ? [] : dispatchTypesOf(text);
  deps.workflowTypes.set(key, { types });
  return types;
}
