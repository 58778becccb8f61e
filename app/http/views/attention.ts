import { z } from "@hono/zod-openapi";
import { iso } from "../../domain/clock.ts";
import type { Attention } from "../../steps/insight/read-attention.ts";
import { fullName, moment, repositoryId, subscriptionId } from "./common.ts";

const side = z.enum(["provider", "consumer"]).describe("What your repository is to it");

const steps = z.array(
  z.object({
    step: z
      .enum(["install", "enable", "whitelist", "offer", "request", "approve", "deliver"])
      .describe("The step"),
    done: z.boolean().describe("Whether it is done in any of your repositories"),
  }),
);

export const attentionSchema = z
  .object({
    since: moment("Since when failed deliveries and blocked events are counted"),
    complete: z
      .boolean()
      .describe("Whether all of your repositories and their deliveries since then were looked at"),
    items: z
      .array(
        z.object({
          kind: z
            .enum(["requested", "paused", "failed", "blocked", "webhook"])
            .describe(
              "requested: access requests to decide; paused: a connection is paused; failed: deliveries failed and were not replayed; blocked: events were blocked; webhook: the repository's webhook has a problem",
            ),
          side,
          repositoryId,
          fullName,
          count: z.number().int().meta({ description: "How many", example: 3 }),
          subscriptionId: subscriptionId.nullable().describe("The connection, where it is about one"),
          reason: z.string().nullable().meta({ description: "More of it", example: null }),
        }),
      )
      .describe("What needs your attention; none where nothing does"),
    steps: z
      .object({
        provider: steps.describe("As a provider"),
        consumer: steps.describe("As a consumer"),
      })
      .describe("The steps to a first delivery"),
  })
  .openapi("Attention");

export const attentionView = ({
  concerns,
  since,
  complete,
  steps,
}: Attention): z.infer<typeof attentionSchema> => ({
  since: iso(since),
  complete,
  items: concerns.map(({ kind, side, repository, count, subscriptionId, reason }) => ({
    kind,
    side,
    repositoryId: repository.repositoryId,
    fullName: repository.fullName,
    count,
    subscriptionId,
    reason,
  })),
  steps,
});
