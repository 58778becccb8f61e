import { z } from "@hono/zod-openapi";
import { ownerId } from "./common.ts";
import { costSchema, eventCostSchema } from "./cost.ts";

const number = (description: string) => z.number().meta({ description, example: 12 });

export const counts = z.record(z.string(), z.number()).meta({
  description:
    "Counts by kind; bytes and milliseconds where the kind says so. `webhooksReceived` counts events, and the App's own webhooks",
  example: { messages: 12, deliveries: 30, apiCalls: 44, githubRequests: 51 },
});

const share = {
  dispatches: number("Dispatches to the owner's repositories"),
  runMs: number("Milliseconds of work"),
  githubRequests: number("Requests that counted against the owner's quota on GitHub"),
};

export const replaySwitch = z
  .boolean()
  .meta({ description: "Whether deliveries to its repositories may be replayed", example: true });

export const usageSchema = z
  .object({
    total: counts,
    durable: z
      .object({
        deliveries: number("Durable deliveries made to the owner's repositories"),
        ...share,
        archivedBytes: number("Bytes of payloads kept for durable deliveries to be repeated from"),
      })
      .describe("What of the total durable delivery took: repeating, confirming, completing and tracking"),
    other: z.object(share).describe("What all else took"),
    cost: costSchema,
    by: z.enum(["hour", "day"]).describe("What a period is"),
    periods: z
      .array(
        z.object({
          period: z.string().meta({ description: "The hour or the day, in UTC", example: "2026-01-31T09" }),
          counts,
          cost: costSchema,
        }),
      )
      .describe("Oldest first; periods without any are left out"),
  })
  .openapi("Usage");

export const ownerSchema = z
  .object({
    ownerId,
    login: z.string().meta({ description: "The owner's login", example: "acme" }),
    replay: replaySwitch,
    cost: eventCostSchema.nullable().describe("What an event costs; null: what this deployment says"),
    standardCost: eventCostSchema.describe("What an event costs by default"),
  })
  .openapi("Owner");
