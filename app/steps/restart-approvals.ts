import type { Zekt } from "../zekt.ts";

/** After a repository changed hands: whoever was approved, to it or by it, has to be approved anew. */
export async function restartApprovals(zekt: Zekt, repositoryId: string): Promise<void> {
  const { accounts, catalog } = zekt.store;
  const repository = await accounts.getRepository(repositoryId);
  if (!repository) return;
  const { services } = await catalog.offerOf(repositoryId);
  for (const service of services) {
    await catalog.putService({ ...service, ownerId: repository.ownerId, preapprovedOwners: [] });
    for (const subscription of await catalog.subscriptionsTo(service.serviceId)) {
      await catalog.putSubscription({
        ...subscription,
        providerOwnerId: repository.ownerId,
        ...(subscription.status === "approved"
          ? { status: "requested" as const, decidedAt: null, decidedBy: null }
          : {}),
      });
    }
  }
  for (const subscription of await catalog.subscriptionsOf(repositoryId)) {
    await catalog.putSubscription({
      ...subscription,
      ownerId: repository.ownerId,
      ...(subscription.status === "approved"
        ? { status: "requested" as const, decidedAt: null, decidedBy: null }
        : {}),
    });
  }
}
