import { z } from "@hono/zod-openapi";
import { workflowPath } from "./common.ts";
import { costSchema } from "./cost.ts";

const count = (description: string) => z.number().int().meta({ description, example: 12 });

export const blockedSchema = z
  .object({
    allowed: count("Events that left"),
    blocked: count("Events that did not"),
    rate: z.number().nullable().meta({
      description: "The share that was blocked, from 0 to 1; null where there were no events",
      example: 0.25,
    }),
    cost: costSchema,
    reasons: z
      .array(
        z.object({
          reason: z.string().meta({ description: "Why", example: "not-whitelisted" }),
          workflow: workflowPath,
          count: count("How many"),
        }),
      )
      .describe("Most first"),
    workflows: z
      .array(z.object({ workflow: workflowPath, blocked: count("How many of its events were blocked") }))
      .describe("Most first"),
    days: z
      .array(
        z.object({
          day: z.string().meta({ description: "The day, in UTC", example: "2026-01-31" }),
          allowed: count("Events that left"),
          blocked: count("Events that did not"),
        }),
      )
      .describe("Oldest first; days without events are left out"),
  })
  .openapi("BlockedEvents");
