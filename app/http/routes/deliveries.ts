import type { ApiDeps } from "../../deps.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import { Refusal } from "../../domain/refusal.ts";
import { readAttempt } from "../../steps/delivery/read-attempt.ts";
import {
  payloadForConsumer,
  payloadForProvider,
  requireApproved,
} from "../../steps/delivery/read-payload.ts";
import type { PortionQuery } from "../../store/pages.ts";
import { pageOf, readPage } from "../kit/paging.ts";
import { onDelivery, onListed } from "../kit/required-rights.ts";
import type { Call, Define } from "../kit/route.ts";
import { exchangeSchema, exchangeView } from "../views/attempt.ts";
import { deliverySchema, deliveryView } from "../views/delivery.ts";
import { deliveryFilters, deliveryMatcher, type Listed } from "../views/delivery-filter.ts";
import { payloadAnswer, payloadHeaders, payloadResponse } from "../views/payload.ts";
import { timelineSchema, timelineView } from "../views/timeline.ts";

const tag = "Deliveries";

/** Deliveries, for each of their two sides. */
export function deliveryRoutes(define: Define, deps: ApiDeps): void {
  const { accounts, deliveries } = deps.store;
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
    query: deliveryFilters,
    answer: pageOf(deliverySchema),
    async handle({ query }) {
      const { side, repository, from = "0", to = "9" } = query;
      const listing = {
        name: `deliveries ${side} ${repository} ${from} ${to}`,
        async read(portion: PortionQuery) {
          const { items, next } = await deliveries.listAfter(side, repository, {
            ...portion,
            between: [from, to],
          });
          const consumers = await accounts.getRepositories(items.map(([, one]) => one.consumerRepositoryId));
          const byId = new Map(consumers.map((one) => [one.repositoryId, one]));
          const withConsumer = (delivery: Delivery): Listed => ({
            delivery,
            consumer: byId.get(delivery.consumerRepositoryId) ?? null,
          });
          return { items: items.map(([key, one]) => [key, withConsumer(one)] as const), next };
        },
      };
      const { items, cursor } = await readPage(listing, query, deliveryMatcher(query));
      const asConsumer = side === "consumer";
      const provider = asConsumer ? null : await accounts.getRepository(repository);
      return {
        items: items.map(({ delivery, consumer }) =>
          deliveryView(delivery, consumer, asConsumer, deps.settings, provider),
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
      const asProvider = (await call.rightOn(delivery.providerRepositoryId)) !== "none";
      const [consumer, provider] = await Promise.all([
        accounts.getRepository(consumerRepositoryId),
        asProvider ? accounts.getRepository(delivery.providerRepositoryId) : null,
      ]);
      return deliveryView(delivery, consumer, asConsumer, deps.settings, provider);
    },
  });
  define({
    id: "getTimeline",
    method: "get",
    path: "/api/deliveries/{deliveryId}/timeline",
    summary: "Read all that happened to a delivery, as either side",
    tag,
    access: onDelivery,
    answer: timelineSchema,
    async handle(call) {
      const delivery = await known(call);
      return timelineView(delivery, (await call.rightOn(delivery.consumerRepositoryId)) !== "none");
    },
  });
  define({
    id: "getAttempt",
    method: "get",
    path: "/api/deliveries/{deliveryId}/attempts/{attempt}",
    summary: "Read an attempt's request as it was sent, and GitHub's answer, as either side",
    tag,
    access: onDelivery,
    refusals: [403],
    answer: exchangeSchema,
    async handle(call) {
      const delivery = await known(call);
      const asConsumer = (await call.rightOn(delivery.consumerRepositoryId)) !== "none";
      const asProvider = (await call.rightOn(delivery.providerRepositoryId)) !== "none";
      if (!asProvider) await requireApproved(deps, delivery);
      return exchangeView(await readAttempt(deps, delivery, Number(call.param("attempt"))), asConsumer);
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
      return payloadResponse(await (asProvider ? payloadForProvider : payloadForConsumer)(deps, delivery));
    },
  });
}
