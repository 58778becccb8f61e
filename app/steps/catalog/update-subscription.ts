import type { WorkerDeps } from "../../deps.ts";
import type { Subscription } from "../../domain/records/subscription.ts";
import { Refusal } from "../../domain/refusal.ts";
import { releaseEnded } from "../delivery/probe-connections.ts";
import { updateRequestNotice } from "../notices/raise-notice.ts";

/** There is no subscription of the id that was asked for. */
export const noSubscription = (): Refusal => new Refusal("not-found", "There is no such subscription.");

/**
 * Changes a subscription by one conditional write. `next` gets the subscription and returns the change, or null for
 * none. It is called again where somebody else changed the status first. Answers null where it is gone by then.
 */
export async function updateSubscription(
  deps: WorkerDeps,
  subscription: Subscription,
  next: (current: Subscription) => Partial<Subscription> | null,
): Promise<Subscription | null> {
  const { catalog } = deps.store;
  for (let current: Subscription | null = subscription; current; ) {
    const change = next(current);
    if (change === null) {
      // The process that answered the request may have died before its notice was resolved.
      if (current.status !== "requested") await updateRequestNotice(deps, current);
      return current;
    }
    const moved = await catalog.updateSubscription(current, change);
    if (moved) {
      if (current.status === "requested") await updateRequestNotice(deps, moved);
      if (current.status === "approved" && moved.status !== "approved") {
        await releaseEnded(deps, moved.subscriptionId);
      }
      return moved;
    }
    current = await catalog.getSubscription(subscription);
  }
  return null;
}

/**
 * Ends a subscription, or a request for one, which then waits for nobody's answer any more. Returns false where another
 * has ended it meanwhile.
 */
export async function endSubscription(deps: WorkerDeps, subscription: Subscription): Promise<boolean> {
  // All before, since by the subscription a repetition finds what is left to do.
  await releaseEnded(deps, subscription.subscriptionId);
  await updateRequestNotice(deps, { ...subscription, status: "revoked" });
  return await deps.store.catalog.removeSubscription(subscription);
}
