import type { Delivery, Failure } from "../../domain/records/delivery.ts";
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

/** Says to a consumer that it is not among the recipients of an encrypted message, and what would change that. */
export const LATE =
  "The message is shielded, and was encrypted before this repository was approved or had registered a key, so that it cannot be read here. Register a key if there is none, and have the provider's workflow send it again.";

/** Says why a delivery's message would be of no use to its consumer; null where it is. */
export const shieldRefusal = ({
  shield,
}: Pick<Delivery, "shield">): Pick<Failure, "kind" | "reason"> | null =>
  shield === "late" ? { kind: "payload", reason: LATE } : null;
