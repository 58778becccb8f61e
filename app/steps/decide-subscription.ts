import type { Subscription, SubscriptionStatus } from "../domain/catalog.ts";
import { iso } from "../domain/clock.ts";
import { Refusal } from "../domain/refusal.ts";
import type { Zekt } from "../zekt.ts";
import { reachableRepository, refuseIfManaged } from "./enable-provider.ts";
import { knownSubscription } from "./subscribe.ts";

export type Decision = "approved" | "denied" | "revoked";

const FROM: Record<Decision, readonly SubscriptionStatus[]> = {
  approved: ["requested", "denied", "revoked"],
  denied: ["requested"],
  revoked: ["approved"],
};

/**
 * The provider's answer to a subscription. Giving the same answer again changes nothing.
 *
 * @throws Refusal conflict for an answer that does not fit, such as denying what was approved
 */
export async function decideSubscription(
  zekt: Zekt,
  subscriptionId: string,
  decision: Decision,
  by: string,
): Promise<Subscription> {
  const subscription = await knownSubscription(zekt, subscriptionId);
  refuseIfManaged(await reachableRepository(zekt, subscription.providerRepositoryId), by);
  if (subscription.status === decision) return subscription;
  if (!FROM[decision].includes(subscription.status)) {
    throw new Refusal("conflict", `A subscription that is ${subscription.status} cannot be ${decision}.`);
  }
  const decided: Subscription = {
    ...subscription,
    status: decision,
    decidedAt: iso(zekt.clock.now()),
    decidedBy: by,
  };
  await zekt.store.catalog.putSubscription(decided);
  return decided;
}
