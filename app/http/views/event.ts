import { z } from "@hono/zod-openapi";
import { correlationId, moment, workflowPath as workflowPathSchema } from "./common.ts";

export const eventSchema = z
  .object({
    correlationId,
    runAttempt: z.number().int().meta({ description: "The run's attempt", example: 1 }),
    runUrl: z.string().nullable().meta({
      description: "The run on GitHub; null for a test, which no run stands behind",
      example: "https://github.com/acme/releases/actions/runs/21543087111",
    }),
    workflow: workflowPathSchema,
    title: z.string().meta({ description: "The run's title", example: "Release 1.2.0" }),
    branch: z.string().nullable().meta({ description: "The branch it ran on", example: "main" }),
    conclusion: z.string().nullable().meta({ description: "How it ended", example: "success" }),
    isTest: z.boolean().describe("Whether somebody made it to try a subscription"),
    receivedAt: moment("When GitHub's webhook arrived"),
    verdict: z
      .enum(["waiting", "allowed", "blocked"])
      .describe("What the policy said; waiting: it was not asked yet"),
    reason: z.string().nullable().meta({ description: "Why it was blocked", example: "not-whitelisted" }),
    recipients: z
      .number()
      .int()
      .nullable()
      .meta({ description: "Subscriptions it may go to; null where that is not known here", example: 2 }),
  })
  .describe("A run of a provider that finished, and what the policy said to it")
  .openapi("ProviderEvent");
