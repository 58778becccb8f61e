import { pointerOf } from "../parse-input.ts";

/** Something wrong in a JSON Schema, at a JSON pointer. */
export class SchemaFault extends Error {
  override name = "SchemaFault";
  readonly pointer: string;

  constructor(pointer: string, message: string) {
    super(message);
    this.pointer = pointer;
  }
}

/** The most parts that a schema may have, what it refers to counted wherever it does. */
const MAX_PARTS = 1000;

const DIALECT = "https://json-schema.org/draft/2020-12/schema";

/** Keywords whose values are schemas by names, which may be any words. */
export const NAMED_SCHEMAS: ReadonlySet<string> = new Set([
  "$defs",
  "definitions",
  "dependencies",
  "dependentSchemas",
  "patternProperties",
  "properties",
]);

/** Keywords whose values are data and no schemas. */
export const DATA: ReadonlySet<string> = new Set(["const", "default", "enum", "examples"]);

/**
 * Keywords that would name something outside of the schema, or leave it open what they mean. By `$async` ajv would
 * judge later, and answer that everything fits: https://ajv.js.org/guide/async-validation.html
 */
const REFUSED: ReadonlySet<string> = new Set([
  "$anchor",
  "$async",
  "$dynamicAnchor",
  "$dynamicRef",
  "$id",
  "$recursiveAnchor",
  "$recursiveRef",
]);

/**
 * Checks that judging by a schema costs time in proportion to the message. It has a bounded number of parts. It
 * refers to nothing outside, and never to itself. It compares no entries of a list with one another.
 *
 * @throws SchemaFault at the place that is wrong
 */
export function checkBounds(schema: Readonly<Record<string, unknown>>): void {
  if (schema.$schema !== undefined && schema.$schema !== DIALECT)
    throw new SchemaFault("/$schema", `must be ${DIALECT}`);
  const known = { schemas: new Map<unknown, number | "open">(), names: new Map<unknown, number | "open">() };
  const sizeOf = (part: unknown, pointer: string, areNames = false): number => {
    if (typeof part !== "object" || part === null) return 0;
    const sizes = areNames ? known.names : known.schemas;
    const standing = sizes.get(part);
    if (standing === "open") throw new SchemaFault(pointer, "must not refer to itself");
    if (standing !== undefined) return standing;
    sizes.set(part, "open");
    let size = 1;
    for (const [key, value] of Object.entries(part)) {
      const at = pointer + pointerOf([key]);
      size += areNames || Array.isArray(part) ? sizeOf(value, at) : sizeOfKeyword(key, value, at);
      if (size > MAX_PARTS) throw new SchemaFault(at, `makes the schema larger than ${MAX_PARTS} parts`);
    }
    sizes.set(part, size);
    return size;
  };
  const sizeOfKeyword = (key: string, value: unknown, at: string): number => {
    if (DATA.has(key)) return 0;
    if (REFUSED.has(key) && (typeof value === "string" || value === true))
      throw new SchemaFault(at, `${key} is not understood here`);
    if (key === "uniqueItems" && value === true)
      throw new SchemaFault(
        at,
        "uniqueItems is not checked here, since its cost grows with the square of a list",
      );
    return key === "$ref" && typeof value === "string"
      ? sizeOf(targetOf(schema, value, at), at)
      : sizeOf(value, at, NAMED_SCHEMAS.has(key));
  };
  sizeOf(schema, "");
}

/**
 * Finds what a `$ref` names within the schema.
 *
 * @throws SchemaFault where there is no such thing
 */
export function targetOf(schema: unknown, ref: string, pointer: string): unknown {
  if (ref !== "#" && !ref.startsWith("#/"))
    throw new SchemaFault(pointer, `${ref} is not within this schema; refer to #/$defs/…`);
  let target = schema;
  for (const part of decoded(ref).split("/").slice(1)) {
    const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
    const isThere = typeof target === "object" && target !== null && Object.hasOwn(target, name);
    if (!isThere) throw new SchemaFault(pointer, `there is no ${ref}`);
    target = (target as Record<string, unknown>)[name];
  }
  return target;
}

/** Returns a reference without its percent signs; as it is where they mean nothing, which names nothing then. */
function decoded(ref: string): string {
  try {
    return decodeURIComponent(ref);
  } catch {
    return ref;
  }
}
