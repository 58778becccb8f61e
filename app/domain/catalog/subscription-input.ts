import { z } from "zod";
import { MAX_FILTER } from "../limits.ts";
import { listOf } from "../list-of.ts";
import type { DurableSettings } from "../records/subscription.ts";
import { eventTypeSchema } from "./event-type-schema.ts";
import { withoutDefault, workflowPathSchema } from "./service-input.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** The promises of durable delivery; times in seconds. */
export const durableInput = z.strictObject({
  confirmWithin: z
    .number()
    .int()
    .min(MINUTE)
    .max(24 * HOUR)
    .default(10 * MINUTE)
    .describe("Seconds to wait for a confirm before dispatching again"),
  completeWithin: z
    .number()
    .int()
    .min(MINUTE)
    .max(7 * 24 * HOUR)
    .default(6 * HOUR)
    .describe("Seconds a confirmed run may take"),
  maxAttempts: z.number().int().min(1).max(20).default(8).describe("Dispatches before it fails"),
  retryOnFailure: z
    .boolean()
    .default(false)
    .describe("Whether a consumer's run that failed is dispatched again; one that was cancelled is not"),
});

/** A change to the promises of durable delivery; what is not given stays. */
export const durableChange = z.strictObject({
  confirmWithin: withoutDefault(durableInput.shape.confirmWithin),
  completeWithin: withoutDefault(durableInput.shape.completeWithin),
  maxAttempts: withoutDefault(durableInput.shape.maxAttempts),
  retryOnFailure: withoutDefault(durableInput.shape.retryOnFailure),
});

/** Returns durable delivery after a change. Where it was off, what is not given is the default. */
export const durableAfter = (
  before: DurableSettings | null,
  change: z.input<typeof durableChange> | null,
): DurableSettings | null => (change === null ? null : durableInput.parse({ ...before, ...change }));

/** The fields of a consumer's subscription request. */
export const subscriptionInput = z.strictObject({
  service: z
    .string()
    .min(1)
    .max(300)
    .describe("A service's id, or owner/repository/slug, or alias/slug")
    .meta({ example: "acme/releases/releases" }),
  workflow: workflowPathSchema
    .nullable()
    .default(null)
    .describe("The workflow whose result counts; null: the first that confirms"),
  eventTypes: listOf(eventTypeSchema, 50)
    .default([])
    .describe(
      "Event types wanted; none means every type the service allows. A run with one message then makes two dispatches: its message, and zekt-workflow-completed",
    ),
  filter: z
    .string()
    .max(MAX_FILTER, { error: `must have at most ${MAX_FILTER} characters` })
    .nullable()
    .default(null)
    .describe(
      "Which of these are wanted: an expression of CEL over message, run and eventType; null: all. One that it fails at does not come",
    )
    .meta({ example: "has(message.severity) && message.severity in ['high', 'critical']" }),
  start: z
    .enum(["repository_dispatch", "workflow_dispatch"])
    .default("repository_dispatch")
    .describe(
      "The event that starts runs: repository_dispatch starts every workflow that listens to the type; workflow_dispatch starts the workflow named, and GitHub says which run that is",
    ),
  ref: z
    .string()
    .min(1)
    .max(250)
    .nullable()
    .default(null)
    .describe("The branch or tag that workflow_dispatch runs; null: the default branch")
    .meta({ example: "main" }),
  format: z
    .enum(["zekt", "cloudevents"])
    .default("zekt")
    .describe(
      "The form of events: Zekt's own, or beside it a CloudEvent in client_payload.cloudevent, which is a CDEvent for a run without a message",
    ),
  durable: durableInput.nullable().default(null).describe("Durable delivery; null: one attempt, not tracked"),
});
export type SubscriptionInput = z.input<typeof subscriptionInput>;

/** A change to a subscription; what is not given stays. */
export const subscriptionChange = z.strictObject({
  eventTypes: withoutDefault(subscriptionInput.shape.eventTypes),
  filter: withoutDefault(subscriptionInput.shape.filter),
  start: withoutDefault(subscriptionInput.shape.start),
  ref: withoutDefault(subscriptionInput.shape.ref),
  format: withoutDefault(subscriptionInput.shape.format),
  durable: durableChange
    .nullable()
    .optional()
    .describe(
      "Settings of durable delivery that change; the others stay, or where it was off are a request's defaults. {} turns it on, null off",
    ),
});
export type SubscriptionChange = z.input<typeof subscriptionChange>;
