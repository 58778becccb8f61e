import type { WorkerDeps } from "../../deps.ts";
import { HOUR } from "../../domain/clock.ts";
import { findDeliveryId } from "../../domain/ids.ts";
import type { Trace, WorkflowEvent } from "../../domain/records/event.ts";

/** For how long a dispatch may be the cause of a run that cannot name its delivery. */
const LATELY = 24 * HOUR;

/** Notes how deep the chain is that a dispatch to a repository continues, for runs that cannot say it themselves. */
export async function recordHops(
  deps: WorkerDeps,
  repositoryId: string,
  trace: Trace,
  deliveryId: string,
): Promise<void> {
  // Without a note a chain counts from zero, so the first link need not be written.
  if (trace.hops === 0) return;
  const noted = await deps.store.facts.get<Trace>("hops", repositoryId);
  if (noted && noted.hops > trace.hops) return;
  await deps.store.facts.set("hops", repositoryId, { hops: trace.hops, causedBy: deliveryId }, LATELY);
}

/** Notes which delivery a consumer's run took on, so that what the run causes is known to follow from it. */
export async function recordOwner(
  deps: WorkerDeps,
  run: { repositoryId: string; runId: string },
  deliveryId: string,
  ttl: number,
): Promise<void> {
  await deps.store.facts.set("owner", `${run.repositoryId}#${run.runId}`, { deliveryId }, ttl);
}

/**
 * Finds what caused a run: the delivery it owns, else one its title names, else, for a run our own
 * dispatch started, the deepest chain lately sent to its repository. Anything else starts a chain.
 */
export async function findCause(deps: WorkerDeps, event: WorkflowEvent): Promise<Trace> {
  const { facts, deliveries } = deps.store;
  const owned = await facts.get<{ deliveryId: string }>("owner", `${event.repositoryId}#${event.runId}`);
  for (const deliveryId of [owned?.deliveryId, findDeliveryId(event.run.display_title)]) {
    if (!deliveryId) continue;
    const delivery = await deliveries.get(deliveryId);
    // A title is anybody's to write: it counts only where the delivery really went to this repository.
    if (delivery?.consumerRepositoryId === event.repositoryId) {
      return { hops: delivery.trace.hops + 1, causedBy: deliveryId };
    }
  }
  if (event.run.event === "repository_dispatch" && event.run.actor === deps.settings.botLogin) {
    const noted = await facts.get<Trace>("hops", event.repositoryId);
    return { hops: (noted?.hops ?? 0) + 1, causedBy: null };
  }
  return { hops: 0, causedBy: null };
}
