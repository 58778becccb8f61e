import { z } from "@hono/zod-openapi";
import { iso } from "../../domain/clock.ts";
import type { Stuck } from "../../domain/insight/stuck.ts";
import type { WorkStats } from "../../store/ports.ts";
import { moment, ownerId } from "./common.ts";

const count = (description: string) => z.number().int().meta({ description, example: 0 });

export const stuckSchema = z
  .object({
    items: z
      .array(
        z.object({
          kind: z
            .enum(["delivery", "event", "job", "dead-job", "connection"])
            .describe("dead-job: stopped after ten failures; connection: paused after too many failures"),
          id: z.string().meta({
            description: "The id of the delivery, the run, the job, or the subscription",
            example: "delivery-7d0c2a8e-52f7-5f0a-9a0e-3a1d7c0b9c12",
          }),
          ownerId,
          owner: z.string().nullable().meta({ description: "The owner's login", example: "initech" }),
          what: z.string().meta({ description: "The event type, or the kind of job", example: "built" }),
          since: moment("Since when"),
          failures: count("Failures so far"),
          nextAt: moment("When it is tried again").nullable(),
          reason: z.string().nullable().meta({ description: "What went wrong last", example: null }),
        }),
      )
      .describe("Oldest first"),
  })
  .openapi("Stuck");

/** Work that is stuck, with its owner's login. */
export const stuckView = (one: Stuck, owner: string | null) => ({ ...one, owner });

export const queueStatsSchema = z
  .object({
    queues: z
      .array(
        z.object({
          name: z.enum(["routing", "delivery"]).describe("The queue"),
          ready: count("Messages to be received now"),
          delayed: count("Messages not to be received before their delay is over"),
          working: count("Messages at work"),
          dead: count("Dead letters: messages that failed ten times"),
          oldestAt: moment("When the oldest message to be received now was sent").nullable(),
        }),
      )
      .describe("Each queue"),
    due: z
      .array(
        z.object({
          table: z
            .string()
            .meta({ description: "Where the work is stored: runs are routed", example: "deliveries" }),
          waiting: count("Items with a due time"),
          pastDue: count("Items whose due time is over"),
          earliestAt: moment("The earliest due time").nullable(),
        }),
      )
      .describe("Stored work that the sweep takes up where its queue message was lost"),
  })
  .openapi("QueueStats");

/** The work to do, as the API answers it. */
export const queueStatsView = ({ queues, due }: WorkStats) => ({
  queues: queues.map(({ oldestAt, ...one }) => ({
    ...one,
    oldestAt: oldestAt === null ? null : iso(oldestAt),
  })),
  due,
});
