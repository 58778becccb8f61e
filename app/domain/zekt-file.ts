import { isCollection, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { serviceInput, slugSchema, workflowPathSchema } from "./service-input.ts";
import { durableInput, subscriptionInput } from "./subscription-input.ts";

const UNITS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** A time as people write it (`10m`, `6h`), in seconds. */
const duration = z
  .string()
  .regex(/^\d+[smhd]$/, { error: "must be a time such as 10m or 6h" })
  .describe("A time such as 30s, 10m, 6h, 2d");

const seconds = (text: string): number =>
  Number(text.slice(0, -1)) * UNITS[text.at(-1) as keyof typeof UNITS];

const { slug, workflow, description, tags, alias, visibility, branches, conclusions, forks } =
  serviceInput.shape;

const service = z.strictObject({
  slug,
  workflow,
  description,
  tags,
  alias,
  visibility,
  published: serviceInput.shape.published,
  "event-types": serviceInput.shape.eventTypes,
  branches,
  conclusions,
  forks,
  "run-fields": serviceInput.shape.runFields,
  approve: serviceInput.shape.preapprovedOwners,
  "provider-replay": serviceInput.shape.providerReplay,
});

const durable = z.union([
  z.boolean(),
  z.strictObject({
    "confirm-within": duration.default("10m"),
    "complete-within": duration.default("6h"),
    "max-attempts": durableInput.shape.maxAttempts,
    "retry-on-failure": durableInput.shape.retryOnFailure,
  }),
]);

const subscription = z.strictObject({
  service: subscriptionInput.shape.service,
  workflow: subscriptionInput.shape.workflow,
  "event-types": subscriptionInput.shape.eventTypes,
  durable: durable.default(false).describe("Durable delivery: true, or its settings"),
});

const approval = z.strictObject({
  service: slugSchema,
  repository: z
    .string()
    .regex(/^[^/]+\/[^/]+$/, { error: "must be owner/name" })
    .describe("The consumer's repository"),
  decision: z.enum(["approve", "deny"]).describe("The provider's answer"),
});

/** `.github/zekt.yml`, by which a repository manages itself. */
export const zektFileSchema = z.strictObject({
  version: z.literal(1).describe("The version of this format"),
  provider: z
    .strictObject({
      workflows: z.array(workflowPathSchema).min(1).describe("Workflows whose runs may leave the repository"),
      services: z.array(service).default([]).describe("What is offered to consumers"),
      approvals: z.array(approval).default([]).describe("Answers to requests"),
    })
    .optional()
    .describe("Enables the repository as a provider"),
  consumer: z
    .strictObject({
      tracking: z.boolean().default(false).describe("Follow the consumer's runs by a webhook"),
      subscriptions: z.array(subscription).default([]).describe("Services whose events are wanted"),
    })
    .optional()
    .describe("Enables the repository as a consumer"),
});

export type ZektFile = z.output<typeof zektFileSchema>;
export type FileService = ZektFile extends { provider?: { services: (infer S)[] } } ? S : never;

/** Something wrong in the file, and on which line. */
export interface FileProblem {
  line: number;
  message: string;
}

export interface ParsedFile {
  file: ZektFile | null;
  problems: FileProblem[];
  /** The line on which the value at a path begins. */
  lineOf(path: readonly PropertyKey[]): number;
}

/** Reads the file; whatever is wrong comes back with its line, and then there is no file. */
export function parseZektFile(text: string): ParsedFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const lineOf = (path: readonly PropertyKey[]): number => {
    for (let depth = path.length; depth >= 0; depth--) {
      const node = depth === 0 ? document.contents : document.getIn(path.slice(0, depth), true);
      const range = (node as { range?: [number, number, number] } | undefined)?.range;
      if (range && (depth > 0 || isCollection(node))) return lines.linePos(range[0]).line;
    }
    return 1;
  };
  if (document.errors.length > 0) {
    const problems = document.errors.map(({ message, pos }) => ({
      line: lines.linePos(pos[0]).line,
      message: message.split("\n", 1)[0] as string,
    }));
    return { file: null, problems, lineOf };
  }
  const result = zektFileSchema.safeParse(document.toJS());
  if (result.success) return { file: result.data, problems: [], lineOf };
  const problems = result.error.issues.map((issue) => ({
    line: lineOf(issue.path),
    message: `${issue.path.join(".") || "the file"}: ${issue.message}`,
  }));
  return { file: null, problems, lineOf };
}

/** A service of the file as the API would take it. */
export const serviceOfFile = (one: FileService): z.input<typeof serviceInput> => {
  const {
    "event-types": eventTypes,
    "run-fields": runFields,
    approve,
    "provider-replay": providerReplay,
    ...rest
  } = one;
  return { ...rest, eventTypes, runFields, preapprovedOwners: approve, providerReplay };
};

/** A subscription of the file as the API would take it. */
export const subscriptionOfFile = (
  one: z.output<typeof subscription>,
): z.input<typeof subscriptionInput> => ({
  service: one.service,
  workflow: one.workflow,
  eventTypes: one["event-types"],
  durable:
    one.durable === false
      ? null
      : one.durable === true
        ? durableInput.parse({})
        : {
            confirmWithin: seconds(one.durable["confirm-within"]),
            completeWithin: seconds(one.durable["complete-within"]),
            maxAttempts: one.durable["max-attempts"],
            retryOnFailure: one.durable["retry-on-failure"],
          },
});
