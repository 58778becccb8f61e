import type { WorkerDeps } from "../../deps.ts";
import type { RefusedFile } from "../../domain/delivery/dispatch-types.ts";
import type { WorkflowHazards } from "../../domain/delivery/workflow-hazards.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { workflowFiles } from "../../github/contents.ts";
import { listenedTypes } from "./listened-types.ts";

/** A workflow of a default branch and the event types it listens to; null for any. */
export interface Listener extends WorkflowHazards {
  path: string;
  types: string[] | null;
  /** True where it speaks of its delivery by the actions. */
  speaks: boolean;
  /** True where its runs are named for their delivery. */
  namesDelivery: boolean;
}

/** The workflows of a default branch, as far as they were read. */
export interface FoundListeners {
  listeners: Listener[];
  /** Workflow files that GitHub refuses. */
  refused: (RefusedFile & { path: string })[];
  /** The number of workflow files, and of those that were read. */
  files: number;
  read: number;
}

/** Workflow files read at most, and how many at once: each costs its owner a request, once a version. */
const MAX_FILES = 300;
const AT_ONCE = 6;

/**
 * Finds the workflows of a repository's default branch that a dispatch can start. The one that is `first`
 * is read whatever there is besides; `ref` names another commit.
 *
 * @throws Refusal where the App may not read the repository's files
 */
export async function findListeners(
  deps: WorkerDeps,
  repository: Repository,
  first: string | null = null,
  ref?: string,
): Promise<FoundListeners> {
  const all = await workflowFiles(deps.github, repository, ref);
  const files = [...all]
    .sort((a, b) => Number(b.path === first) - Number(a.path === first))
    .slice(0, MAX_FILES);
  const found: FoundListeners = { listeners: [], refused: [], files: all.length, read: files.length };
  for (let i = 0; i < files.length; i += AT_ONCE) {
    const batch = files.slice(i, i + AT_ONCE);
    const read = await Promise.all(
      batch.map(({ path, sha }) => listenedTypes(deps, repository, { path, version: `blob ${sha}`, ref })),
    );
    for (const [index, { types, refused, ...tells }] of read.entries()) {
      const { path } = batch[index] as { path: string };
      if (refused) found.refused.push({ path, ...refused });
      else if (types === null || types.length > 0) found.listeners.push({ path, types, ...tells });
    }
  }
  return found;
}
