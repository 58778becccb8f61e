import type { WorkerDeps } from "../../deps.ts";
import { iso, MINUTE, SECOND } from "../../domain/clock.ts";
import { checkRunsSoon, fail, isUncertain } from "../../domain/delivery/attempt.ts";
import { askLater, isExact, lookNotBefore, runsToAsk, waitEnds } from "../../domain/delivery/exact-run.ts";
import { overdueTransition } from "../../domain/delivery/overdue.ts";
import { decidingWorkflow } from "../../domain/delivery/ownership.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { Refusal } from "../../domain/refusal.ts";
import { getRun, listRuns } from "../../github/workflow-runs.ts";
import { deliveryJob } from "../../store/queues.ts";
import { observeRun } from "./observe-run.ts";
import { recordFailure } from "./record-outcome.ts";
import { follow } from "./track.ts";
import { findDispatch, isWorkflowDispatched } from "./track-workflow-run.ts";
import { enqueueAt, updateDelivery } from "./update-delivery.ts";

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
 * nobody can tell that it is not this delivery's. `unknown`: GitHub could not be asked.
 */
type Finding = "alive" | "ambiguous" | "nothing" | "unknown";

/**
 * Asks GitHub how the run of a delivery by `workflow_dispatch` goes, when its time is due. It asks for the one run
 * that GitHub named, or for the list of runs where the answer was lost. The run's state changes the delivery.
 * Only where there is no run at all is it dispatched again.
 */
export async function askForRun(deps: WorkerDeps, waiting: Delivery): Promise<void> {
  const early = lookNotBefore(waiting);
  if (isUncertain(waiting) && !isExact(waiting) && deps.clock.now() < early) {
    const later = await updateDelivery(deps, waiting, (current) =>
      isUncertain(current) && dueAt(current) < early ? checkRunsSoon(current, early) : current,
    );
    return await enqueueAt(deps, later, early);
  }
  const repository = await deps.store.accounts.getRepository(waiting.consumerRepositoryId);
  const finding = repository?.reachable ? await find(deps, repository, waiting) : "nothing";
  const delivery = await deps.store.deliveries.get(waiting.deliveryId);
  if (!delivery || delivery.isFinalized) return;
  const now = deps.clock.now();
  if (mayEnd(delivery, now)) {
    // A second look, so that what follows the move is done though this process end right after it.
    await deps.store.queues.enqueueDeliveries([{ ...deliveryJob(delivery), delaySeconds: SECOND_LOOK }]);
  }
  const moved = await updateDelivery(deps, delivery, (current) => {
    const next = nextOf(current, finding, now);
    return repository?.tracking ? next : askLater(next, now);
  });
  const next = moved.dueFor === "dispatch" ? moved.notBefore : isUncertain(moved) ? moved.dueAt : null;
  if (next !== null) await enqueueAt(deps, moved, Date.parse(next));
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
  return overdueTransition(current, now, Math.random, finding === "alive");
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

async function find(deps: WorkerDeps, repository: Repository, delivery: Delivery): Promise<Finding> {
  try {
    const owner = delivery.owners[decidingWorkflow(delivery) ?? ""];
    const known = new Set([...runsToAsk(delivery), ...(owner ? [owner.runId] : [])]);
    if (known.size > 0) return await askForKnown(deps, repository, delivery, [...known].reverse());
    return await lookThroughRuns(deps, repository, delivery);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // Who may not look has to go by the clock alone.
    return error.code === "unavailable" || error.code === "limited" ? "unknown" : "nothing";
  }
}

/** Asks for runs that are known to be a delivery's, the newest first. */
async function askForKnown(
  deps: WorkerDeps,
  repository: Repository,
  delivery: Delivery,
  runIds: readonly string[],
): Promise<Finding> {
  let finding: Finding = "nothing";
  const named = new Set(runsToAsk(delivery));
  for (const runId of runIds) {
    const json = await getRun(deps.github, repository, runId);
    if (!json) continue;
    const run = observeRun(repository.repositoryId, json);
    const via = named.has(runId) ? "run-id" : (delivery.owners[run.workflow]?.via ?? "inferred");
    if (run.status === "in_progress" || run.status === "completed")
      await follow(deps, repository, run, { delivery, via });
    if (run.status !== "completed") finding = "alive";
  }
  return finding;
}

/** Looks through GitHub's list of runs for one that a dispatch without an answer started. */
async function lookThroughRuns(
  deps: WorkerDeps,
  repository: Repository,
  delivery: Delivery,
): Promise<Finding> {
  const first = delivery.attempts[0];
  if (!first) return "nothing";
  const createdSince = iso(Date.parse(first.startedAt) - SKEW);
  const listed = await listRuns(deps.github, repository, {
    event: "workflow_dispatch",
    createdSince,
    limit: RUNS,
  });
  let finding: Finding = "nothing";
  for (const json of listed) {
    const run = observeRun(repository.repositoryId, json);
    if (!isWorkflowDispatched(deps, run) || run.workflow !== delivery.workflow) continue;
    const found = await findDispatch(deps, run);
    if (found === "unanswered") {
      // Another delivery's answer says first whether this run is its own.
      return "unknown";
    }
    if (!found) continue;
    if ("ambiguous" in found) {
      if (found.ambiguous.includes(delivery.deliveryId)) finding = "ambiguous";
      continue;
    }
    if (found.delivery.deliveryId !== delivery.deliveryId) continue;
    if (run.status === "in_progress" || run.status === "completed")
      await follow(deps, repository, run, found);
    if (run.status !== "completed") return "alive";
  }
  return finding;
}
