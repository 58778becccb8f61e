import type { WorkerDeps } from "../../deps.ts";
import { iso, MINUTE, SECOND } from "../../domain/clock.ts";
import { checkRunsSoon, fail, isUncertain } from "../../domain/delivery/attempt.ts";
import {
  isExact,
  mayHaveUnnamedRunOf,
  planRunRequest,
  runsToAsk,
  searchFrom,
  waitEnds,
} from "../../domain/delivery/exact-run.ts";
import { overdueTransition } from "../../domain/delivery/overdue.ts";
import { decidingWorkflow } from "../../domain/delivery/ownership.ts";
import type { Attempt, Delivery } from "../../domain/records/delivery.ts";
import type { ObservedRun } from "../../domain/records/observed-run.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { Refusal } from "../../domain/refusal.ts";
import { listRuns } from "../../github/workflow-runs.ts";
import { deliveryJob } from "../../store/queues.ts";
import { isReadable, observeRun } from "./observe-run.ts";
import { burstWith, decideUnpaired, stopUnended } from "./pair-runs.ts";
import { recordFailure } from "./record-outcome.ts";
import { askForRunsOnce, type RunLists } from "./see-runs.ts";
import { follow, followPaired } from "./track.ts";
import { findDispatch, followDispatched, isWorkflowDispatched } from "./track-workflow-run.ts";
import { enqueueAt, enqueueNext, updateDelivery } from "./update-delivery.ts";

/** Runs looked through at most for one whose dispatch was never answered. */
const RUNS = 300;
/** GitHub's clock and ours, and its full seconds. */
const SKEW = 1 * MINUTE;
/** While GitHub cannot be asked, or a run is ambiguous, nothing is dispatched again. */
const ASK_AGAIN = 2 * MINUTE;
/** Seconds after which a wait that was ended is looked at once more. */
const SECOND_LOOK = 60;

/**
 * The finding about a delivery's run. `alive`: it is queued or in progress. `ambiguous`: there is one of which
 * nobody can tell that it is not this delivery's. `gone`: GitHub named its run, and has it no more. `unknown`:
 * GitHub could not be asked.
 */
type Finding = "alive" | "ambiguous" | "gone" | "nothing" | "unknown";

/**
 * Asks GitHub how the run of a delivery by `workflow_dispatch` goes, when its time is due. It asks for the one run
 * that GitHub named, or for the list of runs where the answer was lost. The run's state changes the delivery.
 * Only where there is no run at all is it dispatched again.
 */
export async function askForRun(deps: WorkerDeps, waiting: Delivery, lists: RunLists): Promise<void> {
  const early = searchFrom(waiting);
  if (isUncertain(waiting) && !isExact(waiting) && deps.clock.now() < early) {
    const later = await updateDelivery(deps, waiting, (current) =>
      isUncertain(current) && dueAt(current) < early ? checkRunsSoon(current, early) : current,
    );
    return await enqueueAt(deps, later, early);
  }
  const repository = await deps.store.accounts.getRepository(waiting.consumerRepositoryId);
  const finding = repository?.reachable ? await find(deps, repository, waiting, lists) : "nothing";
  const delivery = await deps.store.deliveries.get(waiting.deliveryId);
  if (!delivery || delivery.isFinalized) return;
  const now = deps.clock.now();
  if (mayEnd(delivery, now)) {
    // A second look, so that what follows the move is done though this process end right after it.
    await deps.store.queues.enqueueDeliveries([{ ...deliveryJob(delivery), delaySeconds: SECOND_LOOK }]);
  }
  const moved = await updateDelivery(deps, delivery, (current) => {
    const next = nextOf(current, finding, now);
    return repository?.tracking ? next : planRunRequest(next, now);
  });
  await enqueueNext(deps, moved);
  const { failure } = moved;
  if (failure?.stage === "confirmation" && moved.isFinalized && moved.version !== delivery.version) {
    await recordFailure(deps, moved, failure);
  }
}

const dueAt = (delivery: Delivery): number => Date.parse(delivery.dueAt ?? "") || 0;

/** Returns whether a delivery's wait is over, or none was agreed: what comes next may be a dispatch. */
const mayEnd = (delivery: Delivery, now: number): boolean => {
  if (isUncertain(delivery) && !isExact(delivery)) return true;
  const ends = waitEnds(delivery);
  return ends !== null && ends <= now;
};

/** Returns what becomes of a delivery after a question. One that somebody else moved on meanwhile stays. */
function nextOf(current: Delivery, finding: Finding, now: number): Delivery {
  if (current.isFinalized || current.dueFor === "dispatch" || dueAt(current) > now) return current;
  if (!mayEnd(current, now)) return { ...current, dueAt: iso(Math.max(now, waitEnds(current) ?? now)) };
  if (finding === "unknown") return { ...current, dueAt: iso(now + ASK_AGAIN) };
  if (finding === "ambiguous" && isUncertain(current)) return waitForProof(current, now);
  if (finding === "gone" && isExact(current)) return stopGone(current, now);
  return overdueTransition(current, now, Math.random, finding === "alive");
}

/** Ends a delivery whose run somebody deleted: it ran, and is not sent again, since it may have gone well. */
function stopGone(delivery: Delivery, now: number): Delivery {
  const { runId } = delivery.attempts.at(-1) as Attempt;
  const reason = `GitHub started run ${runId} for it and does not have it any more, so that how it ended is not known. Somebody deleted it; look before you replay the delivery.`;
  return fail(delivery, { stage: "conclusion", kind: "consumer", status: null, reason }, now);
}

/**
 * Waits for a run to say by itself that it is a delivery's own: a run was found, so that nothing is sent
 * again. In the end the delivery fails and says why.
 */
function waitForProof(delivery: Delivery, now: number): Delivery {
  const last = delivery.attempts.at(-1);
  const ends = Date.parse(last?.startedAt ?? "") + (delivery.durable?.confirmWithin ?? 0) * SECOND;
  if (now < ends) return checkRunsSoon(delivery, Math.min(ends, now + ASK_AGAIN));
  const reason =
    "GitHub's answer was lost, and the runs it started fit several deliveries alike, so that nothing was sent again. Put the delivery id into the workflow's run-name to tell them apart.";
  return fail(delivery, { stage: "confirmation", kind: "timeout", status: null, reason }, now);
}

async function find(
  deps: WorkerDeps,
  repository: Repository,
  delivery: Delivery,
  lists: RunLists,
): Promise<Finding> {
  try {
    const place = placeOf(repository, delivery);
    const owner = delivery.owners[decidingWorkflow(delivery) ?? ""];
    const burst = owner?.via === "inferred" ? await burstWith(deps, place, delivery) : [];
    const open = burst.filter(({ conclusion }) => conclusion === null).map(({ runId }) => runId);
    const known = new Set([...runsToAsk(delivery), ...(owner ? [owner.runId] : []), ...open]);
    if (known.size > 0) {
      const finding = await askForKnown(deps, repository, delivery, [...known].reverse(), lists);
      const isOver = delivery.dueFor === "completion" && mayEnd(delivery, deps.clock.now());
      // Only together do the runs of a burst say how it ended.
      if (isOver && burst.length > 1) await stopUnended(deps, place, delivery);
      return finding;
    }
    return await findInRuns(deps, repository, delivery);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // Who may not look has to go by the clock alone.
    return error.code === "unavailable" || error.code === "limited" ? "unknown" : "nothing";
  }
}

const placeOf = ({ repositoryId }: Repository, { workflow }: Delivery) => ({
  repositoryId,
  workflow: workflow ?? "",
  event: "workflow_dispatch",
});

/** Asks for runs that are known to be a delivery's, the newest first. */
async function askForKnown(
  deps: WorkerDeps,
  repository: Repository,
  delivery: Delivery,
  runIds: readonly string[],
  lists: RunLists,
): Promise<Finding> {
  const named = new Set(runsToAsk(delivery));
  let finding: Finding = named.size > 0 ? "gone" : "nothing";
  for (const json of await askForRunsOnce(deps, repository, runIds, lists)) {
    if (finding === "gone") finding = "nothing";
    const run = observeRun(repository.repositoryId, json);
    const via = named.has(run.runId) ? "run-id" : (delivery.owners[run.workflow]?.via ?? "inferred");
    if (via === "inferred") await followDispatched(deps, repository, run, await findDispatch(deps, run));
    else if (run.status === "in_progress" || run.status === "completed")
      await follow(deps, repository, run, { delivery, via });
    if (run.status !== "completed") finding = "alive";
  }
  return finding;
}

/** Searches GitHub's list of runs for one that a dispatch without an answer started. */
async function findInRuns(deps: WorkerDeps, repository: Repository, delivery: Delivery): Promise<Finding> {
  const first = delivery.attempts[0];
  if (!first) return "nothing";
  const createdSince = iso(Date.parse(first.startedAt) - SKEW);
  const listed = await listRuns(deps.github, repository, {
    event: "workflow_dispatch",
    createdSince,
    limit: RUNS,
  });
  let finding: Finding = "nothing";
  let booked: ObservedRun | null = null;
  for (const json of listed) {
    if (!isReadable(deps, repository.repositoryId, json)) continue;
    const run = observeRun(repository.repositoryId, json);
    if (!isWorkflowDispatched(deps, run) || run.workflow !== delivery.workflow) continue;
    const found = await findDispatch(deps, run);
    if (found === "unanswered") {
      // Another delivery's answer says first whether this run is its own.
      if (mayHaveUnnamedRunOf(delivery, run)) return "unknown";
      continue;
    }
    if (found === "booked") {
      booked = run;
      await followDispatched(deps, repository, run, found);
      continue;
    }
    if (!found) continue;
    if ("ambiguous" in found) {
      if (found.ambiguous.includes(delivery.deliveryId)) finding = "ambiguous";
      continue;
    }
    if (found.delivery.deliveryId !== delivery.deliveryId) continue;
    await followDispatched(deps, repository, run, found);
    if (run.status !== "completed") return "alive";
  }
  if (booked === null || !mayEnd(delivery, deps.clock.now())) return finding;
  return await decideUnpaired(
    deps,
    placeOf(repository, delivery),
    delivery,
    followPaired(deps, repository, booked),
  );
}
