import { z } from "@hono/zod-openapi";
import type { Delivery } from "../../domain/records/delivery.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { pageQuery } from "../kit/paging.ts";
import { repositoryId, serviceId, subscriptionId, wantedMoment } from "./common.ts";
import { deliveryStatus, failureKind } from "./delivery.ts";

const flag = z.enum(["true", "false"]).optional();

/** Which deliveries are listed. */
export const deliveryFilters = z.object({
  ...pageQuery,
  repository: repositoryId,
  side: z.enum(["provider", "consumer"]).describe("What the repository is to the deliveries"),
  service: serviceId.optional().describe("Only of this service"),
  subscription: subscriptionId.optional().describe("Only of this subscription"),
  status: deliveryStatus.optional(),
  durable: flag.describe("Only durable deliveries, or only others"),
  test: flag.describe("Only test events, or only others"),
  replay: flag.describe("Only replays, or only others"),
  failure: failureKind.optional().describe("Only those that failed so"),
  eventType: z.string().max(400).optional().describe("Only of this event type"),
  text: z
    .string()
    .trim()
    .max(200)
    .optional()
    .describe("Only where an id, the event type, the service, its provider or the consumer holds this"),
  from: wantedMoment.meta({
    description: "Only made at this moment or later",
    example: "2026-01-31T00:00:00Z",
  }),
  to: wantedMoment.meta({
    description: "Only made at this moment or earlier",
    example: "2026-02-01T00:00:00Z",
  }),
});
export type DeliveryFilters = z.infer<typeof deliveryFilters>;

const isFlagged = (wanted: "true" | "false" | undefined, is: boolean): boolean =>
  wanted === undefined || (wanted === "true") === is;

/** A delivery and the repository it goes to. */
export interface Listed {
  delivery: Delivery;
  consumer: Repository | null;
}

/**
 * Returns a function that selects the requested deliveries, or null where all are. It reads only what both
 * sides see, so that a filter reveals nothing of a provider behind an alias.
 */
export function deliveryMatcher(wanted: DeliveryFilters): ((one: Listed) => boolean) | null {
  const { service, subscription, status, eventType, durable, test, replay, failure } = wanted;
  const text = wanted.text?.toLowerCase() || undefined;
  const all = [service, subscription, status, eventType, text, durable, test, replay, failure];
  if (all.every((one) => one === undefined)) return null;
  return ({ delivery, consumer }) => {
    const { source } = delivery;
    const words = [
      delivery.deliveryId,
      delivery.correlationId,
      delivery.eventType,
      source.slug,
      source.provider,
      consumer?.fullName ?? "",
    ];
    return (
      (service === undefined || source.serviceId === service) &&
      (subscription === undefined || delivery.subscriptionId === subscription) &&
      (status === undefined || delivery.status === status) &&
      isFlagged(durable, delivery.durable !== null) &&
      isFlagged(test, delivery.isTest ?? false) &&
      isFlagged(replay, delivery.replayOf !== null) &&
      (failure === undefined || delivery.failure?.kind === failure) &&
      (eventType === undefined || delivery.eventType === eventType) &&
      (text === undefined || words.some((word) => word.toLowerCase().includes(text)))
    );
  };
}
