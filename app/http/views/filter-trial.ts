import { z } from "@hono/zod-openapi";
import type { TriedEvent } from "../../steps/catalog/try-filter.ts";
import { correlationId, eventType, moment } from "./common.ts";

const count = (description: string, example: number) => z.number().int().meta({ description, example });

export const filterTrialSchema = z
  .object({
    tried: count("The last events that were tried, at most 50", 50),
    wouldCome: count("Those that the filter lets pass", 12),
    failed: count("Those that it fails at, which do not come either", 1),
    events: z
      .array(
        z.object({
          correlationId,
          eventType,
          receivedAt: moment("When the run's event arrived"),
          verdict: z.enum(["comes", "filtered", "failed"]).describe("What the filter says of it"),
          reason: z.string().nullable().meta({
            description: "Why it failed; null where it did not",
            example: "field not found: severity",
          }),
        }),
      )
      .describe("Each of them, newest first"),
  })
  .describe("What a filter would have let pass of the last events")
  .openapi("FilterTrial");

/** Returns the answer about a filter that was tried. */
export const filterTrialView = (events: TriedEvent[]): z.infer<typeof filterTrialSchema> => {
  const of = (verdict: TriedEvent["verdict"]): number =>
    events.filter((one) => one.verdict === verdict).length;
  return { tried: events.length, wouldCome: of("comes"), failed: of("failed"), events };
};
