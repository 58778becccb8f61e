import { Ajv2020, type ErrorObject, type FuncKeywordDefinition, type Options } from "ajv/dist/2020.js";
import { RE2JS } from "re2js";
import { recentlyMade } from "../recently-made.ts";
import { multipleOf } from "./multiple-of.ts";
import { checkBounds, SchemaFault } from "./schema-bounds.ts";

/** Something in a message that does not fit its schema, at a JSON pointer. */
export interface MessageFault {
  pointer: string;
  detail: string;
}

/** The most faults that are named of one message, and the size up to which more than the first is looked for. */
const MAX_FAULTS = 20;
const ALL_BELOW = 64 * 1024;

/** Compiles patterns for the engine whose time is linear in the text. */
const linear = Object.assign(
  (pattern: string) => {
    const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
    // ajv takes patterns of the same name for the same.
    return { test: (text: string) => compiled.matcher(text).find(), toString: () => pattern };
  },
  { code: "linear" },
);

/** The keyword for multiples, which ajv itself decides by a division that rounds: by that 19.99 is none of 0.01. */
const MULTIPLE_OF: FuncKeywordDefinition = {
  keyword: "multipleOf",
  type: "number",
  schemaType: "number",
  compile: multipleOf,
  error: { message: ({ schema }) => `must be multiple of ${schema}` },
};

/**
 * A message has its own members alone, and no `constructor` that every object of JavaScript has. Compiling checks no
 * schema by that of schemas, which each instance would have to compile first.
 */
function ajvOf(options?: Options): Ajv2020 {
  const ajv = new Ajv2020({
    ...options,
    ownProperties: true,
    strict: false,
    validateFormats: false,
    validateSchema: false,
    code: { regExp: linear as never },
  });
  ajv.removeKeyword("multipleOf").addKeyword(MULTIPLE_OF);
  return ajv;
}

/** Checks schemas by that of schemas, which takes milliseconds to compile. It stores none of them. */
const schemas = ajvOf();

/** One of ajv's errors, which it describes unless it is told not to. */
type Described = Required<ErrorObject>;

/**
 * Reads a JSON Schema (2020-12) that messages are to fit. `format` describes and checks nothing.
 *
 * @throws SchemaFault at the place that is wrong
 */
export function readSchema(schema: Readonly<Record<string, unknown>>): Judge {
  checkBounds(schema);
  return judgeOf(JSON.stringify(schema));
}

/** Returns the faults of a message's JSON; none where it fits. */
type Judge = (message: string) => MessageFault[];

/** The schemas that stay compiled: each message asks for that of its type. */
const SCHEMAS = 50;

const judgeOf = recentlyMade(SCHEMAS, (text: string): Judge => {
  const schema = JSON.parse(text) as Record<string, unknown>;
  if (!schemas.validateSchema(schema)) {
    const [{ instancePath, message }] = schemas.errors as [Described];
    throw new SchemaFault(instancePath, message);
  }
  const all = compiled(schema, { allErrors: true });
  let first: typeof all | null = null;
  const firstOf = (): typeof all => {
    first ??= compiled(schema);
    return first;
  };
  return (message) => {
    const validate = message.length > ALL_BELOW ? firstOf() : all;
    if (validate(JSON.parse(message))) return [];
    return (validate.errors as Described[]).slice(0, MAX_FAULTS).map(faultOf);
  };
});

function compiled(schema: object, options?: Options) {
  try {
    return ajvOf(options).compile(schema);
  } catch (error) {
    throw new SchemaFault("", (error as Error).message);
  }
}

function faultOf({ instancePath, keyword, params, message }: Described): MessageFault {
  const extra = keyword === "additionalProperties" ? `: ${String(params.additionalProperty)}` : "";
  const allowed =
    keyword === "enum"
      ? `: ${(params.allowedValues as unknown[]).map((one) => JSON.stringify(one)).join(", ")}`
      : "";
  return { pointer: instancePath, detail: `${message}${extra}${allowed}` };
}
