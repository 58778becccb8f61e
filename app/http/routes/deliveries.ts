import type { ApiDeps } from "../../deps.ts";
import { iso } from "../../domain/clock.ts";
import { ARCHIVE_TTL } from "../../domain/limits.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import { Refusal } from "../../domain/refusal.ts";
import { readAttempt } from "../../steps/delivery/read-attempt.ts";
import {
  payloadForConsumer,
  payloadForProvider,
  requireApproved,
} from "../../steps/delivery/read-payload.ts";
import { beginPayloadSearch } from "../../steps/insight/search-payloads.ts";
import type { PortionQuery } from "../../store/pages.ts";
import { type Listing, readPage, searchPage } from "../kit/paging.ts";
import { onDelivery, onListed } from "../kit/required-rights.ts";
import type { Call, Define } from "../kit/route.ts";
import { exchangeSchema, exchangeView } from "../views/attempt.ts";
import { deliverySchema, deliveryView } from "../views/delivery.ts";
import {
  type DeliveryFilters,
  deliveryFilters,
  deliveryMatcher,
  deliveryPage,
  type Listed,
} from "../views/delivery-filter.ts";
import { payloadAnswer, payloadHeaders, payloadResponse } from "../views/payload.ts";
import { timelineSchema, timelineView } from "../views/timeline.ts";

const tag = "Deliveries";

const max = (a: string, b: string): string => (a > b ? a : b);

/** Reads a page of what the filters select; where one of them is about payloads, as far as one search goes. */
async function pageOfListed(deps: ApiDeps, listing: Listing<Listed>, query: DeliveryFilters) {
  const matches = deliveryMatcher(query);
  if (query.where === undefined) return { page: await readPage(listing, query, matches), searched: null };
  const search = await beginPayloadSearch(deps, query.where, query.side);
  let backTo: string | null = null;
  const page = await searchPage(listing, query, async (one) => {
    const verdict = matches?.(one) === false ? false : await search.judge(one.delivery);
    if (verdict !== null) backTo = one.delivery.createdAt;
    return verdict;
  });
  return { page, searched: { ...search.searched(), backTo } };
}

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
    answer: deliveryPage,
    async handle({ query }) {
      const { side, repository, where, from = "0", to = "9" } = query;
      // No payload is older, so that a search ends there.
      const oldest = where === undefined ? from : max(from, iso(deps.clock.now() - ARCHIVE_TTL));
      const listing = {
        name: `deliveries ${side} ${repository} ${from} ${to}`,
        async read(portion: PortionQuery) {
          const { items, next } = await deliveries.listAfter(side, repository, {
            ...portion,
            between: [oldest, to],
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
      const { page, searched } = await pageOfListed(deps, listing, query);
      const asConsumer = side === "consumer";
      const provider = asConsumer ? null : await accounts.getRepository(repository);
      return {
        items: page.items.map(({ delivery, consumer }) =>
          deliveryView(delivery, consumer, asConsumer, deps.settings, provider),
        ),
        cursor: page.cursor,
        searched,
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
