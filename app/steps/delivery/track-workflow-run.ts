import type { WorkerDeps } from "../../deps.ts";
import { SECOND } from "../../domain/clock.ts";
import {
  isAwaitingAnswer,
  isNamed,
  isTakenUnnamed,
  mayHaveUnnamedRunOf,
  nameRun,
} from "../../domain/delivery/exact-run.ts";
import { isPaired } from "../../domain/delivery/pairing.ts";
import { isFirstInProgress, knownRuns, markAmbiguous } from "../../domain/delivery/tracking.ts";
import { findDeliveryId } from "../../domain/ids.ts";
import type { Delivery, Owner } from "../../domain/records/delivery.ts";
import type { ObservedRun } from "../../domain/records/observed-run.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { addLogContext } from "../../log/context.ts";
import { RUN_OWNER } from "../../store/fact-kinds.ts";
import { dispatchedBefore } from "./causes.ts";
import { recordConfirms } from "./find-listeners.ts";
import { pairRest, pairRun, readBook } from "./pair-runs.ts";
import { follow, followPaired, isDispatched, readWorkflow, track } from "./track.ts";
import { updateDelivery } from "./update-delivery.ts";

/** The time after which a run is looked at again whose dispatch is still to be answered. */
const AFTER_ANSWER = 5 * SECOND;

/** Returns whether a run can be one that our `workflow_dispatch` started. */
export const isWorkflowDispatched = (deps: WorkerDeps, run: Pick<ObservedRun, "event" | "actor">): boolean =>
  run.event === "workflow_dispatch" && run.actor === deps.settings.botLogin;

/** Follows a run of a consumer's repository that a webhook tells of, whichever dispatch started it. */
export async function trackRun(deps: WorkerDeps, run: ObservedRun): Promise<void> {
  if (run.event !== "workflow_dispatch") {
    await track(deps, run);
    if (isFirstInProgress(run) && isDispatched(deps, run)) await recordConfirms(deps, run);
    return;
  }
  const repository = await deps.store.accounts.getRepository(run.repositoryId);
  if (!repository?.tracking || !isWorkflowDispatched(deps, run)) return;
  if (!hasBegun(run)) return;
  addLogContext({ runId: run.runId, repositoryId: run.repositoryId });
  const found = await findDispatch(deps, run);
  if (found === "unanswered") {
    const { ownerId } = repository;
    await deps.store.jobs.enqueue([{ kind: "track", ownerId, run }], deps.clock.now() + AFTER_ANSWER);
  } else await followDispatched(deps, repository, run, found);
}

const hasBegun = ({ status }: ObservedRun): boolean => status === "in_progress" || status === "completed";

/** Makes deliveries follow a run that a `workflow_dispatch` started, by what is known of the run. */
export async function followDispatched(
  deps: WorkerDeps,
  repository: Repository,
  run: ObservedRun,
  found: FoundRun,
): Promise<void> {
  if (found === "booked") {
    const { speaks } = await readWorkflow(deps, repository, run);
    await pairRun(deps, run, null, speaks, followPaired(deps, repository, run));
  } else if (found && typeof found === "object" && "delivery" in found && hasBegun(run)) {
    await follow(deps, repository, run, found);
    if (isTakenUnnamed(found.delivery))
      await pairRest(deps, run, found.delivery, false, followPaired(deps, repository, run));
  }
}

/**
 * The knowledge of a run. `unanswered`: a dispatch that may be its own has no answer yet. `booked`: it is one of
 * several that a server took and did not name, and is paired by counting.
 */
export type FoundRun = FoundDispatch | { ambiguous: string[] } | "unanswered" | "booked" | null;

/** The delivery whose dispatch started a run, and how that is known. */
export interface FoundDispatch {
  delivery: Delivery;
  via: Owner["via"];
}

/**
 * Finds the delivery that a run of a `workflow_dispatch` belongs to. GitHub named the run in its answer, or the
 * run's title names the delivery. Only where an answer was lost is it inferred, and may be ambiguous.
 * A server that names no runs leaves them to be counted.
 */
export async function findDispatch(deps: WorkerDeps, run: ObservedRun): Promise<FoundRun> {
  const known = await findKnown(deps, run);
  if (known && (known.via !== "inferred" || !isPaired(await readBook(deps, run), run))) return known;
  if (known) return "booked";
  const dispatched = (await dispatchedBefore(deps, run, "workflow_dispatch")).filter(
    ({ workflow }) => workflow === run.workflow,
  );
  const named = dispatched.find((one) => isNamed(one, run.runId));
  if (named) return { delivery: named, via: "run-id" };
  const candidates = dispatched.filter((one) => mayHaveUnnamedRunOf(one, run));
  const titled = findDeliveryId(run.title ?? "");
  const byTitle = candidates.find(({ deliveryId }) => deliveryId === titled);
  if (byTitle) return { delivery: byTitle, via: "run-name" };
  if (titled !== null && dispatched.some(({ deliveryId }) => deliveryId === titled)) return null;
  // The answer that is still to come says whether this is its run.
  if (candidates.some(isAwaitingAnswer)) return "unanswered";
  const [only, ...others] = candidates;
  if (!only) return null;
  if (others.length === 0) return { delivery: only, via: "inferred" };
  if (candidates.some(isTakenUnnamed)) return "booked";
  for (const one of candidates)
    await updateDelivery(deps, one, (current) => markAmbiguous(current, run.runId));
  const deliveryIds = candidates.map(({ deliveryId }) => deliveryId).sort();
  const { repositoryId, runId } = run;
  deps.log.info({ event: "run.ambiguous", repositoryId, runId, deliveryIds }, "Run fits several deliveries");
  return { ambiguous: deliveryIds };
}

/** Finds the delivery that a run is recorded with; one whose answer was recorded on the run alone learns it. */
async function findKnown(deps: WorkerDeps, run: ObservedRun): Promise<FoundDispatch | null> {
  const owned = await deps.store.facts.get(RUN_OWNER.of(run));
  const delivery = owned && (await deps.store.deliveries.get(owned.deliveryId));
  if (!delivery || delivery.consumerRepositoryId !== run.repositoryId) return null;
  const { attempt } = owned;
  if (attempt === undefined && !isNamed(delivery, run.runId)) {
    if (!knownRuns(delivery, run.workflow).has(run.runId)) return null;
    const owner = delivery.owners[run.workflow];
    return { delivery, via: owner?.runId === run.runId ? owner.via : "action" };
  }
  if (attempt === undefined || isNamed(delivery, run.runId)) return { delivery, via: "run-id" };
  const learnt = await updateDelivery(deps, delivery, (current) => nameRun(current, attempt, run.runId));
  return { delivery: learnt, via: "run-id" };
}
