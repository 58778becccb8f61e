import type { WorkerDeps } from "../../deps.ts";
import { iso } from "../../domain/clock.ts";
import { startOf } from "../../domain/delivery/start.ts";
import { windowOf } from "../../domain/delivery/tracking.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import type { ObservedRun } from "../../domain/records/observed-run.ts";
import type { StartEvent } from "../../domain/records/subscription.ts";
import { DISPATCHED } from "../../store/fact-kinds.ts";

/** Records that a delivery is about to be dispatched to a repository: before it is, so that no run of it can be seen earlier. */
export async function recordDispatch(
  deps: WorkerDeps,
  repositoryId: string,
  deliveryId: string,
): Promise<void> {
  await deps.store.facts.record(DISPATCHED.of({ repositoryId }), iso(deps.clock.now()), deliveryId);
}

/** Deliveries that were dispatched to a run's repository shortly before it began, by `start`. */
export async function dispatchedBefore(
  deps: WorkerDeps,
  run: Pick<ObservedRun, "repositoryId" | "createdAt">,
  start?: StartEvent,
): Promise<Delivery[]> {
  return await dispatchedIn(deps, run.repositoryId, [run], start);
}

/** Deliveries that were dispatched to a repository shortly before runs began, by `start`. */
export async function dispatchedIn(
  deps: WorkerDeps,
  repositoryId: string,
  runs: readonly Pick<ObservedRun, "createdAt">[],
  start: StartEvent = "repository_dispatch",
): Promise<Delivery[]> {
  const windows = runs.map(windowOf);
  const from = Math.min(...windows.map(([begin]) => begin));
  const to = Math.max(...windows.map(([, end]) => end));
  const ids = await deps.store.facts.recorded(DISPATCHED.of({ repositoryId }), iso(from), iso(to));
  const deliveries = await deps.store.deliveries.getMany([...new Set(ids)]);
  return deliveries.filter((one) => one.consumerRepositoryId === repositoryId && startOf(one) === start);
}
