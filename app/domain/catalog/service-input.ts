import { z } from "zod";
import { isDynamic, RUN_FIELDS } from "../intake/event.ts";
import { MAX_PATH_BYTES } from "../limits.ts";
import { listOf } from "../list-of.ts";
import { problemOfBranchPattern, problemOfBranchPatterns } from "./branch-pattern.ts";
import { declaredTypes } from "./declared-type-input.ts";
import { eventTypeSchema } from "./event-type-schema.ts";

/** The conclusions of a workflow run: https://docs.github.com/en/rest/actions/workflow-runs */
export const CONCLUSIONS = [
  "success",
  "failure",
  "cancelled",
  "skipped",
  "timed_out",
  "action_required",
  "neutral",
  "stale",
  "startup_failure",
] as const;

export const workflowPathSchema = z
  .string()
  .regex(/^\.github\/workflows\/[^/]+\.ya?ml$/, {
    error: ({ input }) =>
      typeof input === "string" && isDynamic(input)
        ? "names a workflow of GitHub's own, which has no file and whose runs cannot leave"
        : "must be a path such as .github/workflows/release.yml",
  })
  .refine((path) => Buffer.byteLength(path) <= MAX_PATH_BYTES, {
    error: `must have at most ${MAX_PATH_BYTES} bytes`,
  })
  .describe("Path of a workflow file")
  .meta({ maxLength: MAX_PATH_BYTES, example: ".github/workflows/release.yml" });

const branchPattern = z
  .string()
  .superRefine((pattern, context) => {
    const message = problemOfBranchPattern(pattern);
    if (message !== null) context.addIssue({ code: "custom", message });
  })
  .meta({ example: "release/*" });

export const slugSchema = z
  .string()
  .max(64)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, { error: "must be lower-case letters, digits and single hyphens" })
  .describe("The service's name in addresses, unique in its repository")
  .meta({ example: "releases" });

/**
 * The fields of a service as its provider writes them, by the API or by file. Strangers see a service only
 * where the provider says so: by default the visibility is the owner's own repositories.
 */
export const serviceInput = z.strictObject({
  slug: slugSchema,
  workflow: workflowPathSchema.describe("The whitelisted workflow whose runs it offers"),
  description: z.string().max(500).default("").describe("What consumers read in the directory"),
  tags: listOf(z.string().min(1).max(32), 10).default([]).describe("Words to find it by"),
  alias: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/, {
      error: "must be 1 to 64 letters, digits, spaces, dots and hyphens",
    })
    .nullable()
    .default(null)
    .describe("Shown instead of the owner and the repository, which then stay unknown"),
  visibility: z
    .enum(["public", "organization", "private"])
    .default("organization")
    .describe(
      "Who may ask for it: everybody, or repositories of the same owner; private: the same, but no directory lists it. Owners approved beforehand always may",
    ),
  published: z.boolean().default(true).describe("Whether events leave through it"),
  eventTypes: listOf(eventTypeSchema, 50)
    .default([])
    .describe("Event types that may leave; none means every type"),
  types: declaredTypes.default([]).describe("Event types, and what their messages hold"),
  branches: listOf(branchPattern, 20)
    .superRefine((patterns, context) => {
      const message = problemOfBranchPatterns(patterns);
      if (message !== null) context.addIssue({ code: "custom", message });
    })
    .default([])
    .describe("Branches and tags whose runs may leave, by GitHub's filter patterns; none means every one"),
  conclusions: listOf(z.enum(CONCLUSIONS), CONCLUSIONS.length)
    .default([])
    .describe("Conclusions that may leave; none means every one"),
  forks: z.boolean().default(false).describe("Whether runs of forks' code may leave"),
  runFields: listOf(z.enum(RUN_FIELDS), RUN_FIELDS.length)
    .nullable()
    .default(null)
    .describe(
      "Fields of workflow_run that travel; null: all for a public repository without alias, else what does not name it",
    ),
  preapprovedOwners: listOf(z.string().min(1), 100)
    .default([])
    .describe("Owners (logins) whose requests are approved at once"),
  providerReplay: z.boolean().default(false).describe("Whether the provider, too, may ask for replays"),
  secrets: z
    .enum(["refuse", "mask", "allow"])
    .default("refuse")
    .describe(
      "What becomes of a message with what looks like a credential: it is refused, or stored with the credential masked, or let through as it is",
    ),
  shield: z
    .enum(["optional", "required"])
    .default("optional")
    .describe(
      "Whether messages have to be encrypted to their consumers: a message in plain text is then refused. What Zekt tells of a run is no message",
    ),
});

export type ServiceInput = z.input<typeof serviceInput>;

/** A part of a change: as in the input, but left out it stays as it is. */
export const withoutDefault = <T extends z.ZodType>(field: z.ZodDefault<T>) =>
  (field.unwrap() as T).optional().meta(field.meta() ?? {});

/** A change to a service: any of its parts but its slug. Without the defaults, since what is not given stays. */
export const serviceChange = z.strictObject({
  workflow: serviceInput.shape.workflow.optional(),
  description: withoutDefault(serviceInput.shape.description),
  tags: withoutDefault(serviceInput.shape.tags),
  alias: withoutDefault(serviceInput.shape.alias),
  visibility: withoutDefault(serviceInput.shape.visibility),
  published: withoutDefault(serviceInput.shape.published),
  eventTypes: withoutDefault(serviceInput.shape.eventTypes),
  types: withoutDefault(serviceInput.shape.types),
  branches: withoutDefault(serviceInput.shape.branches),
  conclusions: withoutDefault(serviceInput.shape.conclusions),
  forks: withoutDefault(serviceInput.shape.forks),
  runFields: withoutDefault(serviceInput.shape.runFields),
  preapprovedOwners: withoutDefault(serviceInput.shape.preapprovedOwners),
  providerReplay: withoutDefault(serviceInput.shape.providerReplay),
  secrets: withoutDefault(serviceInput.shape.secrets),
  shield: withoutDefault(serviceInput.shape.shield),
});
export type ServiceChange = z.output<typeof serviceChange>;
