import type { WorkerDeps } from "../../deps.ts";
import { iso } from "../../domain/clock.ts";
import { startOf } from "../../domain/delivery/start.ts";
import { windowOf } from "../../domain/delivery/tracking.ts";
import { findDeliveryId } from "../../domain/ids.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import type { Trace, WorkflowEvent } from "../../domain/records/event.ts";
import type { ObservedRun } from "../../domain/records/observed-run.ts";
import type { StartEvent } from "../../domain/records/subscription.ts";
import { DISPATCHED, RUN_OWNER } from "../../store/fact-kinds.ts";

/*
 * Records which deliveries are dispatched, and which of them a run took on, to find what a run follows from.
 */

/**
 * Finds the cause of a run: the delivery it owns, else one that its title names. For a run our own dispatch
 * started, it is what was dispatched to its repository in the minutes before. Any other run starts a chain.
 */
export async function findCause(deps: WorkerDeps, event: WorkflowEvent): Promise<Trace> {
  const { facts, deliveries } = deps.store;
  const owned = await facts.get(RUN_OWNER.of(event));
  for (const deliveryId of [owned?.deliveryId, findDeliveryId(event.run.display_title)]) {
    if (!deliveryId) continue;
    const delivery = await deliveries.get(deliveryId);
    // A title is anybody's to write: it counts only where the delivery really went to this repository.
    if (delivery?.consumerRepositoryId === event.repositoryId) {
      return { hops: delivery.trace.hops + 1, causedBy: deliveryId };
    }
  }
  const isDispatched = event.run.event === "repository_dispatch" || event.run.event === "workflow_dispatch";
  if (isDispatched && event.run.actor === deps.settings.botLogin) {
    const dispatched = await dispatchedBefore(deps, dispatchedRun(event), event.run.event as StartEvent);
    return { hops: leastHops(event, dispatched) + 1, causedBy: null };
  }
  return { hops: 0, causedBy: null };
}

const dispatchedRun = ({ repositoryId, run }: WorkflowEvent) => ({ repositoryId, createdAt: run.created_at });

/**
 * Returns how deep a run is in a chain at least, by the deliveries that may have started it. Each provider's
 * chain counts for itself, as deep as its dispatches were. Where several may have started the run, the
 * shallowest counts, so that no provider's chain blocks the runs of another's.
 */
function leastHops({ run }: WorkflowEvent, dispatched: readonly Delivery[]): number {
  // GitHub titles a run by its event type where its workflow gives no other title.
  const titled = dispatched.filter(({ eventType }) => eventType === run.display_title);
  const deepest = new Map<string, number>();
  for (const { providerRepositoryId: provider, trace } of titled.length > 0 ? titled : dispatched) {
    deepest.set(provider, Math.max(trace.hops, deepest.get(provider) ?? 0));
  }
  return deepest.size === 0 ? 0 : Math.min(...deepest.values());
}

/**
 * Records that a delivery is about to be dispatched to a repository: before it is, so that no run of it can be seen
 * earlier.
 *
 * @param at - the moment under which it is found, in milliseconds since the epoch
 */
export async function recordDispatch(
  deps: WorkerDeps,
  repositoryId: string,
  deliveryId: string,
  at: number,
): Promise<void> {
  await deps.store.facts.record(DISPATCHED.of({ repositoryId }), iso(at), deliveryId);
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
