import { z } from "@hono/zod-openapi";
import { compactJson } from "../../../shared/compact-json.ts";
import type { ApiDeps } from "../../deps.ts";
import { memberText } from "../../domain/intake/json-text.ts";
import { complete } from "../../steps/delivery/complete.ts";
import { confirm } from "../../steps/delivery/confirm.ts";
import { readPayload } from "../../steps/delivery/read-payload.ts";
import { receive } from "../../steps/intake/receive.ts";
import { messageKeys } from "../../steps/intake/shield.ts";
import type { Define } from "../kit/route.ts";
import { correlationId, deliveryId, moment } from "../views/common.ts";
import { deliveryStatus } from "../views/delivery.ts";
import { payloadAnswer, payloadHeaders, payloadResponse } from "../views/payload.ts";
import { kid, publicJwk } from "../views/shield-key.ts";

const tag = "Workflow steps";

/**
 * Room for a message of 512 KB and what surrounds it, however its JSON was escaped. AWS takes as much, unless
 * half of the body is quotes and backslashes. Lambda holds 6 MB of the body as a JSON string, in which each of
 * these is two bytes. A message within its limit always fits.
 */
const MAX_MESSAGE_BODY = 4 * 1024 * 1024;

const claimed = (what: string, example: string) => z.string().nullish().meta({ description: what, example });

/** A schema that a shielded message is judged by before it is encrypted. */
const judgedBy = {
  service: z.string().max(64).meta({ description: "The service that declares it", example: "releases" }),
  version: z.string().max(20).meta({ description: "The version of the event type", example: "1.0.0" }),
};

const messageInput = z
  .object({
    eventType: z
      .string()
      .max(1000)
      .meta({ description: "What consumers' workflows listen to", example: "release-published" }),
    payload: z.unknown().meta({
      description:
        "The message: any JSON, up to 524288 bytes of it in UTF-8. Its numbers are kept as they are written",
      example: { version: "1.0" },
    }),
    shielded: z.boolean().default(false).meta({
      description:
        "Whether the payload is the message encrypted: a JWE in general JSON form, by ECDH-ES+A256KW and A256GCM, for the keys of /api/events/keys. Its limit of 524288 bytes counts the message before it is encrypted",
      example: false,
    }),
    checked: z
      .array(z.object({ service: judgedBy.service, version: judgedBy.version }))
      .max(100)
      .default([])
      .describe("The types of /api/events/keys whose schemas a shielded message fits"),
    repository: claimed("The step's repository; must be the token's", "acme/releases"),
    workflowRunId: z
      .union([z.string().max(100), z.number().int().transform(String)])
      .nullish()
      .meta({ description: "The step's run; must be the token's", example: "21543087111" }),
    triggeredBy: claimed("Not used: the token tells", "octocat"),
    commitSha: claimed("Not used: the run tells", "ffac537e6cbbf934b08745a378932722df287a53"),
    ref: claimed("Not used: the run tells", "refs/heads/main"),
    workflow: claimed("Not used: the token tells", "Release"),
    timestamp: claimed("Not used: the time it arrives counts", "2026-01-31T09:30:00Z"),
  })
  .openapi("MessageInput");

const messageHeaders = z.object({
  "idempotency-key": z.string().min(1).max(255).optional().meta({
    description:
      "One for each execution of a step: the same call again is answered alike. Without it the message's hash stands in",
    example: "3f1c9a54-release-published",
  }),
  "x-github-repository": z
    .string()
    .max(200)
    .optional()
    .meta({ description: "The step's repository; must be the token's", example: "acme/releases" }),
});

const named = {
  correlationId: correlationId.min(1).max(100).nullish(),
  deliveryId: deliveryId
    .min(1)
    .max(100)
    .nullish()
    .describe("client_payload.zekt.deliveryId; needed where a correlation id means several deliveries"),
};

/** Defines the routes that workflow steps call. */
export function actionApiRoutes(define: Define, _: ApiDeps): void {
  define({
    id: "receiveMessage",
    method: "post",
    path: "/api/events/receive",
    summary: "Send a message from a step of a provider's run",
    tag,
    access: { by: "step" },
    status: 202,
    body: messageInput,
    maxBody: MAX_MESSAGE_BODY,
    headers: messageHeaders,
    answer: z
      .object({
        success: z.literal(true).describe("That it was stored"),
        eventId: z.string().meta({
          description: "The message's id: the same for the same call",
          example: "message-5b1e7e6c-93b0-5f6e-8a35-7c6d1f2f1f13",
        }),
        consumersNotified: z
          .number()
          .int()
          .meta({ description: "Approved subscriptions that it matches now", example: 3 }),
        blocked: z.string().nullable().meta({
          description: "Why nothing of it would leave as things stand; null where something would",
          example: null,
        }),
        masked: z.array(z.string()).meta({
          description:
            "Where it held what looks like a credential, as JSON pointers, which was masked before it was stored",
          example: [],
        }),
        warnings: z
          .array(
            z.object({
              pointer: z
                .string()
                .meta({ description: "The place, as a JSON pointer", example: "/payload/version" }),
              detail: z.string().meta({ description: "What is wrong there", example: "must be string" }),
            }),
          )
          .describe("What does not fit the event type's schema, where its service only warns"),
        message: z.string().meta({ description: "The same in words", example: "Stored." }),
      })
      .openapi("MessageReceived"),
    async handle({ deps, context, body, note }) {
      const identity = context.get("identity");
      note({ correlationId: identity.runId });
      const received = await receive(deps, identity, {
        eventType: body.eventType,
        shielded: body.shielded,
        checked: body.checked,
        payload: memberText(compactJson(await context.req.text()), "payload") ?? "null",
        repository: body.repository ?? null,
        workflowRunId: body.workflowRunId ?? null,
        repositoryHeader: context.req.header("x-github-repository") ?? null,
        idempotencyKey: context.req.header("idempotency-key") ?? null,
      });
      const n = received.consumersNotified;
      const stored =
        received.masked.length > 0
          ? `Stored with what looks like a credential masked (at ${received.masked.join(", ")})`
          : "Stored";
      const outlook = received.blocked
        ? `${stored}, but it will be blocked: ${received.blocked}`
        : `${stored}; ${n} approved subscription${n === 1 ? "" : "s"} will get it once the run has finished.`;
      const faults = received.warnings.map(({ pointer, detail }) => `${pointer} ${detail}`);
      const message =
        faults.length > 0
          ? `${outlook} It does not fit the schema of its event type (at ${faults.join("; ")}).`
          : outlook;
      return { success: true, ...received, message };
    },
  });
  define({
    id: "getMessageKeys",
    method: "post",
    path: "/api/events/keys",
    summary: "Get the public keys that a message of a provider's run has to be encrypted to",
    tag,
    access: { by: "step" },
    body: z.object({ eventType: messageInput.shape.eventType }).openapi("MessageKeysInput"),
    answer: z
      .object({
        eventType: messageInput.shape.eventType,
        keys: z
          .array(z.object({ kid, jwk: publicJwk }))
          .describe("Every key of every approved subscription that the message matches now"),
        subscriptions: z
          .number()
          .int()
          .meta({ description: "Approved subscriptions that it matches now", example: 3 }),
        types: z
          .array(
            z.object({
              ...judgedBy,
              mode: z.enum(["enforce", "warn"]).describe("Whether a message that does not fit is refused"),
              schema: z.record(z.string(), z.unknown()).describe("The JSON Schema (2020-12)"),
            }),
          )
          .describe("Schemas by which the message has to be judged before it is encrypted"),
        blocked: z.string().nullable().meta({
          description: "Why nothing of it would leave as things stand; null where something would",
          example: null,
        }),
      })
      .openapi("MessageKeys"),
    async handle({ deps, context, body, note }) {
      const identity = context.get("identity");
      note({ correlationId: identity.runId });
      return { eventType: body.eventType, ...(await messageKeys(deps, identity, body.eventType)) };
    },
  });
  define({
    id: "confirmDelivery",
    method: "post",
    path: "/api/event-delivery/confirm",
    summary: "Confirm a delivery from a consumer's run",
    tag,
    access: { by: "step" },
    body: z.object(named).openapi("ConfirmInput"),
    refusals: [404],
    answer: z
      .object({
        deliveryId,
        status: deliveryStatus,
        confirmedAt: moment("When this workflow's run first confirmed it"),
        confirmationAttempts: z
          .number()
          .int()
          .meta({ description: "How often runs came for it", example: 1 }),
        duplicate: z
          .boolean()
          .meta({ description: "Whether another run of this workflow has it already", example: false }),
      })
      .openapi("Confirmation"),
    async handle({ deps, context, body, note }) {
      const wanted = { correlationId: body.correlationId ?? null, deliveryId: body.deliveryId ?? null };
      note(wanted);
      return await confirm(deps, context.get("identity"), wanted);
    },
  });
  define({
    id: "completeDelivery",
    method: "post",
    path: "/api/event-delivery/complete",
    summary: "Complete a delivery with the result of a consumer's run",
    tag,
    access: { by: "step" },
    body: z
      .object({
        ...named,
        success: z.boolean().meta({ description: "Whether the run did what it had to", example: true }),
        conclusion: z
          .string()
          .max(40)
          .nullish()
          .meta({ description: "How the run ended, in GitHub's words", example: "success" }),
      })
      .openapi("CompleteInput"),
    refusals: [404],
    answer: z
      .object({
        deliveryId,
        status: deliveryStatus,
        completedAt: moment("When it was completed"),
        isFinalized: z
          .boolean()
          .meta({ description: "Whether nothing more will happen to it", example: true }),
      })
      .openapi("Completion"),
    async handle({ deps, context, body, note }) {
      const wanted = { correlationId: body.correlationId ?? null, deliveryId: body.deliveryId ?? null };
      note(wanted);
      return await complete(deps, context.get("identity"), {
        ...wanted,
        success: body.success,
        conclusion: body.conclusion ?? null,
      });
    },
  });
  define({
    id: "redeemPayload",
    method: "get",
    path: "/api/event-delivery/{deliveryId}/payload",
    summary: "Redeem a payloadRef: the message, whole",
    tag,
    access: { by: "step" },
    refusals: [410],
    answer: payloadAnswer,
    answerHeaders: payloadHeaders,
    handle: async ({ deps, context, param }) =>
      payloadResponse(await readPayload(deps, context.get("identity"), param("deliveryId"))),
  });
}
