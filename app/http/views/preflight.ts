import { z } from "@hono/zod-openapi";
import { subscriptionInput } from "../../domain/catalog/subscription-input.ts";
import { workflowPath } from "./common.ts";

export const preflightSchema = z
  .object({
    ok: z.boolean().describe("Whether nothing would stop the next delivery"),
    obstacles: z
      .array(
        z.object({
          code: z
            .enum([
              "not-approved",
              "service-withdrawn",
              "provider-disabled",
              "not-installed",
              "suspended",
              "missing-permission",
              "not-enabled",
              "archived",
              "no-key",
              "no-listener",
              "workflow-missing",
              "workflow-refused",
              "workflow-inputs",
              "workflow-disabled",
              "run-not-begun",
              "type-shared",
              "unconfirmable",
              "actions-unlocked",
              "unreadable",
            ])
            .describe("What is wrong"),
          message: z.string().meta({
            description: "The same in words",
            example: "No workflow on main of initech/consumer listens to the event type built.",
          }),
          link: z.string().nullable().meta({
            description: "Where to fix it; null where only the provider can",
            example: "https://github.com/initech/consumer/new/main?filename=.github%2Fworkflows%2Fbuilt.yml",
          }),
        }),
      )
      .describe("What would stop it; none where nothing would"),
    warnings: z
      .array(
        z.object({
          code: z.enum(["runs-unnamed", "runs-cancelled", "lock-unreadable"]).describe("What to improve"),
          message: z.string().meta({
            description: "The same in words",
            example: "The run-name of .github/workflows/audit.yml does not hold the delivery id.",
          }),
          link: z.string().nullable().meta({
            description: "Where to improve it",
            example: "https://github.com/initech/consumer/blob/main/.github%2Fworkflows%2Faudit.yml",
          }),
        }),
      )
      .describe("What stops not every delivery, or leaves less known of it"),
    listeners: z
      .array(
        z.object({
          path: workflowPath,
          types: z
            .array(z.string())
            .nullable()
            .meta({ description: "The event types it listens to; null for any", example: ["built"] }),
        }),
      )
      .describe("Workflows on the default branch that a delivery can start"),
    examples: z
      .array(
        z.object({
          start: subscriptionInput.shape.start.unwrap().describe("The event that starts it"),
          path: workflowPath,
          text: z.string().meta({ description: "The file", example: "on: repository_dispatch\n" }),
        }),
      )
      .describe("Workflows that would take the deliveries, one for each way of starting"),
  })
  .openapi("Preflight");
