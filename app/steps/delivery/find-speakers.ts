import type { WorkerDeps } from "../../deps.ts";
import { listensTo } from "../../domain/delivery/dispatch-types.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import type { ObservedRun } from "../../domain/records/observed-run.ts";
import type { Repository } from "../../domain/records/repository.ts";
import type { Speakers } from "../../domain/records/speakers.ts";
import { Refusal } from "../../domain/refusal.ts";
import { SPEAKERS } from "../../store/fact-kinds.ts";
import { findListeners } from "./find-listeners.ts";

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
