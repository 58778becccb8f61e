import { z } from "@hono/zod-openapi";
import { complete } from "../../steps/complete.ts";
import { confirm } from "../../steps/confirm.ts";
import { readPayload } from "../../steps/read-payload.ts";
import { receive } from "../../steps/receive.ts";
import type { Zekt } from "../../zekt.ts";
import { type Api, type DefinedRoute, defineRoute } from "../route.ts";

const statuses = z.enum(["Pending", "Dispatched", "Confirmed", "Completed", "Failed"]);
const named = {
  correlationId: z.string().min(1).nullish().describe("The provider run's id"),
  deliveryId: z
    .string()
    .min(1)
    .nullish()
    .describe("The delivery's id, as client_payload.zekt.deliveryId has it"),
};

/** What workflow steps call. */
export function stepRoutes(api: Api, zekt: Zekt, routes: DefinedRoute[]): void {
  defineRoute(api, zekt, routes, {
    method: "post",
    path: "/api/events/receive",
    summary: "Send a message from a step of a provider's run",
    tag: "Workflow steps",
    access: { by: "step" },
    status: 202,
    body: z
      .object({
        eventType: z.string().meta({ example: "release-published" }),
        payload: z.unknown().describe("The message: any JSON, up to 512 KB"),
        repository: z.string().nullish(),
        workflowRunId: z.union([z.string(), z.number().transform(String)]).nullish(),
        triggeredBy: z.string().nullish(),
        commitSha: z.string().nullish(),
        ref: z.string().nullish(),
        workflow: z.string().nullish(),
        timestamp: z.string().nullish(),
      })
      .openapi("MessageInput"),
    answer: z.object({
      success: z.literal(true),
      eventId: z.string(),
      consumersNotified: z.number().int(),
      message: z.string(),
    }),
    async handle({ context, body }) {
      const received = await receive(zekt, context.get("identity"), {
        eventType: body.eventType,
        payload: body.payload,
        repository: body.repository ?? null,
        workflowRunId: body.workflowRunId ?? null,
        repositoryHeader: context.req.header("x-github-repository") ?? null,
        idempotencyKey: context.req.header("idempotency-key") ?? null,
      });
      const n = received.consumersNotified;
      const message = `Stored; ${n} approved subscription${n === 1 ? "" : "s"} will get it once the run has finished.`;
      return { success: true, ...received, message };
    },
  });
  defineRoute(api, zekt, routes, {
    method: "post",
    path: "/api/event-delivery/confirm",
    summary: "Confirm a delivery from a consumer's run",
    tag: "Workflow steps",
    access: { by: "step" },
    body: z.object(named).openapi("ConfirmInput"),
    answer: z.object({
      deliveryId: z.string(),
      status: statuses,
      confirmedAt: z.string(),
      confirmationAttempts: z.number().int(),
      duplicate: z.boolean(),
    }),
    handle: ({ context, body }) =>
      confirm(zekt, context.get("identity"), {
        correlationId: body.correlationId ?? null,
        deliveryId: body.deliveryId ?? null,
      }),
  });
  defineRoute(api, zekt, routes, {
    method: "post",
    path: "/api/event-delivery/complete",
    summary: "Complete a delivery with the result of a consumer's run",
    tag: "Workflow steps",
    access: { by: "step" },
    body: z
      .object({ ...named, success: z.boolean(), conclusion: z.string().max(40).nullish() })
      .openapi("CompleteInput"),
    answer: z.object({
      deliveryId: z.string(),
      status: statuses,
      completedAt: z.string(),
      isFinalized: z.boolean(),
    }),
    handle: ({ context, body }) =>
      complete(zekt, context.get("identity"), {
        correlationId: body.correlationId ?? null,
        deliveryId: body.deliveryId ?? null,
        success: body.success,
        conclusion: body.conclusion ?? null,
      }),
  });
  defineRoute(api, zekt, routes, {
    method: "get",
    path: "/api/event-delivery/{deliveryId}/payload",
    summary: "Redeem a payloadRef: the message, whole",
    tag: "Workflow steps",
    access: { by: "step" },
    answer: z
      .unknown()
      .describe("The message exactly as it was sent; its hash is in the header x-zekt-sha256"),
    async handle({ context, param }) {
      const { body, sha256 } = await readPayload(zekt, context.get("identity"), param("deliveryId"));
      return new Response(body, {
        headers: { "content-type": "application/json", "x-zekt-sha256": sha256, "cache-control": "no-store" },
      });
    },
  });
}
