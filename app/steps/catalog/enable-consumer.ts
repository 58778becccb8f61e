import type { WorkerDeps } from "../../deps.ts";
import { startsWorkflow } from "../../domain/delivery/start.ts";
import type { Repository } from "../../domain/records/repository.ts";
import type { Subscription } from "../../domain/records/subscription.ts";
import { Refusal } from "../../domain/refusal.ts";
import { placeHook, removeHook } from "../hooks/place-hook.ts";
import { requireReachable, requireUnmanaged } from "./require-repository.ts";
import { updateSubscription } from "./update-subscription.ts";

/** Enables a repository to subscribe to services and receive their events. Safe to repeat. */
export async function enableConsumer(
  deps: WorkerDeps,
  repositoryId: string,
  by: string,
): Promise<Repository> {
  requireUnmanaged(await requireReachable(deps, repositoryId), by);
  return await deps.store.accounts.setRepository({ repositoryId, consumer: true });
}

/** Ends a repository's receiving; its subscriptions stay as they are. */
export async function disableConsumer(
  deps: WorkerDeps,
  repositoryId: string,
  by: string,
): Promise<Repository> {
  requireUnmanaged(await requireReachable(deps, repositoryId), by);
  return await deps.store.accounts.setRepository({ repositoryId, consumer: false });
}

/** Follows a consumer's runs by a webhook in its repository, which confirms and completes deliveries by itself. */
export async function enableTracking(
  deps: WorkerDeps,
  repositoryId: string,
  by: string,
): Promise<Repository> {
  const repository = await requireReachable(deps, repositoryId);
  requireUnmanaged(repository, by);
  await placeHook(deps, repository);
  return await deps.store.accounts.setRepository({ repositoryId, tracking: true });
}

/**
 * The choice for durable subscriptions when tracking is turned off. `end`: they change to default delivery. `keep`:
 * they stay durable, for workflows that use the confirm action.
 */
export type DurableWithoutTracking = "end" | "keep";

/**
 * Stops following a consumer's runs; the webhook goes unless the repository is a provider too.
 *
 * @throws Refusal conflict where durable subscriptions rely on tracking and `durable` does not say what to do
 */
export async function disableTracking(
  deps: WorkerDeps,
  repositoryId: string,
  by: string,
  durable?: DurableWithoutTracking,
): Promise<Repository> {
  const reliant = await checkTrackingMayEnd(deps, repositoryId, by, durable);
  if (durable === "end") {
    for (const one of reliant) await updateSubscription(deps, one, () => ({ durable: null }));
  }
  const disabled = await deps.store.accounts.setRepository({ repositoryId, tracking: false });
  if (!disabled.provider) await removeHook(deps, disabled);
  return disabled;
}

/**
 * Checks that completion tracking may be turned off, writing nothing. Returns the durable subscriptions that rely on
 * it.
 *
 * @throws Refusal as {@link disableTracking} does
 */
export async function checkTrackingMayEnd(
  deps: WorkerDeps,
  repositoryId: string,
  by: string,
  durable?: DurableWithoutTracking,
): Promise<Subscription[]> {
  const repository = await requireReachable(deps, repositoryId);
  requireUnmanaged(repository, by);
  const reliant = repository.tracking ? await reliantOnTracking(deps, repositoryId) : [];
  if (reliant.length > 0 && durable === undefined) throw reliantRefusal(repository, reliant);
  return reliant;
}

/** Returns the durable subscriptions of a repository whose runs are confirmed by tracking, unless an action does. */
async function reliantOnTracking(deps: WorkerDeps, repositoryId: string): Promise<Subscription[]> {
  const subscriptions = await deps.store.catalog.subscriptionsOf(repositoryId);
  return subscriptions.filter(
    (one) =>
      one.durable !== null &&
      (one.status === "approved" || one.status === "requested") &&
      // GitHub names its run, which can be asked for without a webhook.
      !startsWorkflow(one),
  );
}

function reliantRefusal({ fullName }: Repository, reliant: readonly Subscription[]): Refusal {
  const { length } = reliant;
  const detail = `${length === 1 ? "1 durable subscription" : `${length} durable subscriptions`} of ${fullName} may rely on completion tracking. Send durableSubscriptions "end" to change to default delivery, or "keep" if the workflows use the confirm action.`;
  return new Refusal("conflict", detail, { errors: [{ pointer: "/durableSubscriptions", detail }] });
}
