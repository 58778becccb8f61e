import { z } from "@hono/zod-openapi";
import { iso } from "../../domain/clock.ts";
import type { Delivery } from "../../domain/delivery.ts";
import { Refusal } from "../../domain/refusal.ts";
import { handOver, messageOf } from "../../steps/read-payload.ts";
import type { Zekt } from "../../zekt.ts";
import { pageOf, pageQuery, readPage } from "../paging.ts";
import type { Call, Define } from "../route.ts";
import { repositoryId, serviceId } from "../views/common.ts";
import { deliverySchema, deliveryStatus, deliveryView } from "../views/delivery.ts";
import { payloadAnswer, payloadHeaders, payloadResponse } from "../views/payload.ts";
import { onDelivery, onListed } from "./concerned.ts";

const tag = "Deliveries";

const moment = z.iso
  .datetime({ offset: true })
  .transform((text) => iso(Date.parse(text)))
  .optional();

const filters = z.object({
  ...pageQuery,
  repository: repositoryId,
  side: z.enum(["provider", "consumer"]).describe("What the repository is to the deliveries"),
  service: serviceId.optional().describe("Only of this service"),
  status: deliveryStatus.optional(),
  eventType: z.string().max(400).optional().describe("Only of this event type"),
  from: moment.meta({ description: "Only made at this moment or later", example: "2026-01-31T00:00:00Z" }),
  to: moment.meta({ description: "Only made at this moment or earlier", example: "2026-02-01T00:00:00Z" }),
});

/** Deliveries, for each of their two sides. */
export function deliveryRoutes(define: Define, zekt: Zekt): void {
  const { accounts, deliveries } = zekt.store;
  const known = async ({ param, note }: Call<undefined, undefined>): Promise<Delivery> => {
    const delivery = await deliveries.get(param("deliveryId"));
    if (!delivery) throw new Refusal("not-found", "There is no such delivery.");
    note({ correlationId: delivery.correlationId });
    return delivery;
  };
  define({
    id: "listDeliveries",
    method: "get",
    path: "/api/deliveries",
    summary: "List deliveries of a repository, as provider or as consumer, newest first",
    tag,
    access: onListed,
    query: filters,
    answer: pageOf(deliverySchema),
    async handle({ query }) {
      const { side, repository, service, status, eventType, from = "0", to = "9" } = query;
      const listing = {
        name: `deliveries ${side} ${repository} ${from} ${to}`,
        read: (portion: { after: string | null; count: number }) =>
          deliveries.listAfter(side, repository, { ...portion, between: [from, to] }),
      };
      const matches = (one: Delivery): boolean =>
        (service === undefined || one.source.serviceId === service) &&
        (status === undefined || one.status === status) &&
        (eventType === undefined || one.eventType === eventType);
      const filtered = service !== undefined || status !== undefined || eventType !== undefined;
      const { items, cursor } = await readPage(listing, query, filtered ? matches : null);
      const consumers = await accounts.getRepositories(items.map((one) => one.consumerRepositoryId));
      const byId = new Map(consumers.map((one) => [one.repositoryId, one]));
      return {
        items: items.map((one) =>
          deliveryView(one, byId.get(one.consumerRepositoryId) ?? null, side === "consumer"),
        ),
        cursor,
      };
    },
  });
  define({
    id: "getDelivery",
    method: "get",
    path: "/api/deliveries/{deliveryId}",
    summary: "Read a delivery, as either side",
    tag,
    access: onDelivery,
    answer: deliverySchema,
    async handle(call) {
      const delivery = await known(call);
      const { consumerRepositoryId } = delivery;
      const asConsumer = (await call.rightOn(consumerRepositoryId)) !== "none";
      return deliveryView(delivery, await accounts.getRepository(consumerRepositoryId), asConsumer);
    },
  });
  define({
    id: "getDeliveryPayload",
    method: "get",
    path: "/api/deliveries/{deliveryId}/payload",
    summary: "Read the message that a delivery carries, as either side",
    tag,
    access: onDelivery,
    refusals: [403, 410],
    answer: payloadAnswer,
    answerHeaders: payloadHeaders,
    async handle(call) {
      const delivery = await known(call);
      const asProvider = (await call.rightOn(delivery.providerRepositoryId)) !== "none";
      return payloadResponse(await (asProvider ? messageOf : handOver)(zekt, delivery));
    },
  });
}
