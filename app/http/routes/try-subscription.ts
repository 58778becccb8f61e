import { z } from "@hono/zod-openapi";
import type { ApiDeps } from "../../deps.ts";
import { subscriptionInput } from "../../domain/catalog/subscription-input.ts";
import { preflight } from "../../steps/catalog/preflight.ts";
import { sendTestEvent } from "../../steps/catalog/send-test-event.ts";
import { requireSubscription } from "../../steps/catalog/subscribe.ts";
import { tryFilter } from "../../steps/catalog/try-filter.ts";
import { audit, changesOf, trailsOfBoth } from "../kit/audit.ts";
import { onSubscription } from "../kit/required-rights.ts";
import type { Define } from "../kit/route.ts";
import { correlationId, deliveryId, eventType } from "../views/common.ts";
import { filterTrialSchema, filterTrialView } from "../views/filter-trial.ts";
import { preflightSchema } from "../views/preflight.ts";

const tag = "Subscriptions";

/** Defines the routes that check a subscription and try it. */
export function trySubscriptionRoutes(define: Define, _: ApiDeps): void {
  define({
    id: "preflightSubscription",
    method: "get",
    path: "/api/subscriptions/{subscriptionId}/preflight",
    summary: "Look for what would stop a subscription's deliveries, as its consumer",
    tag,
    access: onSubscription("see", "consumer"),
    answer: preflightSchema,
    async handle({ deps, param }) {
      const { obstacles, warnings, listeners, examples } = await preflight(deps, param("subscriptionId"));
      return { ok: obstacles.length === 0, obstacles, warnings, listeners, examples };
    },
  });
  define({
    id: "tryFilter",
    method: "post",
    path: "/api/subscriptions/{subscriptionId}/try-filter",
    summary: "Try a filter on the last events of a subscription, without saving it",
    tag,
    access: onSubscription("change", "consumer"),
    body: z
      .strictObject({
        filter: subscriptionInput.shape.filter
          .unwrap()
          .unwrap()
          .meta({ description: "The filter, in CEL", example: "message.severity == 'high'" }),
      })
      .openapi("TryFilterInput"),
    refusals: [409],
    answer: filterTrialSchema,
    handle: async ({ deps, param, body }) =>
      filterTrialView(await tryFilter(deps, param("subscriptionId"), body.filter)),
  });
  define({
    id: "sendTestEvent",
    method: "post",
    path: "/api/subscriptions/{subscriptionId}/test-event",
    summary: "Send a test event to a subscription, as either side; it says isTest in client_payload.zekt",
    tag,
    access: onSubscription("change", "either"),
    status: 202,
    body: z
      .strictObject({
        eventType: eventType.optional().describe("The first that the subscription gets, unless said"),
      })
      .openapi("TestEventInput"),
    answer: z.object({ deliveryId, correlationId, eventType }).openapi("TestEvent"),
    async handle(call) {
      const { deps, param, body, note } = call;
      const sent = await sendTestEvent(deps, param("subscriptionId"), body.eventType ?? null);
      note({ deliveryId: sent.deliveryId, correlationId: sent.correlationId });
      const subscription = await requireSubscription(deps, param("subscriptionId"));
      const sides = { ...subscription, consumerRepositoryId: subscription.repositoryId };
      const trails = trailsOfBoth(sides, await changesOf(call, sides));
      await audit(call, "test-sent", trails, sent.deliveryId, sent.eventType);
      return sent;
    },
  });
}
