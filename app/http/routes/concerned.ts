import type { Access } from "../access.ts";
import { pathParam } from "../env.ts";

type Needed = "see" | "change";

/** A right on the repository in the path. */
export const onRepository = (right: Needed): Access => ({
  by: "user",
  right,
  repositories: (_, context) => [pathParam(context, "repositoryId")],
});

/** A right on the repository whose service is in the path. */
export const onService = (right: Needed): Access => ({
  by: "user",
  right,
  async repositories(zekt, context) {
    const service = await zekt.store.catalog.findService(pathParam(context, "serviceId"));
    return service ? [service.repositoryId] : [];
  },
});

/** A right on a side of the subscription in the path. */
export const onSubscription = (right: Needed, side: "either" | "provider" | "consumer"): Access => ({
  by: "user",
  right,
  async repositories(zekt, context) {
    const found = await zekt.store.catalog.findSubscription(pathParam(context, "subscriptionId"));
    if (!found) return [];
    const { repositoryId, providerRepositoryId } = found;
    if (side === "either") return [repositoryId, providerRepositoryId];
    return [side === "consumer" ? repositoryId : providerRepositoryId];
  },
});

/** A right to see a side of the delivery in the path. */
export const onDelivery: Access = {
  by: "user",
  right: "see",
  async repositories(zekt, context) {
    const found = await zekt.store.deliveries.get(pathParam(context, "deliveryId"));
    return found ? [found.consumerRepositoryId, found.providerRepositoryId] : [];
  },
};

/** A right to see the repository that the query names. */
export const onListed: Access = {
  by: "user",
  right: "see",
  repositories: (_, context) => [context.req.query("repository") ?? ""],
};

/** To administer the owner in the path. */
export const onOwner: Access = {
  by: "user",
  right: "administer",
  owner: (context) => pathParam(context, "ownerId"),
};
