import type { Zekt } from "../../deps.ts";
import { iso, MINUTE } from "../../domain/clock.ts";
import type { Delivery } from "../../domain/delivery/delivery.ts";
import { overdue } from "../../domain/delivery/overdue.ts";
import { decidingWorkflow } from "../../domain/delivery/own.ts";
import { mayBeOf, type ObservedRun } from "../../domain/delivery/tracking.ts";
import type { Repository } from "../../domain/installations/account.ts";
import { Refusal } from "../../domain/refusal.ts";
import { getRun, listRuns, type RunJson } from "../../github/workflow-runs.ts";
import { jobOf } from "../intake/route.ts";
import { enqueueAt } from "./enqueue-at.ts";
import { move } from "./move.ts";
import { noteFailure } from "./note-outcome.ts";
import { observeRun } from "./observe-run.ts";
import { isDispatched, ownedBy, track, typesOf } from "./track.ts";

/** Runs looked through at most. */
const RUNS = 300;
/** GitHub's clock and ours, and its full seconds. */
const SKEW = 1 * MINUTE;
/** While GitHub cannot be asked whether a run lives, nothing is dispatched again. */
const ASK_AGAIN = 2 * MINUTE;

/** Seconds after which a wait that was ended is looked at once more. */
const SECOND_LOOK = 60;

/** Lists of runs that one sweep has already asked for, by repository. */
export type RunLists = Map<string, { since: string; runs: Promise<RunJson[]> }>;

/**
 * Ends a durable delivery's wait for its consumer. GitHub is asked first what became of its runs: what a
 * lost webhook would have told moves it now, and a run that is queued or in progress and may be its own
 * stops the clock. Then it is dispatched again, or has failed.
 */
export async function endWait(zekt: Zekt, waiting: Delivery, lists: RunLists): Promise<void> {
  const repository = await zekt.store.accounts.getRepository(waiting.consumerRepositoryId);
  const seen = repository?.reachable ? await look(zekt, repository, waiting, lists) : "nothing";
  const delivery = await zekt.store.deliveries.get(waiting.deliveryId);
  if (!delivery) return;
  const now = zekt.clock.now();
  // A second look, so that what follows the move is done though this process end right after it.
  await zekt.store.queues.enqueueDeliveries([{ ...jobOf(delivery), delaySeconds: SECOND_LOOK }]);
  const moved = await move(zekt, delivery, (current) =>
    seen === "unknown" ? postpone(current, now) : overdue(current, now, Math.random, seen === "alive"),
  );
  if (moved.dueFor === "dispatch" && moved.notBefore !== null) {
    await enqueueAt(zekt, moved, Date.parse(moved.notBefore));
  }
  if (
    moved.failure !== null &&
    moved.failure.stage === "confirmation" &&
    moved.version !== delivery.version
  ) {
    await noteFailure(zekt, moved, moved.failure);
  }
}

const isOverdue = ({ isFinalized, dueAt, dueFor }: Delivery, now: number): boolean =>
  !isFinalized && dueFor !== "dispatch" && dueAt !== null && Date.parse(dueAt) <= now;

const postpone = (delivery: Delivery, now: number): Delivery =>
  isOverdue(delivery, now) ? { ...delivery, dueAt: iso(now + ASK_AGAIN) } : delivery;

/** Asks GitHub for the runs that may be a delivery's own, and follows those that have ended. */
async function look(
  zekt: Zekt,
  repository: Repository,
  delivery: Delivery,
  lists: RunLists,
): Promise<"alive" | "nothing" | "unknown"> {
  try {
    if (delivery.dueFor === "completion") return await lookAtOwner(zekt, repository, delivery);
    return await lookForRuns(zekt, repository, delivery, lists);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // Who may not look has to go by the clock alone.
    return error.code === "unavailable" || error.code === "limited" ? "unknown" : "nothing";
  }
}

async function lookAtOwner(zekt: Zekt, repository: Repository, delivery: Delivery): Promise<"nothing"> {
  const owner = delivery.owners[decidingWorkflow(delivery) ?? ""];
  const run = owner && (await getRun(zekt.github, repository, owner.runId));
  if (run && repository.tracking) await track(zekt, observeRun(repository.repositoryId, run));
  return "nothing";
}

async function lookForRuns(
  zekt: Zekt,
  repository: Repository,
  delivery: Delivery,
  lists: RunLists,
): Promise<"alive" | "nothing"> {
  const first = delivery.attempts[0];
  if (!first) return "nothing";
  const since = iso(Date.parse(first.startedAt) - SKEW);
  const runs = (await listOnce(zekt, repository, since, lists))
    .map((run) => observeRun(repository.repositoryId, run))
    .filter((run) => isDispatched(zekt, run));
  let alive = false;
  for (const run of runs) {
    if (repository.tracking) await track(zekt, run);
    if (run.status !== "completed" && (await mayBeIts(zekt, repository, run, delivery))) alive = true;
  }
  return alive ? "alive" : "nothing";
}

async function listOnce(
  zekt: Zekt,
  repository: Repository,
  since: string,
  lists: RunLists,
): Promise<RunJson[]> {
  const { repositoryId } = repository;
  const known = lists.get(repositoryId);
  if (known && known.since <= since) return await known.runs;
  const filter = { event: "repository_dispatch", createdSince: since, limit: RUNS };
  const runs = listRuns(zekt.github, repository, filter);
  lists.set(repositoryId, { since, runs });
  return await runs;
}

async function mayBeIts(
  zekt: Zekt,
  repository: Repository,
  run: ObservedRun,
  delivery: Delivery,
): Promise<boolean> {
  const owned = await ownedBy(zekt, run);
  if (owned !== null) return owned === delivery.deliveryId;
  return mayBeOf(run, await typesOf(zekt, repository, run), delivery);
}
