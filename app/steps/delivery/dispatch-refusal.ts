import type { Failure } from "../../domain/records/delivery.ts";
import type { Repository } from "../../domain/records/repository.ts";
import type { SubscriptionStatus } from "../../domain/records/subscription.ts";

/**
 * Says why a subscription's deliveries may not leave any more, though it was decided once; null where they may.
 *
 * @param status - of the subscription, null where it is gone
 * @param repository - the consumer's
 */
export function dispatchRefusal(
  status: SubscriptionStatus | null,
  repository: Pick<Repository, "reachable" | "consumer"> | null,
): Pick<Failure, "kind" | "reason"> | null {
  if (status !== "approved") {
    return {
      kind: "auth",
      reason: `The subscription is ${status ?? "removed"}; its provider has to approve it.`,
    };
  }
  if (!repository?.reachable) {
    return {
      kind: "not-found",
      reason:
        "The App is not installed on the consumer's repository any more, or its installation is suspended.",
    };
  }
  if (!repository.consumer) {
    return { kind: "auth", reason: "The repository is not enabled as a consumer any more." };
  }
  return null;
}
