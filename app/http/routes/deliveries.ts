import { z } from "@hono/zod-openapi";
import { Refusal } from "../../domain/refusal.ts";
import type { Zekt } from "../../zekt.ts";
import { type Access, type Api, type DefinedRoute, defineRoute } from "../route.ts";
import { deliverySchema, deliveryView, page } from "../views.ts";

const tag = "Deliveries";

const onListed: Access = {
  by: "user",
  right: "see",
  repositories: (_, context) => [context.req.query("repository") ?? ""].filter(Boolean),
};

const onDelivery: Access = {
  by: "user",
  right: "see",
  repositories: async (zekt, context) => {
    const delivery = await zekt.store.deliveries.get(
      context.req.param("deliveryId" as never) as unknown as string,
    );
    return delivery ? [delivery.providerRepositoryId, delivery.consumerRepositoryId] : [];
  },
};

/** Deliveries, for each of their two sides. */
export function deliveryRoutes(api: Api, zekt: Zekt, routes: DefinedRoute[]): void {
  defineRoute(api, zekt, routes, {
    method: "get",
    path: "/api/deliveries",
    summary: "List deliveries of a repository, as provider or as consumer, newest first",
    tag,
    access: onListed,
    query: z.object({
      ...page,
      repository: z.string().describe("The repository's id"),
      side: z.enum(["provider", "consumer"]),
      service: z.string().optional().describe("Only of this service's id"),
      status: z.enum(["Pending", "Dispatched", "Confirmed", "Completed", "Failed"]).optional(),
      from: z.iso.datetime().optional(),
      to: z.iso.datetime().optional(),
    }),
    answer: z.object({ items: z.array(deliverySchema), cursor: z.string().nullable() }),
    async handle({ query }) {
      const { items, cursor } = await zekt.store.deliveries.list(query.side, query.repository, {
        limit: query.limit,
        cursor: query.cursor,
        between: [query.from ?? "0", query.to ?? "9"],
      });
      const wanted = items.filter(
        (one) =>
          (query.service === undefined || one.source.serviceId === query.service) &&
          (query.status === undefined || one.status === query.status),
      );
      return { items: wanted.map((one) => deliveryView(one, query.side === "consumer")), cursor };
    },
  });
  defineRoute(api, zekt, routes, {
    method: "get",
    path: "/api/deliveries/{deliveryId}",
    summary: "Read a delivery, as either side",
    tag,
    access: onDelivery,
    answer: deliverySchema,
    async handle({ param, rightOn }) {
      const delivery = await zekt.store.deliveries.get(param("deliveryId"));
      if (!delivery) throw new Refusal("not-found", "There is no such delivery.");
      return deliveryView(delivery, (await rightOn(delivery.consumerRepositoryId)) !== "none");
    },
  });
}
