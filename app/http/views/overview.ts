import { z } from "@hono/zod-openapi";
import { moment } from "./common.ts";

const count = (description: string) => z.number().int().meta({ description, example: 12 });

const outcome = {
  total: count("Deliveries that were made"),
  succeeded: count("Completed, confirmed, or taken by GitHub where the delivery is not durable"),
  failed: count("Dead letters: failed, and not tried again by themselves"),
  inFlight: count("Not at an end yet"),
};

const latency = (description: string) =>
  z
    .object({
      count: count("Deliveries that it is known of"),
      p50: z.number().nullable().meta({ description: "Half took so long or less, in ms", example: 900 }),
      p95: z
        .number()
        .nullable()
        .meta({ description: "Of 20, 19 took so long or less, in ms", example: 2400 }),
    })
    .describe(description);

export const overviewSchema = z
  .object({
    from: moment("Since when everything is in the figures"),
    to: moment("Until when"),
    complete: z
      .boolean()
      .describe(
        "Whether that is the whole requested time; where there is too much, only the newest is looked at",
      ),
    ...outcome,
    successRate: z
      .number()
      .nullable()
      .meta({ description: "Of what came to an end, from 0 to 1; null while nothing has", example: 0.98 }),
    toDispatch: latency("From the end of the provider's run to GitHub's taking the dispatch"),
    toConfirmation: latency("From the dispatch to the consumer's confirmation"),
    by: z.enum(["hour", "day"]).describe("What a period is"),
    periods: z
      .array(
        z.object({
          period: z.string().meta({ description: "The hour or the day, in UTC", example: "2026-01-31T09" }),
          ...outcome,
        }),
      )
      .describe("Oldest first, none left out"),
  })
  .openapi("Overview");
