import type { Zekt } from "../../deps.ts";
import type { Subscription } from "../../domain/catalog/catalog.ts";
import { moveSubscription } from "./move-subscription.ts";
import { handService } from "./save-service.ts";

/** What becomes of an answer given to, or by, an owner who has left. */
const undecided = ({ status }: Subscription): Partial<Subscription> =>
  status === "approved" ? { status: "requested", decidedAt: null, decidedBy: null } : {};

/**
 * After a repository changed hands: whoever was approved, to it or by it, has to be approved anew, and
 * nobody is approved beforehand any more. What the new owner decided since stays, so this may be
 * repeated at any time. The new owner may be given before it is stored.
 */
export async function restartApprovals(zekt: Zekt, repositoryId: string, newOwnerId?: string): Promise<void> {
  const { accounts, catalog } = zekt.store;
  const ownerId = newOwnerId ?? (await accounts.getRepository(repositoryId))?.ownerId;
  if (ownerId === undefined) return;
  const { services } = await catalog.offerOf(repositoryId);
  for (const service of services) {
    for (const subscription of await catalog.subscriptionsTo(service.serviceId)) {
      await moveSubscription(zekt, subscription, (current) =>
        current.providerOwnerId === ownerId ? null : { providerOwnerId: ownerId, ...undecided(current) },
      );
    }
    if (service.ownerId !== ownerId) {
      for (const answer of await catalog.answersOf(service.serviceId)) await catalog.removeAnswer(answer);
      // Last, since by it a repetition knows whether it is done.
      await handService(zekt, service, ownerId);
    }
  }
  for (const subscription of await catalog.subscriptionsOf(repositoryId)) {
    await moveSubscription(zekt, subscription, (current) =>
      current.ownerId === ownerId ? null : { ownerId, ...undecided(current) },
    );
  }
}
