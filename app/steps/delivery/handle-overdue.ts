import type { WorkerDeps } from "../../deps.ts";
import { iso, MINUTE } from "../../domain/clock.ts";
import { asDispatched, isUncertain } from "../../domain/delivery/attempt.ts";
import { failUnconfirmable, overdueTransition } from "../../domain/delivery/overdue.ts";
import { decidingWorkflow } from "../../domain/delivery/ownership.ts";
import { startsWorkflow } from "../../domain/delivery/start.ts";
import { canConfirm } from "../../domain/delivery/tracking.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { Refusal } from "../../domain/refusal.ts";
import { deliveryJob } from "../../store/queues.ts";
import { askForRun } from "./ask-for-run.ts";
import { mayDecide } from "./find-listeners.ts";
import { observeRun } from "./observe-run.ts";
import { burstWith, decideUnpaired, stopUnended } from "./pair-runs.ts";
import { recordFailure } from "./record-outcome.ts";
import { askForRunsOnce, findEnded, mayBeIts, type RunLists, seeRunsOnce } from "./see-runs.ts";
import { followPaired, track } from "./track.ts";
import { enqueueNext, updateDelivery, withoutRepetition } from "./update-delivery.ts";

/** The time before a delivery's first dispatch from which on runs may have to be told from its own. */
const AROUND = 5 * MINUTE;
/** While GitHub cannot be asked whether a run lives, nothing is dispatched again. */
const ASK_AGAIN = 2 * MINUTE;

/** Seconds after which a wait that was ended is looked at once more. */
const SECOND_LOOK = 60;

/**
 * Ends a durable delivery's wait for its consumer. GitHub is first asked about its runs. The answer of a lost webhook
 * changes the delivery now. A run that is queued or in progress and may be its own stops the clock. Then it is
 * dispatched again, or has failed.
 */
export const handleOverdue = (deps: WorkerDeps, waiting: Delivery, lists: RunLists): Promise<void> =>
  withoutRepetition(() => endWait(deps, waiting, lists));

async function endWait(deps: WorkerDeps, waiting: Delivery, lists: RunLists): Promise<void> {
  if (startsWorkflow(waiting)) return await askForRun(deps, waiting, lists);
  const repository = await deps.store.accounts.getRepository(waiting.consumerRepositoryId);
  let seen: Seen = repository?.reachable ? await checkWaiting(deps, repository, waiting, lists) : "nothing";
  let delivery = await deps.store.deliveries.get(waiting.deliveryId);
  if (delivery && repository && seen === "nothing" && isAmbiguous(delivery)) {
    seen = await decide(deps, repository, delivery, lists);
    delivery = await deps.store.deliveries.get(waiting.deliveryId);
  }
  if (!delivery) return;
  const now = deps.clock.now();
  // A run that is alive may yet use the confirm action.
  const isUnconfirmable = seen !== "alive" && repository !== null && !canConfirm(repository);
  // A second look, so that what follows the move is done though this process end right after it.
  await deps.store.queues.enqueueDeliveries([{ ...deliveryJob(delivery), delaySeconds: SECOND_LOOK }]);
  const moved = await updateDelivery(deps, delivery, (current) =>
    seen === "unknown"
      ? postpone(current, now)
      : seen === "arrived"
        ? asDispatched(current, now)
        : overdueTransition(
            isUnconfirmable ? failUnconfirmable(current, now) : current,
            now,
            Math.random,
            seen === "alive",
          ),
  );
  await enqueueNext(deps, moved);
  if (
    moved.failure !== null &&
    moved.failure.stage === "confirmation" &&
    moved.version !== delivery.version
  ) {
    await recordFailure(deps, moved, moved.failure);
  }
}

/** The finding about a delivery's runs. `arrived`: a run that has ended proves that the dispatch did. */
type Seen = "alive" | "arrived" | "nothing" | "unknown";

const isOverdue = ({ isFinalized, dueAt, dueFor }: Delivery, now: number): boolean =>
  !isFinalized && dueFor !== "dispatch" && dueAt !== null && Date.parse(dueAt) <= now;

/** Returns whether runs that fit a waiting delivery fit others too. */
const isAmbiguous = ({ isFinalized, dueFor, ambiguousRuns }: Delivery): boolean =>
  !isFinalized && dueFor === "confirmation" && ambiguousRuns.length > 0;

const postpone = (delivery: Delivery, now: number): Delivery =>
  isOverdue(delivery, now) ? { ...delivery, dueAt: iso(now + ASK_AGAIN) } : delivery;

/** Asks GitHub for the runs that may be a delivery's own, and follows those that have ended. */
async function checkWaiting(
  deps: WorkerDeps,
  repository: Repository,
  delivery: Delivery,
  lists: RunLists,
): Promise<Seen> {
  try {
    if (delivery.dueFor === "completion") return await checkOwner(deps, repository, delivery, lists);
    return await findOwnRuns(deps, repository, delivery, lists);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // Who may not look has to go by the clock alone.
    return error.code === "unavailable" || error.code === "limited" ? "unknown" : "nothing";
  }
}

async function checkOwner(
  deps: WorkerDeps,
  repository: Repository,
  delivery: Delivery,
  lists: RunLists,
): Promise<"nothing"> {
  const { repositoryId, tracking } = repository;
  const owner = delivery.owners[decidingWorkflow(delivery) ?? ""];
  if (!owner || !tracking) return "nothing";
  const place = { repositoryId, workflow: owner.workflow, event: "repository_dispatch" };
  const paired = (await burstWith(deps, place, delivery)).filter(({ conclusion }) => conclusion === null);
  // Those of its burst are asked for too: only together do they say how it ended.
  const runIds = [...new Set([owner.runId, ...paired.map((one) => one.runId)])];
  for (const run of await askForRunsOnce(deps, repository, runIds, lists))
    await track(deps, observeRun(repositoryId, run));
  await stopUnended(deps, place, delivery);
  return "nothing";
}

async function findOwnRuns(
  deps: WorkerDeps,
  repository: Repository,
  delivery: Delivery,
  lists: RunLists,
): Promise<Seen> {
  const first = delivery.attempts[0];
  if (!first) return "nothing";
  const since = iso(Date.parse(first.startedAt) - AROUND);
  const runs = await seeRunsOnce(deps, repository, since, lists);
  const { open } = runs;
  let alive = false;
  for (const one of open) {
    if (!mayBeIts(one, delivery)) continue;
    if (one.failed) return "unknown";
    alive ||= await mayDecide(deps, repository, one.run, delivery);
  }
  if (alive) return "alive";
  return isUncertain(delivery) && (await findEnded(deps, repository, runs, delivery)) ? "arrived" : "nothing";
}

/** Decides what runs mean for a delivery that fit it and others, one workflow after the other. */
async function decide(
  deps: WorkerDeps,
  repository: Repository,
  delivery: Delivery,
  lists: RunLists,
): Promise<"alive" | "nothing" | "unknown"> {
  const seen = await lists.lists.get(repository.repositoryId)?.runs;
  for (const run of seen?.workflows ?? []) {
    if (!(await mayDecide(deps, repository, run, delivery))) continue;
    const found = await decideUnpaired(deps, run, delivery, followPaired(deps, repository, run));
    if (found !== "nothing") return found;
  }
  return "nothing";
}
