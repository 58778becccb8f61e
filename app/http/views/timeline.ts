import { z } from "@hono/zod-openapi";
import { timelineOf } from "../../domain/insight/timeline.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import { moment, workflowPath } from "./common.ts";
import { failureSchema, failureView } from "./delivery.ts";

export const timelineSchema = z
  .object({
    items: z
      .array(
        z.object({
          at: moment("When it happened"),
          what: z
            .enum([
              "made",
              "attempt-began",
              "dispatched",
              "attempt-failed",
              "attempt-unknown",
              "confirmed",
              "run-completed",
              "completed",
              "failed",
              "paused",
            ])
            .describe("What happened"),
          attempt: z
            .number()
            .int()
            .nullable()
            .meta({ description: "The attempt it is about, where it is about one", example: 1 }),
          failure: failureSchema.nullable().describe("What went wrong, where something did"),
          run: z
            .object({
              workflow: workflowPath,
              runId: z.string().meta({ description: "The run's id", example: "21543087555" }),
              conclusion: z.string().nullable().meta({ description: "How it ended", example: "success" }),
            })
            .nullable()
            .describe("The consumer's run it is about; shown to the consumer only"),
        }),
      )
      .describe("Oldest first"),
  })
  .openapi("Timeline");

/** Returns a delivery's timeline for one of its sides. */
export const timelineView = (delivery: Delivery, asConsumer: boolean): z.infer<typeof timelineSchema> => ({
  items: timelineOf(delivery).map(({ at, what, attempt, failure, run }) => ({
    at,
    what,
    attempt,
    failure: failureView(failure, asConsumer),
    run: asConsumer ? run : null,
  })),
});
