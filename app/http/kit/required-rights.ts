import type { ApiDeps } from "../../deps.ts";
import { invalidAt } from "../../domain/parse-input.ts";
import type { Access } from "./access.ts";
import { pathParam } from "./env.ts";

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
  async repositories(deps, context) {
    const service = await deps.store.catalog.findService(pathParam(context, "serviceId"));
    return service ? [service.repositoryId] : [];
  },
});

/** A right on a side of the subscription in the path. */
export const onSubscription = (right: Needed, side: "either" | "provider" | "consumer"): Access => ({
  by: "user",
  right,
  async repositories(deps, context) {
    const found = await deps.store.catalog.findSubscription(pathParam(context, "subscriptionId"));
    if (!found) return [];
    const { repositoryId, providerRepositoryId } = found;
    if (side === "either") return [repositoryId, providerRepositoryId];
    return [side === "consumer" ? repositoryId : providerRepositoryId];
  },
});

/** A right on a side of the delivery in the path. */
export const onDeliveryOf = (right: Needed): Access => ({
  by: "user",
  right,
  async repositories(deps, context) {
    const found = await deps.store.deliveries.get(pathParam(context, "deliveryId"));
    return found ? [found.consumerRepositoryId, found.providerRepositoryId] : [];
  },
});

/** A right to see a side of the delivery in the path. */
export const onDelivery = onDeliveryOf("see");

const sidesOf = async (deps: ApiDeps, subscriptionId: string): Promise<string[]> => {
  const found = await deps.store.catalog.findSubscription(subscriptionId);
  return found ? [found.repositoryId, found.providerRepositoryId] : [];
};

/** A right to change a side of the subscription that the body names. */
export const onReplayed: Access = {
  by: "user",
  right: "change",
  async repositories(deps, context) {
    const body = await context.req.json<{ subscriptionId?: unknown } | null>().catch(() => null);
    if (typeof body?.subscriptionId !== "string") {
      throw invalidAt(["subscriptionId"], "Name the connection by its subscription's id, in a JSON body.");
    }
    return await sidesOf(deps, body.subscriptionId);
  },
};

/** A right on a side of the connection that the bulk replay in the path is of. */
export const onReplayJob = (right: Needed): Access => ({
  by: "user",
  right,
  async repositories(deps, context) {
    const job = await deps.store.replayJobs.get(pathParam(context, "jobId"));
    return job ? await sidesOf(deps, job.subscriptionId) : [];
  },
});

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
