import { isDeepStrictEqual } from "node:util";
import { cutText } from "../cut-text.ts";
import { dereferenced, type Schema, type SchemaObject } from "./dereferenced-schema.ts";

export type { SchemaObject } from "./dereferenced-schema.ts";

/** The certainty of a change: messages come that did not fit before, or that cannot be excluded. */
export type Verdict = "breaks" | "may-break";

/** A place of a schema from which messages may come that the schema before did not let pass. */
export interface SchemaChange {
  path: readonly PropertyKey[];
  verdict: Verdict;
  detail: string;
}

const TYPES = ["null", "boolean", "object", "array", "string", "number", "integer"];

/** The steps of one comparison: alternatives within alternatives multiply. */
const MAX_STEPS = 20_000;

/** Keywords that mean something together alone. */
const OBJECT_GROUP = ["properties", "patternProperties", "additionalProperties"];
const ARRAY_GROUP = ["prefixItems", "items"];
const CONDITION_GROUP = ["if", "then", "else"];
const CONTAINS_GROUP = ["contains", "minContains", "maxContains"];
const GROUPS = [OBJECT_GROUP, ARRAY_GROUP, CONDITION_GROUP, CONTAINS_GROUP];

/** Keywords whose meaning depends on all that stands beside them. */
const OF_THE_WHOLE = ["unevaluatedItems", "unevaluatedProperties"];

/** Bounds by keyword: the type that they bound, and whether a greater bound lets less pass. */
const BOUNDS: Readonly<Record<string, { type: string; isLower: boolean }>> = {
  minimum: { type: "number", isLower: true },
  exclusiveMinimum: { type: "number", isLower: true },
  maximum: { type: "number", isLower: false },
  exclusiveMaximum: { type: "number", isLower: false },
  minLength: { type: "string", isLower: true },
  maxLength: { type: "string", isLower: false },
  minItems: { type: "array", isLower: true },
  maxItems: { type: "array", isLower: false },
  minProperties: { type: "object", isLower: true },
  maxProperties: { type: "object", isLower: false },
};

/**
 * Returns the changes between two schemas after which messages may come that subscribers did not have to expect.
 * None says that every message of the new schema fits the old one. Where that cannot be decided, a change "may break".
 *
 * @throws SchemaFault for a schema that is beyond the bounds of messages' schemas
 */
export function schemaChanges(before: SchemaObject, after: SchemaObject): SchemaChange[] {
  const place: Place = { path: [], budget: { steps: MAX_STEPS } };
  try {
    return excess(dereferenced(after), dereferenced(before), place);
  } catch (error) {
    if (!(error instanceof TooManySteps)) throw error;
    return [change(place, "may-break", "the two have too many alternatives to be compared")];
  }
}

/** A place of the new schema, and the steps that its comparison may still take. */
interface Place {
  path: readonly PropertyKey[];
  budget: { steps: number };
}

const down = ({ path, budget }: Place, ...keys: readonly PropertyKey[]): Place => ({
  path: [...path, ...keys],
  budget,
});

class TooManySteps extends Error {}

/** Returns what lets a value fit `after` without fitting `before`; nothing where none can. */
function excess(after: Schema, before: Schema, place: Place): SchemaChange[] {
  if (--place.budget.steps < 0) throw new TooManySteps();
  if (after === false || before === true || isDeepStrictEqual(after, before)) return [];
  if (before === false) return [change(place, "breaks", "may come now, and could not before")];
  const given = after === true ? {} : after;
  const values = valuesOf(given);
  if (values) return excessValues(values, given, before, place);
  for (const union of ["anyOf", "oneOf"]) {
    const branches = given[union];
    if (Array.isArray(branches)) return excessOfUnion(given, union, branches, before, place);
  }
  if (Array.isArray(given.allOf)) {
    const { allOf, ...rest } = given;
    const parts: Schema[] = [rest, ...(allOf as Schema[])];
    const merged = parts.reduce<Schema | null>((whole, part) => merge(whole, part), {});
    if (merged !== null) return excess(merged, before, place);
    return constraintsOf(before).flatMap((one) =>
      parts.some((part) => excess(part, one, place).length === 0) ? [] : [undecided(place, Object.keys(one))],
    );
  }
  return constraintsOf(before).flatMap((one) => excessOf(given, one, before, place));
}

const change = ({ path }: Place, verdict: Verdict, detail: string): SchemaChange => ({
  path,
  verdict,
  detail,
});

const undecided = (place: Place, keywords: readonly string[]): SchemaChange =>
  change(place, "may-break", `may be more than before by ${keywords.join(", ")}, which cannot be decided`);

const lessSure = (changes: readonly SchemaChange[]): SchemaChange[] =>
  changes.map((one) => ({ ...one, verdict: "may-break" }));

/** Returns the parts of a schema that each constrain alone. */
function constraintsOf(schema: SchemaObject): SchemaObject[] {
  const left = new Set(Object.keys(schema));
  const pick = (keys: readonly string[]): SchemaObject => {
    for (const key of keys) left.delete(key);
    return Object.fromEntries(keys.filter((key) => key in schema).map((key) => [key, schema[key]]));
  };
  const groups = GROUPS.map(pick).filter((one) => Object.keys(one).length > 0);
  return [...groups, ...[...left].map((key) => ({ [key]: schema[key] }))];
}

/** Joins two schemas into one that means both; null where keywords of theirs would mean something else together. */
function merge(one: Schema | null, other: Schema): Schema | null {
  if (one === null) return null;
  if (one === true || other === false) return other;
  if (other === true || one === false) return one;
  const clash = Object.keys(other).some(
    (key) =>
      (key in one && !isDeepStrictEqual(one[key], other[key])) ||
      OF_THE_WHOLE.includes(key) ||
      GROUPS.some((group) => group.includes(key) && group.some((each) => each in one)),
  );
  const isWhole = OF_THE_WHOLE.some((key) => key in one);
  return clash || isWhole ? null : { ...one, ...other };
}

/** Returns the values that a schema lists; null where it lists none. */
function valuesOf({ const: only, enum: list, ...rest }: SchemaObject): unknown[] | null {
  if (only !== undefined) return [only];
  if (Array.isArray(list)) return list;
  const types = typesOf(rest);
  if (!types.every((type) => type === "null" || type === "boolean")) return null;
  return types.flatMap((type) => (type === "null" ? [null] : [true, false]));
}

function excessValues(
  values: readonly unknown[],
  after: SchemaObject,
  before: SchemaObject,
  place: Place,
): SchemaChange[] {
  const possible = values.filter((value) => fits(value, after) !== false);
  const shown = (value: unknown): string => cutText(JSON.stringify(value), 60);
  return possible.flatMap((value) => {
    const fitted = fits(value, before);
    if (fitted === true) return [];
    const isSure = fitted === false && fits(value, after) === true;
    return [change(place, isSure ? "breaks" : "may-break", `may be ${shown(value)} now`)];
  });
}

function excessOfUnion(
  after: SchemaObject,
  union: string,
  branches: readonly Schema[],
  before: SchemaObject,
  place: Place,
): SchemaChange[] {
  const { [union]: _, ...rest } = after;
  if (excess(rest, before, place).length === 0) return [];
  return branches.flatMap((branch, index) => {
    const at = down(place, union, index);
    if (excess(branch, before, at).length === 0) return [];
    const merged = merge(rest, branch);
    // Of `oneOf` another branch may exclude what this one lets pass.
    if (merged !== null && union === "anyOf") return excess(merged, before, at);
    return lessSure(excess(merged ?? branch, before, at));
  });
}

/** Returns the types of the values that a schema lets pass; `number` stands for `integer` too. */
function typesOf(schema: SchemaObject): string[] {
  const { type } = schema;
  const listed = type === undefined ? TYPES : Array.isArray(type) ? (type as string[]) : [String(type)];
  return listed.includes("number") ? listed.filter((one) => one !== "integer") : listed;
}

const allows = (schema: SchemaObject, type: string): boolean =>
  typesOf(schema).some((one) => one === type || (type === "number" && one === "integer"));

/** Returns what a schema without unions lets pass beyond one constraint of the schema before. */
function excessOf(
  after: SchemaObject,
  constraint: SchemaObject,
  whole: SchemaObject,
  place: Place,
): SchemaChange[] {
  const [keyword = "", value] = Object.entries(constraint)[0] ?? [];
  // `contains` asks for one entry, unless `minContains` beside it says otherwise.
  const wanted = keyword === "contains" ? { minContains: 1, ...constraint } : constraint;
  const given: SchemaObject = { minContains: 1, ...after };
  const isSame = Object.entries(wanted).every(([key, one]) => isDeepStrictEqual(given[key], one));
  if (OBJECT_GROUP.includes(keyword))
    return allows(after, "object") ? excessProperties(after, whole, place) : [];
  if (ARRAY_GROUP.includes(keyword)) return allows(after, "array") ? excessItems(after, whole, place) : [];
  if (OF_THE_WHOLE.includes(keyword)) return [undecided(place, [keyword])];
  if (isSame) return [];
  const bound = BOUNDS[keyword];
  if (bound) return excessBound(after, keyword, value as number, bound, place);
  switch (keyword) {
    case "type": {
      const before = typesOf(constraint);
      const isKnown = (type: string): boolean =>
        before.includes(type) || (type === "integer" && before.includes("number"));
      const added = typesOf(after).filter((type) => !isKnown(type));
      if (added.length === 0) return [];
      const detail = after.type === undefined ? "may be of any type now" : `may be ${added.join(" or ")} now`;
      return [change(place, "breaks", detail)];
    }
    case "const":
    case "enum":
      return [change(place, "breaks", "may be another value now than those that were listed")];
    case "required": {
      if (!allows(after, "object")) return [];
      const now = new Set((after.required as string[] | undefined) ?? []);
      return (value as string[])
        .filter((name) => !now.has(name))
        .map((name) => change(down(place, "properties", name), "breaks", "may be missing now"));
    }
    case "pattern":
      if (!allows(after, "string")) return [];
      return after.pattern === undefined
        ? [change(place, "breaks", "need not fit a pattern any more")]
        : [undecided(down(place, keyword), [keyword])];
    case "multipleOf": {
      if (!allows(after, "number")) return [];
      const now = after.multipleOf as number | undefined;
      const isInteger = !typesOf(after).includes("number");
      const step = value as number;
      if (now !== undefined && Number.isInteger(now) && Number.isInteger(step) && now % step === 0) return [];
      if (isInteger && step === 1) return [];
      return now === undefined
        ? [change(place, "breaks", `need not be a multiple of ${step} any more`)]
        : [undecided(down(place, keyword), [keyword])];
    }
    case "allOf":
      return (value as Schema[]).flatMap((part) => excess(after, part, place));
    case "anyOf":
      return (value as Schema[]).some((branch) => excess(after, branch, place).length === 0)
        ? []
        : [undecided(place, [keyword])];
    default:
      return [undecided(place, Object.keys(constraint))];
  }
}

function excessBound(
  after: SchemaObject,
  keyword: string,
  before: number,
  { type, isLower }: { type: string; isLower: boolean },
  place: Place,
): SchemaChange[] {
  if (!allows(after, type)) return [];
  const isWithin = (now: number, mayEqual: boolean): boolean =>
    (isLower ? now > before : now < before) || (mayEqual && now === before);
  const [inclusive, exclusive] = isLower ? ["minimum", "exclusiveMinimum"] : ["maximum", "exclusiveMaximum"];
  const bounds = type === "number" ? [inclusive, exclusive] : [keyword];
  const isBound = bounds.some((name) => {
    const now = after[name as string];
    // What excludes the bound itself is stricter than what includes it.
    return typeof now === "number" && isWithin(now, keyword !== exclusive || name === exclusive);
  });
  if (isBound) return [];
  // No list has fewer than no entries, and the like.
  if (isLower && type !== "number" && before === 0) return [];
  return [
    change(down(place, keyword), "breaks", `may be ${isLower ? "below" : "above"} ${keyword} ${before} now`),
  ];
}

/** Returns the schema of a property, and whether it is all that constrains it. */
function propertyOf(schema: SchemaObject, name: string): { schema: Schema; isAll: boolean } {
  const {
    properties = {},
    patternProperties,
    additionalProperties = true,
  } = schema as {
    properties?: Record<string, Schema>;
    patternProperties?: object;
    additionalProperties?: Schema;
  };
  const isAll =
    patternProperties === undefined &&
    !("propertyNames" in schema) &&
    !OF_THE_WHOLE.some((key) => key in schema);
  if (Object.hasOwn(properties, name)) return { schema: properties[name] as Schema, isAll };
  return { schema: patternProperties === undefined ? additionalProperties : true, isAll };
}

function excessProperties(after: SchemaObject, before: SchemaObject, place: Place): SchemaChange[] {
  const was = (before.properties ?? {}) as Record<string, Schema>;
  const now = (after.properties ?? {}) as Record<string, Schema>;
  const found = Object.entries(was).flatMap(([name, schema]) => {
    const { schema: next, isAll } = propertyOf(after, name);
    const at = down(place, "properties", name);
    if (next === false) return [change(at, "may-break", "does not come any more; it was optional")];
    const changes = excess(next, schema, at);
    return isAll ? changes : lessSure(changes);
  });
  if (before.patternProperties !== undefined) {
    const isSame = OBJECT_GROUP.every((key) => isDeepStrictEqual(after[key], before[key]));
    return isSame ? [] : [...found, undecided(place, ["patternProperties"])];
  }
  const others = (before.additionalProperties ?? true) as Schema;
  if (others === true) return found;
  for (const [name, schema] of Object.entries(now)) {
    if (Object.hasOwn(was, name) || schema === false) continue;
    const at = down(place, "properties", name);
    if (others === false) found.push(change(at, "breaks", "is new, where no other properties could come"));
    else found.push(...excess(schema, others, at));
  }
  if (after.patternProperties !== undefined) return [...found, undecided(place, ["patternProperties"])];
  const rest = (after.additionalProperties ?? true) as Schema;
  return [...found, ...excess(rest, others, down(place, "additionalProperties"))];
}

function excessItems(after: SchemaObject, before: SchemaObject, place: Place): SchemaChange[] {
  const was = (before.prefixItems ?? []) as Schema[];
  const now = (after.prefixItems ?? []) as Schema[];
  const restBefore = (before.items ?? true) as Schema;
  const restNow = (after.items ?? true) as Schema;
  const first = Array.from({ length: Math.max(was.length, now.length) }, (_, index) =>
    excess(now[index] ?? restNow, was[index] ?? restBefore, down(place, "prefixItems", index)),
  );
  return [...first.flat(), ...excess(restNow, restBefore, down(place, "items"))];
}

/** Returns whether a value fits a schema; null where this does not know it. */
function fits(value: unknown, schema: Schema): boolean | null {
  if (typeof schema === "boolean") return schema;
  const type = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
  const judge = (keyword: string, given: unknown): boolean | null => {
    const bound = BOUNDS[keyword];
    if (bound) {
      if (bound.type !== type) return true;
      if (typeof value !== "number" && typeof value !== "string") return null;
      const size = typeof value === "number" ? value : [...value].length;
      if (keyword.startsWith("exclusive") && size === given) return false;
      return bound.isLower ? size >= (given as number) : size <= (given as number);
    }
    switch (keyword) {
      case "type":
        return typesOf(schema).some(
          (one) => one === type || (one === "integer" && type === "number" && Number.isInteger(value)),
        );
      case "const":
        return isDeepStrictEqual(value, given);
      case "enum":
        return (given as unknown[]).some((one) => isDeepStrictEqual(value, one));
      case "allOf":
        return all((given as Schema[]).map((part) => fits(value, part)));
      case "anyOf":
        return (given as Schema[]).some((part) => fits(value, part) === true) ? true : null;
      case "pattern":
        return type === "string" ? null : true;
      case "multipleOf":
        return type === "number" ? null : true;
      default:
        return [...OBJECT_GROUP, ...ARRAY_GROUP, "required"].includes(keyword) &&
          type !== "object" &&
          type !== "array"
          ? true
          : null;
    }
  };
  return all(Object.entries(schema).map(([keyword, given]) => judge(keyword, given)));
}

const all = (judged: readonly (boolean | null)[]): boolean | null =>
  judged.includes(false) ? false : judged.includes(null) ? null : true;
