import type { Repository } from "../domain/account.ts";
import { readFile, workflowFiles } from "../github/contents.ts";
import type { Zekt } from "../zekt.ts";

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
export async function findListeners(zekt: Zekt, repository: Repository): Promise<Listener[]> {
  const files = (await workflowFiles(zekt.github, repository)).slice(0, MAX_FILES);
  const found: Listener[] = [];
  for (let i = 0; i < files.length; i += AT_ONCE) {
    const batch = files.slice(i, i + AT_ONCE);
    const types = await Promise.all(batch.map((file) => typesOf(zekt, repository, file)));
    found.push(...batch.map(({ path }, index) => ({ path, types: types[index] as string[] | null })));
  }
  return found.filter(({ types }) => types === null || types.length > 0);
}

async function typesOf(
  zekt: Zekt,
  repository: Repository,
  { path, sha }: { path: string; sha: string },
): Promise<string[] | null> {
  const key = `${repository.repositoryId} blob ${sha} ${path}`;
  const known = zekt.workflowTypes.get(key);
  if (known) return known.types;
  const text = await readFile(zekt.github, repository, path);
  // With its reader of YAML, which a function that starts for something else need not load.
  const { dispatchTypesOf } = await import("../domain/dispatch-types.ts");
  const types = text === null ? [] : dispatchTypesOf(text);
  zekt.workflowTypes.set(key, { types });
  return types;
}
