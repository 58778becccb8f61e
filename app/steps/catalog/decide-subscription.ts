import type { WorkerDeps } from "../../deps.ts";
import { iso } from "../../domain/clock.ts";
import type { Subscription, SubscriptionStatus } from "../../domain/records/subscription.ts";
import { Refusal } from "../../domain/refusal.ts";
import { requireReachable, requireUnmanaged } from "./require-repository.ts";
import { requireSubscription } from "./subscribe.ts";
import { noSubscription, updateSubscription } from "./update-subscription.ts";

export type Decision = "approved" | "denied" | "revoked";

const FROM: Record<Decision, readonly SubscriptionStatus[]> = {
  approved: ["requested", "denied", "revoked"],
  denied: ["requested"],
  revoked: ["approved"],
};

/** A subscription after its provider's answer, and whether this call gave it. */
export interface Decided {
  subscription: Subscription;
  isNew: boolean;
}

/**
 * The provider's answer to a subscription. Giving the same answer again changes nothing.
 *
 * @throws Refusal conflict for an answer that does not fit, such as denying what was approved
 */
export async function decideSubscription(
  deps: WorkerDeps,
  subscriptionId: string,
  decision: Decision,
  by: string,
): Promise<Decided> {
  const subscription = await requireSubscription(deps, subscriptionId);
  const repository = await requireReachable(deps, subscription.providerRepositoryId);
  // A file must not stand in the way of stopping what leaves.
  if (decision !== "revoked") requireUnmanaged(repository, by);
  let isNew = true;
  const decided = await updateSubscription(deps, subscription, ({ status }) => {
    isNew = status !== decision;
    if (!isNew) return null;
    if (FROM[decision].includes(status)) {
      return { status: decision, decidedAt: iso(deps.clock.now()), decidedBy: by };
    }
    const instead = status === "approved" ? "; revoke it instead" : "";
    throw new Refusal("conflict", `A subscription that is ${status} cannot be ${decision}${instead}.`);
  });
  if (!decided) throw noSubscription();
  return { subscription: decided, isNew };
}
