import { z } from "zod";
import { serviceInput, slugSchema, workflowPathSchema } from "../catalog/service-input.ts";
import { durableInput, subscriptionInput } from "../catalog/subscription-input.ts";
import { listOf } from "../list-of.ts";

export { ZEKT_FILE } from "./zekt-file-path.ts";

const UNITS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

const TIME = /^\d{1,7}[smhd]$/;
const NO_TIME = "must be a time such as 30s, 10m, 6h or 2d";

const seconds = (text: string): number =>
  Number(text.slice(0, -1)) * UNITS[text.at(-1) as keyof typeof UNITS];

/** A time as people write it (`10m`, `6h`), within the bounds of the setting it stands for, in seconds. */
const duration = (setting: z.ZodType<unknown, number | undefined>) =>
  z
    .string({ error: NO_TIME })
    .regex(TIME, { error: NO_TIME })
    .superRefine((text, context) => {
      // What is no time at all has been told by then.
      if (!TIME.test(text)) return;
      const bounds = setting.safeParse(seconds(text));
      if (bounds.success) return;
      const { maximum, minimum } = { maximum: Number.NaN, minimum: Number.NaN, ...bounds.error.issues[0] };
      const bound = Number.isNaN(Number(maximum)) ? `at least ${minimum}` : `at most ${maximum}`;
      context.addIssue({ code: "custom", message: `must be ${bound} seconds` });
    });

const {
  slug,
  workflow,
  description,
  tags,
  alias,
  visibility,
  published,
  branches,
  conclusions,
  forks,
  secrets,
  shield,
} = serviceInput.shape;

const service = z
  .strictObject({
    slug,
    workflow,
    description,
    tags,
    alias,
    visibility,
    published,
    "event-types": serviceInput.shape.eventTypes,
    types: serviceInput.shape.types,
    branches,
    conclusions,
    forks,
    "run-fields": serviceInput.shape.runFields,
    approve: serviceInput.shape.preapprovedOwners,
    "provider-replay": serviceInput.shape.providerReplay,
    secrets,
    shield,
  })
  .describe("A service: the events of one workflow, and which of them");

const durable = z.union([
  z.boolean(),
  z.strictObject({
    "confirm-within": duration(durableInput.shape.confirmWithin)
      .default("10m")
      .describe("Time to wait for a confirm before dispatching again (1m to 1d)"),
    "complete-within": duration(durableInput.shape.completeWithin)
      .default("6h")
      .describe("Time a confirmed run may take (1m to 7d)"),
    "max-attempts": durableInput.shape.maxAttempts,
    "retry-on-failure": durableInput.shape.retryOnFailure,
  }),
]);

const subscription = z
  .strictObject({
    service: subscriptionInput.shape.service,
    workflow: subscriptionInput.shape.workflow,
    "event-types": subscriptionInput.shape.eventTypes,
    filter: subscriptionInput.shape.filter,
    start: subscriptionInput.shape.start,
    ref: subscriptionInput.shape.ref,
    format: subscriptionInput.shape.format,
    durable: durable.default(false).describe("Durable delivery: true, or its settings"),
  })
  .describe("A service whose events are wanted");

const approval = z
  .strictObject({
    service: slugSchema.describe("The slug of one of the services above"),
    repository: z
      .string()
      .max(200, { error: "must have at most 200 characters" })
      .regex(/^[^/\s]+\/[^/\s]+$/, { error: "must be owner/name" })
      .describe("The consumer's repository")
      .meta({ example: "globex/dashboard" }),
    decision: z.enum(["approve", "deny"]).describe("The answer, to a request that came or is yet to come"),
  })
  .describe("An answer to a repository that asks for a service");

const consumerSection = z.strictObject({
  tracking: z
    .boolean()
    .default(false)
    .describe("Whether runs are followed by a webhook in this repository, which durable delivery needs"),
  subscriptions: listOf(subscription, 100).default([]).describe("Services whose events are wanted"),
});

/** `.github/zekt.yml`, by which a repository manages itself. */
export const zektFileSchema = z
  .strictObject({
    version: z.literal(1).describe("The version of this format"),
    provider: z
      .strictObject({
        workflows: listOf(workflowPathSchema, 100)
          .min(1)
          .describe("Workflows whose runs may leave the repository; all others are blocked"),
        services: listOf(service, 100).default([]).describe("What is offered to consumers"),
        approvals: listOf(approval, 500).default([]).describe("Answers to those who ask for a service"),
      })
      .optional()
      .describe("Enables the repository as a provider"),
    consumer: consumerSection
      // `consumer:` with nothing under it says that it is one.
      .nullable()
      .transform((given) => given ?? consumerSection.parse({}))
      .optional()
      .describe("Enables the repository as a consumer"),
    notifications: z
      .enum(["none", "issue"])
      .optional()
      .describe(
        "How people are notified: not at all, or by one issue in the repository. Left out, the API's setting holds",
      ),
  })
  .describe("How a repository takes part in Zekt");

export type ZektFile = z.output<typeof zektFileSchema>;
export type FileService = z.output<typeof service>;
export type FileSubscription = z.output<typeof subscription>;

/** A service of the file as the API has it. */
export function serviceOfFile(one: FileService): z.output<typeof serviceInput> {
  const {
    "event-types": eventTypes,
    "run-fields": runFields,
    approve: preapprovedOwners,
    "provider-replay": providerReplay,
    ...same
  } = one;
  return { ...same, eventTypes, runFields, preapprovedOwners, providerReplay };
}

/** A subscription of the file as the API has it. */
export const subscriptionOfFile = (one: FileSubscription): z.output<typeof subscriptionInput> => ({
  service: one.service,
  workflow: one.workflow,
  eventTypes: one["event-types"],
  filter: one.filter,
  start: one.start,
  ref: one.ref,
  format: one.format,
  durable: durableOfFile(one.durable),
});

function durableOfFile(given: FileSubscription["durable"]): z.output<typeof durableInput> | null {
  if (typeof given === "boolean") return given ? durableInput.parse({}) : null;
  return {
    confirmWithin: seconds(given["confirm-within"]),
    completeWithin: seconds(given["complete-within"]),
    maxAttempts: given["max-attempts"],
    retryOnFailure: given["retry-on-failure"],
  };
}

/** The file's names of keys, by the API's names. */
const KEYS: Readonly<Record<string, string>> = {
  eventTypes: "event-types",
  runFields: "run-fields",
  preapprovedOwners: "approve",
  providerReplay: "provider-replay",
  confirmWithin: "confirm-within",
  completeWithin: "complete-within",
  maxAttempts: "max-attempts",
  retryOnFailure: "retry-on-failure",
};

/** Where in an entry of the file stands what a JSON pointer names in the API's input. */
export const filePathOf = (pointer: string): PropertyKey[] =>
  filePathOfInput(
    pointer
      .split("/")
      .slice(1)
      .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
      .map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
  );

/** Where in an entry of the file stands what a path names in the API's input. Within a type names are its author's. */
export const filePathOfInput = (path: readonly PropertyKey[]): PropertyKey[] =>
  path.map((part, index) =>
    path.indexOf("types") >= 0 && index > path.indexOf("types") ? part : (KEYS[String(part)] ?? part),
  );
