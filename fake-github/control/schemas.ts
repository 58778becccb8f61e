import { z } from "zod";
import type { Settings } from "../settings.ts";

const level = z.enum(["read", "write", "admin"]);
export const PERMISSIONS = z.record(z.string(), level);
export const ROLE = z.enum(["read", "triage", "write", "maintain", "admin"]);

export const ACCOUNT = z.object({
  login: z.string(),
  type: z.enum(["User", "Organization"]).default("User"),
  is_verified: z.boolean().default(false),
});

export const APP = z.object({
  name: z.string(),
  owner: z.string(),
  webhook_url: z.string().default(""),
  webhook_secret: z.string().optional(),
  permissions: PERMISSIONS.default({}),
  events: z.array(z.string()).default([]),
  callback_urls: z.array(z.string()).default([]),
});

export const REPOSITORY = z.object({
  owner: z.string(),
  name: z.string(),
  private: z.boolean().default(false),
  default_branch: z.string().default("main"),
  files: z.record(z.string(), z.string()).default({}),
  variables: z.record(z.string(), z.string()).default({}),
  secrets: z.record(z.string(), z.string()).default({}),
  oidc_properties: z
    .record(z.string(), z.string())
    .default({})
    .describe("custom properties that OIDC tokens of its runs name"),
  collaborators: z.record(z.string(), ROLE).default({}),
});

export const PUSH = z.object({
  files: z.record(z.string(), z.string().nullable()).describe("path to text; null removes a file"),
  branch: z.string().optional().describe("made from the default branch where it is new"),
  message: z.string().default("Change files"),
  actor: z.string().optional(),
});

export const WORKFLOW_STATE = z.object({
  path: z.string(),
  state: z.enum(["disabled_manually", "disabled_inactivity", "disabled_fork"]).nullable(),
});

export const INSTALLATION = z.object({
  app: z.string().describe("the App's slug"),
  account: z.string(),
  repositories: z
    .union([z.literal("all"), z.array(z.string())])
    .default("all")
    .describe("full names, or all of the account's, those to come too"),
  permissions: PERMISSIONS.optional().describe("the App's own unless said"),
});

export const REPOSITORY_CHANGE = z.object({
  add: z.array(z.string()).default([]).describe("full names"),
  remove: z.array(z.string()).default([]),
});

export const ACTIONS_POLICY = z.object({
  policy: z
    .object({
      actors: z
        .array(z.string())
        .nullable()
        .default(null)
        .describe("logins, an App as slug[bot]; null: anybody"),
      events: z.array(z.string()).nullable().default(null).describe("null: any"),
    })
    .nullable(),
});

export const RUN = z.object({
  repository: z.string(),
  workflow: z.string().describe("path of the workflow file"),
  event: z.string().default("push"),
  head_branch: z.string().optional(),
  tag: z.string().optional().describe("the tag that is pushed or released, in place of a branch"),
  head_sha: z.string().optional(),
  fork: z.union([z.boolean(), z.string()]).default(false).describe("true, or the fork's owner/name"),
  actor: z.string().optional(),
  display_title: z.string().optional(),
  id_token: z.boolean().default(true).describe("false: as a job without id-token: write"),
  execute: z
    .boolean()
    .default(false)
    .describe("run the workflow file's steps, and complete with what comes of it"),
});

export const COMPLETION = z.object({
  conclusion: z
    .enum([
      "success",
      "failure",
      "cancelled",
      "skipped",
      "neutral",
      "timed_out",
      "action_required",
      "stale",
      "startup_failure",
    ])
    .default("success"),
});

export const RERUN = z.object({
  failed_only: z.boolean().default(false),
  execute: z.boolean().default(false),
});

export const FAULT = z.object({
  target: z.enum(["api", "webhook"]).default("api").describe("requests to GitHub, or by GitHub"),
  method: z.string().optional(),
  route: z
    .string()
    .optional()
    .describe("a glob, or with ^ a regular expression, over the path or the whole URL; none: any"),
  count: z.int().default(1).describe("how often; -1 for always"),
  probability: z.number().min(0).max(1).optional(),
  status: z.int().min(200).max(599).optional(),
  headers: z.record(z.string(), z.string().nullable()).optional().describe("null: without that header"),
  body: z.unknown().optional().describe("JSON, or a page's text with its content-type among the headers"),
  latency_ms: z.number().min(0).optional(),
  drop: z
    .enum(["before", "after", "within"])
    .optional()
    .describe(
      "cut the connection before anything is done, after it was done, or within the answer's body; after with a status: answer that then",
    ),
  rate_limit: z
    .enum(["primary", "secondary", "abuse"])
    .optional()
    .describe("abuse: the secondary limit in its old wording, without a header"),
});

const count = z.int().min(0);
const duration = z.number().min(0);
/** One schema a setting: a setting without one is an error of types. */
const EACH_SETTING = {
  latencyMs: duration,
  webhookTimeoutMs: z.number().min(1),
  requestsPerHour: count,
  anonymousPerHour: count,
  pointsPerMinute: count,
  contentPerMinute: count,
  contentPerHour: count,
  concurrent: count,
  runWorkflows: z.boolean(),
  runDetails: z.enum(["answered", "refused", "ignored"]),
  runListDelayMs: duration,
  installDelayMs: duration,
  pushDelayMs: duration,
  runners: z.int().min(1),
  tokenSpreadMs: duration,
  tokenSpreadStatus: z.literal([401, 403]),
  apiVersions: z.array(z.string()),
  endingVersions: z.array(z.string()),
  endedVersions: z.array(z.string()),
  failedLoginsPerMinute: count,
  issuerSlug: z.string(),
  appPages: z.literal(["apps", "github-apps"]),
  subjectIds: z.boolean(),
  longTokens: z.boolean(),
  earlyCompleted: z.boolean(),
  publicHooksOnly: z.boolean(),
  untitledRuns: z.boolean(),
  eventFiles: z.boolean(),
  forkApproval: z.boolean(),
} satisfies Record<keyof Settings, z.ZodType>;
export const SETTINGS = z.strictObject(EACH_SETTING).partial();
