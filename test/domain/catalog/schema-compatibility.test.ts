import fc from "fast-check";
import { expect, test } from "vitest";
import { schemaChanges } from "../../../app/domain/catalog/schema-compatibility.ts";
import { readSchema } from "../../../app/domain/intake/message-schema.ts";

/* A change of a schema: what may come now that subscribers did not have to expect. */

type Json = Record<string, unknown>;
const of = (before: Json, after: Json) =>
  schemaChanges(before, after).map(({ path, verdict }) => `${verdict} ${path.join("/")}`.trim());

const VERSION = { type: "object", required: ["version"], properties: { version: { type: "string" } } };
const withVersion = (version: Json, more: Json = {}) => ({ ...VERSION, properties: { version }, ...more });

test.each<[string, Json, Json]>([
  ["the same in another order", { type: "object", required: ["a"] }, { required: ["a"], type: "object" }],
  ["a new description", VERSION, withVersion({ type: "string", description: "The version" }, { title: "A" })],
  [
    "a property more",
    VERSION,
    { ...VERSION, properties: { ...VERSION.properties, notes: { type: "string" } } },
  ],
  ["a property that became required", { ...VERSION, required: [] }, VERSION],
  ["a type less", { type: ["string", "null"] }, { type: "string" }],
  ["an integer for a number", { type: "number" }, { type: "integer" }],
  ["a value less of a list", { enum: ["a", "b", "c"] }, { enum: ["a", "c"] }],
  ["one value of a list", { enum: ["a", "b"] }, { const: "a" }],
  ["tighter bounds", { type: "number", minimum: 1 }, { type: "number", exclusiveMinimum: 1, maximum: 9 }],
  ["a pattern where there was none", { type: "string" }, { type: "string", pattern: "^v" }],
  ["no others, where others could come", VERSION, { ...VERSION, additionalProperties: false }],
  ["an alternative less", { anyOf: [{ type: "string" }, { type: "null" }] }, { type: "null" }],
  ["alternatives for types", { type: ["string", "null"] }, { oneOf: [{ type: "null" }, { type: "string" }] }],
  [
    "a part that moved into $defs",
    VERSION,
    { ...withVersion({ $ref: "#/$defs/v" }), $defs: { v: { type: "string" } } },
  ],
  [
    "a schema cut into parts",
    VERSION,
    { allOf: [{ type: "object", required: ["version"] }, { properties: VERSION.properties }] },
  ],
  ["items of a tuple", { items: { type: "number" } }, { prefixItems: [{ type: "integer" }], items: false }],
  ["true and false for a boolean", { type: "boolean" }, { enum: [true, false] }],
  ["a boolean for true and false", { enum: [true, false] }, { type: "boolean" }],
])("%s breaks nobody", (_, before, after) => {
  expect(of(before, after)).toEqual([]);
});

test.each<[string, Json, Json, string[]]>([
  [
    "a required property that may be missing",
    VERSION,
    { ...VERSION, required: [] },
    ["breaks properties/version"],
  ],
  ["a type more", VERSION, withVersion({ type: ["string", "null"] }), ["breaks properties/version"]],
  ["another type", VERSION, withVersion({ type: "number" }), ["breaks properties/version"]],
  ["a number for an integer", { type: "integer" }, { type: "number" }, ["breaks"]],
  ["a value more of a list", { enum: ["a"] }, { enum: ["a", "b"] }, ["breaks"]],
  ["no list any more", { enum: ["a"] }, { type: "string" }, ["breaks"]],
  ["looser bounds", { type: "number", minimum: 1 }, { type: "number", minimum: 0 }, ["breaks minimum"]],
  [
    "a bound that includes itself",
    { type: "number", exclusiveMinimum: 1 },
    { type: "number", minimum: 1 },
    ["breaks exclusiveMinimum"],
  ],
  ["no pattern any more", { type: "string", pattern: "^v" }, { type: "string" }, ["breaks"]],
  [
    "a new property where none could come",
    { ...VERSION, additionalProperties: false },
    { ...VERSION, additionalProperties: false, properties: { ...VERSION.properties, notes: {} } },
    ["breaks properties/notes"],
  ],
  [
    "others where none could come",
    { ...VERSION, additionalProperties: false },
    VERSION,
    ["breaks additionalProperties"],
  ],
  [
    "a list's items",
    { type: "array", items: { type: "string" } },
    { type: "array", items: {} },
    ["breaks items"],
  ],
])("%s breaks subscribers, at its place", (_, before, after, places) => {
  expect(of(before, after)).toEqual(places);
});

test.each<[string, Json, Json]>([
  ["another pattern", { type: "string", pattern: "^v1" }, { type: "string", pattern: "^v1[.]" }],
  ["a condition", { if: { type: "null" }, else: { minLength: 1 } }, { type: "string", minLength: 1 }],
  ["not", { not: { type: "string" } }, { type: "number" }],
  [
    "an optional property that goes",
    { properties: { a: { type: "string" } } },
    { additionalProperties: false },
  ],
  ["alternatives over alternatives", { oneOf: [{ minimum: 1 }, { maximum: -1 }] }, { minimum: 5 }],
])("what cannot be decided, such as %s, may break", (_, before, after) => {
  expect(of(before, after).map((one) => one.split(" ")[0])).toContain("may-break");
  expect(of(before, after).join()).not.toContain("breaks ");
});

const leaf = fc.constantFrom<Json>(
  {},
  { type: "string" },
  { type: "number" },
  { type: "integer" },
  { type: ["string", "null"] },
  { type: "boolean" },
  { enum: ["a", 1, null] },
  { enum: ["a", "b"] },
  { const: "a" },
  { type: "number", minimum: 1 },
  { type: "integer", exclusiveMaximum: 3 },
  { type: "string", maxLength: 1 },
  { type: "string", pattern: "^a" },
  { multipleOf: 2 },
);
const schema = fc.letrec<{ any: Json }>((tie) => ({
  any: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.record({ anyOf: fc.array(tie("any"), { minLength: 1, maxLength: 2 }) }),
    fc.record({ oneOf: fc.array(tie("any"), { minLength: 1, maxLength: 2 }) }),
    fc.record({ allOf: fc.array(tie("any"), { minLength: 1, maxLength: 2 }) }),
    fc.record({ not: tie("any") }),
    fc.record({ items: tie("any") }, { requiredKeys: [] }),
    fc.record(
      { contains: tie("any"), minContains: fc.nat(2), maxContains: fc.nat(2) },
      { requiredKeys: ["contains"] },
    ),
    fc.record({ if: tie("any"), else: tie("any") }),
    fc.record({ propertyNames: fc.constantFrom<Json>({ pattern: "^a" }, { maxLength: 1 }) }),
    fc.record({ dependentRequired: fc.constantFrom({ a: ["b"] }, { b: ["a", "c"] }) }),
    fc.record({ minItems: fc.nat(2), maxProperties: fc.nat(2) }, { requiredKeys: [] }),
    fc.record({ prefixItems: fc.array(tie("any"), { minLength: 1, maxLength: 2 }), items: tie("any") }),
    fc.record(
      {
        type: fc.constant("object"),
        properties: fc.dictionary(fc.constantFrom("a", "b"), tie("any"), { maxKeys: 2 }),
        required: fc.uniqueArray(fc.constantFrom("a", "b"), { maxLength: 2 }),
        additionalProperties: fc.oneof(fc.boolean(), tie("any")),
        patternProperties: fc.dictionary(fc.constantFrom("^a", "."), tie("any"), { minKeys: 1, maxKeys: 1 }),
      },
      { requiredKeys: [] },
    ),
  ),
})).any;
const scalar = fc.constantFrom<unknown>("", "a", "ab", "b", 0, 1, 2, 2.5, 3, -1, null, true, false);
const message = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { depthSize: "small" },
    scalar,
    fc.array(tie("any"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "b", "c"), tie("any"), { maxKeys: 3 }),
  ),
})).any;

test("where no change is named, every message that fits now fitted before", () => {
  let compatible = 0;
  fc.assert(
    fc.property(
      schema,
      schema,
      fc.boolean(),
      fc.array(message, { minLength: 20, maxLength: 20 }),
      (one, other, isNarrower, messages) => {
        // Two schemas at random hardly ever fit, so half of the new ones are the old one and more.
        const after = isNarrower ? { allOf: [one, other] } : other;
        if (schemaChanges(one, after).length > 0) return;
        compatible += 1;
        const [before, now] = [readSchema(one), readSchema(after)];
        for (const text of messages.map((value) => JSON.stringify(value)))
          if (now(text).length === 0) expect(before(text), text).toEqual([]);
      },
    ),
    { numRuns: 300 },
  );
  expect(compatible).toBeGreaterThan(50);
});

test("alternatives within alternatives end in bounded time, undecided", () => {
  const nested = (depth: number, minimum: number): Json =>
    depth === 0 ? { minimum } : { anyOf: [nested(depth - 1, minimum), nested(depth - 1, minimum + 1)] };
  const began = performance.now();
  expect(of(nested(8, 1_000), nested(8, 0))).toEqual(["may-break"]);
  expect(performance.now() - began).toBeLessThan(2_000);
});
