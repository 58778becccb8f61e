import type { WorkerDeps } from "../../deps.ts";
import type { Subscription } from "../../domain/records/subscription.ts";
import { transferService } from "./save-service.ts";
import { updateSubscription } from "./update-subscription.ts";

/** Resets an approval by, or for, an owner who has left. */
const undecided = ({ status }: Subscription): Partial<Subscription> =>
  status === "approved" ? { status: "requested", decidedAt: null, decidedBy: null } : {};

/**
 * After a repository changed hands: whoever was approved, to it or by it, has to be approved anew, and
 * nobody is approved beforehand any more. What the new owner decided since stays, so this may be
 * repeated at any time. The new owner may be given before it is stored.
 */
export async function restartApprovals(
  deps: WorkerDeps,
  repositoryId: string,
  newOwnerId?: string,
): Promise<void> {
  const { accounts, catalog } = deps.store;
  const ownerId = newOwnerId ?? (await accounts.getRepository(repositoryId))?.ownerId;
  if (ownerId === undefined) return;
  const { services } = await catalog.offerOf(repositoryId);
  for (const service of services) {
    for (const subscription of await catalog.subscriptionsTo(service.serviceId)) {
      await updateSubscription(deps, subscription, (current) =>
        current.providerOwnerId === ownerId ? null : { providerOwnerId: ownerId, ...undecided(current) },
      );
    }
    if (service.ownerId !== ownerId) {
      for (const answer of await catalog.presetDecisionsOf(service.serviceId))
        await catalog.removePresetDecision(answer);
      // Last, since by it a repetition knows whether it is done.
      await transferService(deps, service, ownerId);
    }
  }
  for (const subscription of await catalog.subscriptionsOf(repositoryId)) {
    await updateSubscription(deps, subscription, (current) =>
      current.ownerId === ownerId ? null : { ownerId, ...undecided(current) },
    );
  }
}
