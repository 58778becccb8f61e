import { checkBounds, NAMED_SCHEMAS, targetOf } from "../intake/schema-bounds.ts";

export type SchemaObject = Readonly<Record<string, unknown>>;
export type Schema = boolean | SchemaObject;

/** Keywords that say something of a schema and judge nothing; `format` is one of them in messages' schemas. */
export const ANNOTATIONS: ReadonlySet<string> = new Set([
  "$comment",
  "$defs",
  "$schema",
  "contentEncoding",
  "contentMediaType",
  "contentSchema",
  "default",
  "definitions",
  "deprecated",
  "description",
  "examples",
  "format",
  "readOnly",
  "title",
  "writeOnly",
]);

const LISTS: ReadonlySet<string> = new Set(["allOf", "anyOf", "oneOf", "prefixItems"]);
const SINGLE: ReadonlySet<string> = new Set([
  "additionalProperties",
  "contains",
  "else",
  "if",
  "items",
  "not",
  "propertyNames",
  "then",
  "unevaluatedItems",
  "unevaluatedProperties",
]);

/**
 * Returns a schema with everything that it refers to in its place, and without what judges nothing. Its size has the
 * bound of messages' schemas.
 *
 * @throws SchemaFault for a schema beyond that bound, or one that refers to what is not there
 */
export function dereferenced(root: SchemaObject, without: ReadonlySet<string> = ANNOTATIONS): Schema {
  checkBounds(root);
  const resolve = (schema: unknown): Schema => {
    if (typeof schema === "boolean") return schema;
    if (typeof schema !== "object" || schema === null) return true;
    const { $ref, ...own } = schema as SchemaObject;
    const entries = Object.entries(withNull(own))
      .filter(([key]) => !without.has(key))
      .map(([key, value]) => [key, within(key, value)] as const);
    const rest: SchemaObject = Object.fromEntries(entries);
    if (typeof $ref !== "string") return simplest(rest);
    const target = resolve(targetOf(root, $ref, ""));
    if (entries.length === 0) return target;
    return { ...rest, allOf: [...((rest.allOf ?? []) as Schema[]), target] };
  };
  const within = (key: string, value: unknown): unknown => {
    if (SINGLE.has(key)) return resolve(value);
    if (LISTS.has(key) && Array.isArray(value)) return value.map(resolve);
    if (NAMED_SCHEMAS.has(key) && typeof value === "object" && value !== null)
      return Object.fromEntries(
        // `dependencies` has lists of names, too.
        Object.entries(value).map(([name, one]) => [name, Array.isArray(one) ? one : resolve(one)]),
      );
    return value;
  };
  return resolve(root);
}

const simplest = (schema: SchemaObject): Schema => (Object.keys(schema).length === 0 ? true : schema);

/** Returns a schema with OpenAPI's `nullable`, by which ajv lets null pass, as one type more. */
function withNull({ nullable, ...schema }: SchemaObject): SchemaObject {
  if (nullable !== true || schema.type === undefined) return schema;
  return { ...schema, type: [...new Set([schema.type, "null"].flat())] };
}
