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

/** Keywords whose values are data and no schemas. */
const DATA: ReadonlySet<string> = new Set(["const", "default", "enum", "examples"]);

/** Keywords that would name something outside of the schema, or leave it open what they mean. */
const REFUSED: ReadonlySet<string> = new Set([
  "$anchor",
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
  const known = new Map<unknown, number | "open">();
  const sizeOf = (part: unknown, pointer: string): number => {
    if (typeof part !== "object" || part === null) return 0;
    const standing = known.get(part);
    if (standing === "open") throw new SchemaFault(pointer, "must not refer to itself");
    if (standing !== undefined) return standing;
    known.set(part, "open");
    let size = 1;
    for (const [key, value] of Object.entries(part)) {
      const at = pointer + pointerOf([key]);
      if (!Array.isArray(part) && DATA.has(key)) continue;
      if (!Array.isArray(part) && REFUSED.has(key) && typeof value === "string")
        throw new SchemaFault(at, `${key} is not understood here`);
      if (key === "uniqueItems" && value === true)
        throw new SchemaFault(
          at,
          "uniqueItems is not checked here, since its cost grows with the square of a list",
        );
      size +=
        key === "$ref" && typeof value === "string"
          ? sizeOf(targetOf(schema, value, at), at)
          : sizeOf(value, at);
      if (size > MAX_PARTS) throw new SchemaFault(at, `makes the schema larger than ${MAX_PARTS} parts`);
    }
    known.set(part, size);
    return size;
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
  for (const part of decodeURIComponent(ref).split("/").slice(1)) {
    const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
    const isThere = typeof target === "object" && target !== null && Object.hasOwn(target, name);
    if (!isThere) throw new SchemaFault(pointer, `there is no ${ref}`);
    target = (target as Record<string, unknown>)[name];
  }
  return target;
}
