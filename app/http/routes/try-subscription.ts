import { z } from "@hono/zod-openapi";
import type { WorkerDeps } from "../../deps.ts";
import { preflight } from "../../steps/catalog/preflight.ts";
import { sendTestEvent } from "../../steps/catalog/send-test-event.ts";
import { onSubscription } from "../kit/required-rights.ts";
import type { Define } from "../kit/route.ts";
import { correlationId, deliveryId, eventType, workflowPath } from "../views/common.ts";

const tag = "Subscriptions";

export const preflightSchema = z
  .object({
    ok: z.boolean().describe("Whether nothing would stop the next delivery"),
    obstacles: z
      .array(
        z.object({
          code: z
            .enum([
              "not-approved",
              "service-withdrawn",
              "provider-disabled",
              "not-installed",
              "suspended",
              "missing-permission",
              "not-enabled",
              "no-listener",
              "workflow-missing",
              "unreadable",
            ])
            .describe("What is wrong"),
          message: z.string().meta({
            description: "The same in words",
            example: "No workflow on main of initech/consumer listens to the event type built.",
          }),
          link: z.string().nullable().meta({
            description: "Where it is mended; null where that is for the provider to do",
            example: "https://github.com/initech/consumer/new/main?filename=.github%2Fworkflows%2Fbuilt.yml",
          }),
        }),
      )
      .describe("What would stop it; none where nothing would"),
    listeners: z
      .array(
        z.object({
          path: workflowPath,
          types: z
            .array(z.string())
            .nullable()
            .meta({ description: "The event types it listens to; null for any", example: ["built"] }),
        }),
      )
      .describe("Workflows on the default branch that a delivery can start"),
  })
  .openapi("Preflight");

/** Whether a subscription would work, and trying it. */
export function trySubscriptionRoutes(define: Define, _: WorkerDeps): void {
  define({
    id: "preflightSubscription",
    method: "get",
    path: "/api/subscriptions/{subscriptionId}/preflight",
    summary: "Look for what would stop a subscription's deliveries, as its consumer",
    tag,
    access: onSubscription("see", "consumer"),
    answer: preflightSchema,
    async handle({ deps, param }) {
      const { obstacles, listeners } = await preflight(deps, param("subscriptionId"));
      return { ok: obstacles.length === 0, obstacles, listeners };
    },
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
    async handle({ deps, param, body, note }) {
      const sent = await sendTestEvent(deps, param("subscriptionId"), body.eventType ?? null);
      note({ deliveryId: sent.deliveryId, correlationId: sent.correlationId });
      return sent;
    },
  });
}
