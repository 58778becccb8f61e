import type { WorkerDeps } from "../../deps.ts";
import { SECOND } from "../../domain/clock.ts";
import { mayBeOf } from "../../domain/delivery/tracking.ts";
import { forEachConcurrently } from "../../domain/for-each-concurrently.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import type { ObservedRun } from "../../domain/records/observed-run.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { getRun, listRuns, type RunJson } from "../../github/workflow-runs.ts";
import { isReadable, observeRun } from "./observe-run.ts";
import { findOwned } from "./record-owner.ts";
import { isDispatched, track, typesOf } from "./track.ts";

/** Runs looked through at most: GitHub lists no more with a filter. */
const RUNS = 1000;

/** Runs followed at once, as those are whose webhooks come together. A worker on AWS has half a minute for all. */
const AT_ONCE = 8;

/** A run that has not ended, with what is needed to say whose it may be. */
export interface SeenRun {
  run: ObservedRun;
  /** The delivery that it is known to have taken on. */
  owner: string | null;
  /** The event types that its workflow listens to; null for any. */
  types: string[] | null;
  /** Set where it could not be followed, so that nothing is known of whose it is. */
  failed: boolean;
}

/** The dispatched runs of a repository, once each was followed. */
export interface SeenRuns {
  /** Those that have not ended, and those that could not be followed. */
  open: SeenRun[];
  /** Those that have ended and were not followed, as the repository is not tracked. */
  ended: ObservedRun[];
  /** One run of each workflow. */
  workflows: ObservedRun[];
}

/** An answer of GitHub's about a repository. `at`: when GitHub was asked, in milliseconds. */
interface Answered {
  repositoryId: string;
  at: number;
}

/** The runs that one sweep has seen already. */
export class RunLists {
  /** Lists, by repository. */
  readonly lists = new Map<string, Answered & { since: string; runs: Promise<SeenRuns> }>();
  /** Runs that were asked for one by one, by repository and id. */
  readonly runs = new Map<string, Answered & { run: Promise<RunJson | null> }>();
}

/** The time for which deliveries from the queue share a list, in milliseconds. */
const SHARED = 5 * SECOND;
const shared = new WeakMap<WorkerDeps, RunLists>();

/**
 * Returns lists that deliveries from the queue share for a moment: after a downtime many are due at once. A list that
 * was read before this delivery was due says nothing of it.
 */
export function sharedLists(deps: WorkerDeps, delivery: Delivery): RunLists {
  const lists = shared.get(deps) ?? new RunLists();
  shared.set(deps, lists);
  const now = deps.clock.now();
  const dueAt = Date.parse(delivery.dueAt ?? "");
  for (const answers of [lists.lists, lists.runs]) {
    for (const [key, { repositoryId, at }] of answers) {
      const isTooOld = repositoryId === delivery.consumerRepositoryId && !(at >= dueAt);
      if (isTooOld || at > now || at <= now - SHARED) answers.delete(key);
    }
  }
  return lists;
}

/**
 * Returns a repository's dispatched runs since a moment that may be a waiting delivery's. Each run is
 * followed and looked up once a sweep, however many deliveries wait: the work grows with their sum.
 *
 * @throws Refusal where GitHub cannot be asked
 */
export async function seeRunsOnce(
  deps: WorkerDeps,
  repository: Repository,
  since: string,
  { lists }: RunLists,
): Promise<SeenRuns> {
  const { repositoryId } = repository;
  const known = lists.get(repositoryId);
  if (known && known.since <= since) return await known.runs;
  const runs = seeRuns(deps, repository, since);
  lists.set(repositoryId, { repositoryId, since, at: deps.clock.now(), runs });
  return await runs;
}

/**
 * Asks for runs by their ids, some at once, and each once a sweep: all deliveries of a burst ask for the same ones.
 * Returns those that GitHub has, in the order given.
 *
 * @throws Refusal where GitHub cannot be asked
 */
export async function askForRunsOnce(
  deps: WorkerDeps,
  repository: Repository,
  runIds: readonly string[],
  { runs }: RunLists,
): Promise<RunJson[]> {
  const { repositoryId } = repository;
  const found: (RunJson | null)[] = [];
  await forEachConcurrently(runIds.entries(), { atOnce: AT_ONCE }, async ([index, runId]) => {
    const key = `${repositoryId} ${runId}`;
    const known = runs.get(key) ?? {
      repositoryId,
      at: deps.clock.now(),
      run: getRun(deps.github, repository, runId),
    };
    runs.set(key, known);
    found[index] = await known.run;
  });
  return found.filter((one) => one !== null);
}

async function seeRuns(deps: WorkerDeps, repository: Repository, since: string): Promise<SeenRuns> {
  const filter = { event: "repository_dispatch", createdSince: since, limit: RUNS };
  const runs = (await listRuns(deps.github, repository, filter))
    .filter((one) => isReadable(deps, repository.repositoryId, one))
    .map((one) => observeRun(repository.repositoryId, one))
    .filter((run) => isDispatched(deps, run));
  const seen: (SeenRun | null)[] = [];
  await forEachConcurrently(runs.entries(), { atOnce: AT_ONCE }, async ([index, run]) => {
    const failed = repository.tracking && !(await followed(deps, run));
    const isOpen = failed || run.status !== "completed";
    seen[index] = isOpen ? await identifyRun(deps, repository, run, failed) : null;
  });
  return {
    open: seen.filter((one) => one !== null),
    ended: repository.tracking ? [] : runs.filter((_, index) => seen[index] === null),
    workflows: [...new Map(runs.map((run) => [run.workflow, run])).values()],
  };
}

/** Follows a run; false where that failed, which is no reason to leave the others. */
async function followed(deps: WorkerDeps, run: ObservedRun): Promise<boolean> {
  try {
    await track(deps, run);
    return true;
  } catch (error) {
    const { repositoryId, runId } = run;
    deps.log.error(
      { event: "run.unfollowed", err: error, repositoryId, runId },
      "Listed run could not be followed; the next sweep tries again",
    );
    return false;
  }
}

async function identifyRun(
  deps: WorkerDeps,
  repository: Repository,
  run: ObservedRun,
  failed: boolean,
): Promise<SeenRun> {
  if (failed) return { run, owner: null, types: null, failed };
  const owner = (await findOwned(deps, run))?.deliveryId ?? null;
  // Whose it is says more than what it listens to.
  const types = owner === null ? await typesOf(deps, repository, run) : null;
  return { run, owner, types, failed };
}

/** Finds a run that has ended, was not followed, and may be of a delivery; null where there is none. */
export async function findEnded(
  deps: WorkerDeps,
  repository: Repository,
  { ended }: SeenRuns,
  delivery: Delivery,
): Promise<ObservedRun | null> {
  for (const run of ended) {
    // The window and the title first: they cost no request.
    if (!mayBeOf(run, null, delivery)) continue;
    if (mayBeIts(await identifyRun(deps, repository, run, false), delivery)) return run;
  }
  return null;
}

/** Returns whether a run that was seen may be of a delivery. */
export const mayBeIts = ({ run, owner, types }: SeenRun, delivery: Delivery): boolean =>
  owner === null ? mayBeOf(run, types, delivery) : owner === delivery.deliveryId;
