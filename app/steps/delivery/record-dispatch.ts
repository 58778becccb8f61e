import type { WorkerDeps } from "../../deps.ts";
import { DAY, iso } from "../../domain/clock.ts";
import { windowOf } from "../../domain/delivery/tracking.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import type { ObservedRun } from "../../domain/records/observed-run.ts";

/** Longer than any wait for a confirm, after which runs are looked for once more. */
const KEPT = 8 * DAY;

/** Notes that a delivery is about to be dispatched to a repository: before it is, so that no run of it can be seen earlier. */
export async function recordDispatch(
  deps: WorkerDeps,
  repositoryId: string,
  deliveryId: string,
): Promise<void> {
  await deps.store.facts.record("dispatched", repositoryId, iso(deps.clock.now()), deliveryId, KEPT);
}

/** Deliveries that were dispatched to a run's repository shortly before it began. */
export async function dispatchedBefore(deps: WorkerDeps, run: ObservedRun): Promise<Delivery[]> {
  const [from, to] = windowOf(run);
  const ids = await deps.store.facts.recorded("dispatched", run.repositoryId, iso(from), iso(to));
  const deliveries = await deps.store.deliveries.getMany([...new Set(ids)]);
  return deliveries.filter(({ consumerRepositoryId }) => consumerRepositoryId === run.repositoryId);
}
