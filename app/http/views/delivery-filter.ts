import { z } from "@hono/zod-openapi";
import { MAX_FILTER } from "../../domain/limits.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { pageOf, pageQuery } from "../kit/paging.ts";
import { moment, repositoryId, serviceId, subscriptionId, wantedMoment } from "./common.ts";
import { deliverySchema, deliveryStatus, failureKind } from "./delivery.ts";

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
  where: z
    .string()
    .trim()
    .min(1)
    .max(MAX_FILTER)
    .optional()
    .describe(
      "Only those whose payload this CEL expression over message, run and eventType is true for. A page searches 100 payloads at most, and none older than 90 days",
    ),
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

const count = (description: string, example: number) => z.number().int().meta({ description, example });

/** A page of deliveries, and how far a search of their payloads went for it. */
export const deliveryPage = pageOf(deliverySchema).extend({
  searched: z
    .object({
      deliveries: count("Deliveries whose payload was looked for", 100),
      unreadable: count(
        "Those whose payload is not archived any more, or whose subscription is not approved",
        0,
      ),
      failed: count("Those for which the expression failed, which are not listed", 2),
      reason: z.string().nullable().meta({
        description: "Why it failed for the first of them; null where it did for none",
        example: "field not found: severity",
      }),
      backTo: moment("When the oldest delivery that was looked at was made").nullable(),
    })
    .nullable()
    .meta({ description: "How far the search went for this page; null without `where`", example: null }),
});

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
      source.provider,
      `${source.repo}/${source.slug}`,
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
