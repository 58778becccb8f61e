import { z } from "zod";
import { depthOf } from "../intake/json-text.ts";
import { WORKFLOW_COMPLETED } from "../limits.ts";
import { listOf } from "../list-of.ts";
import { eventTypeSchema } from "./event-type-schema.ts";

/** The size limit of a service's declared types, in UTF-8 bytes of JSON: they are read with the service. */
const MAX_BYTES = 32 * 1024;

/** The deepest nesting of a schema or an example: DynamoDB stores 32 levels. */
const MAX_DEPTH = 20;

const shallow = (value: unknown): boolean =>
  value === undefined || depthOf(JSON.stringify(value)) <= MAX_DEPTH;
const TOO_DEEP = { error: `must not be nested deeper than ${MAX_DEPTH} lists and objects` };

const declaredType = z
  .strictObject({
    name: eventTypeSchema
      .refine((name) => name !== WORKFLOW_COMPLETED, { error: `${WORKFLOW_COMPLETED} has no message` })
      .describe("The event type"),
    version: z
      .string()
      .regex(/^\d{1,6}\.\d{1,6}\.\d{1,6}$/, { error: "must be a version such as 1.0.0" })
      .default("1.0.0")
      .describe("The version of what its messages hold")
      .meta({ example: "1.0.0" }),
    description: z.string().max(500).default("").describe("What consumers read of it"),
    example: z
      .unknown()
      .refine(shallow, TOO_DEEP)
      .optional()
      .describe("A message as it may come")
      .meta({ example: { version: "1.4.0" } }),
    schema: z
      .record(z.string(), z.unknown())
      .refine(shallow, TOO_DEEP)
      .nullable()
      .default(null)
      .describe("The JSON Schema (2020-12) of its messages; null: they may be anything")
      .meta({ example: { type: "object", required: ["version"] } }),
    mode: z
      .enum(["enforce", "warn"])
      .default("enforce")
      .describe("What becomes of a message that does not fit: it is refused, or stored with a warning"),
  })
  .describe("An event type, and what its messages hold");

/** The event types that a service declares. */
export const declaredTypes = listOf(declaredType, 20)
  .refine((types) => new Set(types.map(({ name }) => name)).size === types.length, {
    error: "must not declare an event type twice",
  })
  .refine((types) => Buffer.byteLength(JSON.stringify(types)) <= MAX_BYTES, {
    error: `must have at most ${MAX_BYTES} bytes of JSON together`,
  });
