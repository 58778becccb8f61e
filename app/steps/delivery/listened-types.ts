import type { WorkerDeps } from "../../deps.ts";
import type { FileMarks, ReadFile } from "../../domain/delivery/dispatch-types.ts";
import type { WorkflowHazards } from "../../domain/delivery/workflow-hazards.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { readFile } from "../../github/contents.ts";

/** A workflow file as it was read. */
export type ReadWorkflow = ReadFile & FileMarks & WorkflowHazards;

/** Stands for a file that is missing, or does not listen to dispatches. */
const NOTHING: ReadWorkflow = {
  types: [],
  refused: null,
  speaks: false,
  namesDelivery: false,
  cancelsRuns: false,
  actions: [],
};

/**
 * Reads the event types that a workflow file listens to, or why GitHub would refuse it; none where there is
 * no such file. What was read once is remembered.
 *
 * @param version - what the file's text cannot change under: a commit, or the hash of the text
 * @param ref - where it is read, the default branch where nothing is given
 * @throws Refusal where the App may not read the repository's files
 */
export async function listenedTypes(
  deps: WorkerDeps,
  repository: Repository,
  file: { path: string; version: string; ref?: string },
): Promise<ReadWorkflow> {
  const key = `${repository.repositoryId} ${file.version} ${file.path}`;
  const known = deps.workflowTypes.get(key);
  if (known) return known;
  const text = await readFile(deps.github, repository, file.path, file.ref);
  // With its reader of YAML, which a function that starts for something else need not load.
  const { readDispatchTypes, readMarks } = await import("../../domain/delivery/dispatch-types.ts");
  const { readHazards } = await import("../../domain/delivery/workflow-hazards.ts");
  // Whatever is wrong with a file that does not speak of dispatches, it is none of Zekt's.
  const read = text?.includes("repository_dispatch")
    ? { ...readDispatchTypes(text), ...readMarks(text), ...readHazards(text) }
    : NOTHING;
  deps.workflowTypes.set(key, read);
  return read;
}
