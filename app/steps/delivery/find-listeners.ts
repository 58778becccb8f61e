import type { WorkerDeps } from "../../deps.ts";
import { type FileMarks, listensTo, type ReadFile } from "../../domain/delivery/dispatch-types.ts";
import type { RefusedFile } from "../../domain/delivery/workflow-file.ts";
import type { WorkflowHazards } from "../../domain/delivery/workflow-hazards.ts";
import { forEachConcurrently } from "../../domain/for-each-concurrently.ts";
import { missingPermissions } from "../../domain/installations/installation.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import type { ObservedRun } from "../../domain/records/observed-run.ts";
import type { Repository } from "../../domain/records/repository.ts";
import type { Speakers } from "../../domain/records/speakers.ts";
import { Refusal } from "../../domain/refusal.ts";
import { SharedWork } from "../../domain/shared-work.ts";
import { readFile, workflowFiles } from "../../github/contents.ts";
import { outageOf } from "../../github/outage.ts";
import { CONFIRMS, SPEAKERS } from "../../store/fact-kinds.ts";

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
const AT_ONCE = 12;

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
  const workflows: ReadWorkflow[] = [];
  await forEachConcurrently(files.entries(), { atOnce: AT_ONCE }, async ([index, { path, sha }]) => {
    workflows[index] = await listenedTypes(deps, repository, { path, version: `blob ${sha}`, ref });
  });
  for (const [index, { types, refused, ...tells }] of workflows.entries()) {
    const { path } = files[index] as { path: string };
    if (refused) found.refused.push({ path, ...refused });
    else if (types === null || types.length > 0) found.listeners.push({ path, types, ...tells });
  }
  return found;
}

/** A workflow file as it was read. */
export type ReadWorkflow = ReadFile & FileMarks & WorkflowHazards;

/** Stands for a file that is missing, or does not listen to dispatches. */
const NOTHING: ReadWorkflow = {
  types: [],
  refused: null,
  speaks: false,
  confirms: false,
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
  return await reading.share(deps.workflowTypes, key, async () => {
    const read = await readTypes(deps, repository, file);
    deps.workflowTypes.set(key, read);
    return read;
  });
}

/** The files that are being read: of those who ask at once, one asks GitHub. */
const reading = new SharedWork<ReadWorkflow>();

async function readTypes(
  deps: WorkerDeps,
  repository: Repository,
  file: { path: string; ref?: string },
): Promise<ReadWorkflow> {
  const text = await readFile(deps.github, repository, file.path, file.ref).catch((error: unknown) => {
    // GitHub runs no workflow of such a size. The others still do what they did.
    if (error instanceof Refusal && error.code === "too-large") return null;
    throw error;
  });
  // With its reader of YAML, which a function that starts for something else need not load.
  const { readDispatchTypes, readMarks } = await import("../../domain/delivery/dispatch-types.ts");
  const { readHazards } = await import("../../domain/delivery/workflow-hazards.ts");
  // Whatever is wrong with a file that does not speak of dispatches, it is none of Zekt's.
  return text?.includes("repository_dispatch")
    ? { ...readDispatchTypes(text), ...readMarks(text), ...readHazards(text) }
    : NOTHING;
}

/**
 * Returns whether a run's end may end its delivery. Where the subscription names no workflow and some workflow
 * speaks of such deliveries by the actions, only one that speaks may. It beats what is inferred.
 */
export async function mayDecide(
  deps: WorkerDeps,
  repository: Repository,
  run: Pick<ObservedRun, "workflow" | "headSha">,
  delivery: Pick<Delivery, "workflow" | "eventType">,
): Promise<boolean> {
  if (delivery.workflow !== null) return true;
  const speakers = (await findSpeakers(deps, repository, run.headSha)).filter(({ types }) =>
    listensTo(types, delivery.eventType),
  );
  return speakers.length === 0 || speakers.some(({ path }) => path === run.workflow);
}

/** Finds the workflows of a commit that speak of deliveries; the last commit's are recorded. */
async function findSpeakers(
  deps: WorkerDeps,
  repository: Repository,
  commit: string,
): Promise<Speakers["workflows"]> {
  const fact = SPEAKERS.of(repository);
  const known = await deps.store.facts.get(fact);
  if (known?.commit === commit) return known.workflows;
  try {
    const { listeners } = await findListeners(deps, repository, null, commit);
    const workflows = listeners.filter(({ speaks }) => speaks).map(({ path, types }) => ({ path, types }));
    await deps.store.facts.set(fact, { commit, workflows });
    return workflows;
  } catch (error) {
    // Where the files may not be read, what is inferred is all there is.
    if (error instanceof Refusal && error.code === "forbidden") return [];
    throw error;
  }
}

/**
 * Records whether a run's workflow uses the confirm action, by its file as the run had it: read once a commit. Runs of
 * one that does need not be followed while they are in progress. They have to be where the App may not read runs. At the
 * confirm deadline nobody would know that such a run is alive, and its delivery would be dispatched again.
 */
export async function recordConfirms(
  deps: WorkerDeps,
  { repositoryId, workflow, headSha }: Pick<ObservedRun, "repositoryId" | "workflow" | "headSha">,
): Promise<void> {
  const fact = CONFIRMS.of({ repositoryId, workflow });
  if ((await deps.store.facts.get(fact))?.commit === headSha) return;
  const repository = await deps.store.accounts.getRepository(repositoryId);
  if (!repository?.tracking) return;
  try {
    const file = { path: workflow, version: headSha, ref: headSha };
    const { confirms } = await listenedTypes(deps, repository, file);
    const account = confirms ? await deps.store.accounts.getAccount(repository.ownerId) : null;
    const mayRead = account !== null && !missingPermissions(account.permissions).includes("actions: read");
    await deps.store.facts.set(fact, { commit: headSha, confirms: confirms && mayRead });
  } catch (error) {
    // The run itself was followed. Where its file cannot be read now, the next run's is.
    if (!(error instanceof Refusal) && outageOf(error) === null) throw error;
  }
}
