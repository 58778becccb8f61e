import type { WorkerDeps } from "../../deps.ts";
import { findDeliveryId } from "../../domain/ids.ts";
import type { Trace, WorkflowEvent } from "../../domain/records/event.ts";
import { DEEPEST_CHAIN, RUN_OWNER } from "../../store/fact-kinds.ts";

/** Notes how deep the chain is that a dispatch to a repository continues, for runs that cannot say it themselves. */
export async function recordHops(
  deps: WorkerDeps,
  repositoryId: string,
  trace: Trace,
  deliveryId: string,
): Promise<void> {
  // Without a note a chain counts from zero, so the first link need not be written.
  if (trace.hops === 0) return;
  const { facts } = deps.store;
  const deepest = DEEPEST_CHAIN.of({ repositoryId });
  const recorded = await facts.get(deepest);
  if (recorded && recorded.hops > trace.hops) return;
  await facts.set(deepest, { hops: trace.hops, causedBy: deliveryId });
}

/** Notes which delivery a consumer's run took on, so that what the run causes is known to follow from it. */
export async function recordOwner(
  deps: WorkerDeps,
  run: { repositoryId: string; runId: string },
  deliveryId: string,
): Promise<void> {
  await deps.store.facts.set(RUN_OWNER.of(run), { deliveryId });
}

/**
 * Finds what caused a run: the delivery it owns, else one its title names, else, for a run our own
 * dispatch started, the deepest chain lately sent to its repository. Anything else starts a chain.
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
  if (event.run.event === "repository_dispatch" && event.run.actor === deps.settings.botLogin) {
    const deepest = await facts.get(DEEPEST_CHAIN.of(event));
    return { hops: (deepest?.hops ?? 0) + 1, causedBy: null };
  }
  return { hops: 0, causedBy: null };
}
