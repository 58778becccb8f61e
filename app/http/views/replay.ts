import { z } from "@hono/zod-openapi";
import type { ReplayJob } from "../../domain/records/replay-job.ts";
import { deliveryId, moment, subscriptionId } from "./common.ts";
import { deliveryStatus } from "./delivery.ts";

const count = (description: string, example: number) => z.number().int().meta({ description, example });

export const replaySchema = z
  .object({
    deliveryId: deliveryId.describe("The new delivery"),
    replayOf: deliveryId.describe("The delivery it repeats"),
  })
  .openapi("Replay");

export const replayJobSchema = z
  .object({
    jobId: z
      .string()
      .meta({ description: "The job's id", example: "replay-3e1f8a52-6b1d-4b0c-9d51-2f4f7d0f3c11" }),
    subscriptionId,
    from: moment("Only deliveries made at this moment or later"),
    to: moment("Only deliveries made at this moment or earlier"),
    status: z.array(deliveryStatus).describe("Only deliveries that ended so"),
    dryRun: z.boolean().describe("Whether it only counts"),
    state: z.enum(["running", "done", "cancelled"]).describe("How far it is"),
    examined: count("Deliveries looked at", 120),
    matched: count("Of those, how many the filter takes", 12),
    replayed: count("How many were replayed", 11),
    refused: z
      .record(z.string(), z.number().int())
      .meta({ description: "How many could not be replayed, by reason", example: {} }),
    requestedBy: z.string().meta({ description: "Who asked for it", example: "octocat" }),
    startedAt: moment("When it began"),
    updatedAt: moment("When it last moved"),
  })
  .describe("A bulk replay and how far it has come")
  .openapi("ReplayJob");

export const replayJobView = (job: ReplayJob): z.infer<typeof replayJobSchema> => ({
  jobId: job.jobId,
  subscriptionId: job.subscriptionId,
  from: job.from,
  to: job.to,
  status: job.statuses,
  dryRun: job.dryRun,
  state: job.state,
  examined: job.examined,
  matched: job.matched,
  replayed: job.replayed,
  refused: job.refused,
  requestedBy: job.requestedBy,
  startedAt: job.startedAt,
  updatedAt: job.updatedAt,
});
