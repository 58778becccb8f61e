import { z } from "@hono/zod-openapi";
import type { Exchange } from "../../steps/delivery/read-attempt.ts";
import { moment } from "./common.ts";
import { attemptOutcome } from "./delivery.ts";

const headers = z
  .record(z.string(), z.string())
  .meta({ description: "Headers, by lower-case name", example: { "content-type": "application/json" } });

export const exchangeSchema = z
  .object({
    number: z.number().int().meta({ description: "The first attempt is 1", example: 1 }),
    outcome: attemptOutcome,
    startedAt: moment("When it began"),
    endedAt: moment("When GitHub's answer was in").nullable(),
    ms: z
      .number()
      .int()
      .nullable()
      .meta({ description: "How long it took, in milliseconds; null while it is not over", example: 135 }),
    request: z
      .object({
        method: z.literal("POST").describe("The HTTP method"),
        url: z.string().meta({
          description: "The address",
          example: "https://api.github.com/repositories/562848223/dispatches",
        }),
        headers: headers.describe("The headers; the token is left out"),
        body: z
          .record(z.string(), z.unknown())
          .meta({ description: "The body, with its client_payload", example: { event_type: "built" } }),
        size: z.number().int().meta({ description: "Bytes of the body", example: 812 }),
      })
      .nullable()
      .describe("The request as it was sent; null where nothing was, or after the payload's 90 days"),
    response: z
      .object({
        status: z.number().int().nullable().meta({ description: "GitHub's status", example: 204 }),
        headers: headers.describe("The headers that say something of the request"),
        body: z
          .string()
          .nullable()
          .meta({ description: "The beginning of the body; null where there was none", example: null }),
      })
      .nullable()
      .describe(
        "GitHub's answer; null where none came, after the payload's 90 days, and for the provider: it may name the consumer's run",
      ),
  })
  .describe("One attempt of a delivery: its request and GitHub's answer")
  .openapi("AttemptExchange");

/** An attempt for one of its delivery's sides: GitHub's answer is the consumer's alone. */
export function exchangeView(
  { attempt, request, response }: Exchange,
  asConsumer: boolean,
): z.infer<typeof exchangeSchema> {
  const { number, outcome, startedAt, endedAt, status } = attempt;
  return {
    number,
    outcome,
    startedAt,
    endedAt,
    ms: endedAt === null ? null : Date.parse(endedAt) - Date.parse(startedAt),
    request: request && { ...request, body: request.body as Record<string, unknown> },
    response: asConsumer && response ? { status, ...response } : null,
  };
}
