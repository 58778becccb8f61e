import type { Zekt } from "../../deps.ts";
import type { Subscription, SubscriptionStatus } from "../../domain/catalog/catalog.ts";
import { iso } from "../../domain/clock.ts";
import { Refusal } from "../../domain/refusal.ts";
import { reachableRepository, refuseIfManaged } from "./enable-provider.ts";
import { moveSubscription, noSubscription } from "./move-subscription.ts";
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
  const decided = await moveSubscription(zekt, subscription, ({ status }) => {
    if (status === decision) return null;
    if (FROM[decision].includes(status)) {
      return { status: decision, decidedAt: iso(zekt.clock.now()), decidedBy: by };
    }
    const instead = status === "approved" ? "; revoke it instead" : "";
    throw new Refusal("conflict", `A subscription that is ${status} cannot be ${decision}${instead}.`);
  });
  if (!decided) throw noSubscription();
  return decided;
}
