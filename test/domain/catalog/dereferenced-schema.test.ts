import { expect, test } from "vitest";
import { ANNOTATIONS, dereferenced } from "../../../app/domain/catalog/dereferenced-schema.ts";

/* A schema with what it refers to in its place, and without what judges nothing. */

const REF = { $ref: "#/$defs/s" };
const STRING = { type: "string" };
const of = (schema: object) => dereferenced({ ...schema, $defs: { s: STRING } });

test.each([
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
])("what %s refers to comes in its place", (keyword) => {
  expect(of({ [keyword]: REF })).toEqual({ [keyword]: STRING });
});

test.each(["allOf", "anyOf", "oneOf", "prefixItems"])("what the list %s refers to, too", (keyword) => {
  expect(of({ [keyword]: [REF, false] })).toEqual({ [keyword]: [STRING, false] });
});

test.each(["dependencies", "dependentSchemas", "patternProperties", "properties"])(
  "what the map %s refers to, too, whatever its names",
  (keyword) => {
    expect(of({ [keyword]: { a: REF, title: REF } })).toEqual({ [keyword]: { a: STRING, title: STRING } });
  },
);

test("data that looks like a reference stays", () => {
  expect(of({ enum: [REF], const: REF })).toEqual({ enum: [REF], const: REF });
});

test("what judges nothing is left out, and a schema of nothing else lets everything pass", () => {
  const annotations = Object.fromEntries(
    "$comment $defs $schema contentEncoding contentMediaType contentSchema default definitions deprecated description examples format readOnly title writeOnly"
      .split(" ")
      .map((key) => [key, key === "$schema" ? "https://json-schema.org/draft/2020-12/schema" : {}]),
  );
  expect([...ANNOTATIONS].sort()).toEqual(Object.keys(annotations).sort());
  expect(dereferenced({ ...annotations, minimum: 1 })).toEqual({ minimum: 1 });
  expect(dereferenced(annotations)).toBe(true);
  expect(dereferenced({ title: "A", minimum: 1 }, new Set(["minimum"]))).toEqual({ title: "A" });
});

test("a reference by itself is what it refers to, and one beside other keywords holds with them", () => {
  expect(of(REF)).toEqual(STRING);
  expect(of({ ...REF, title: "A" })).toEqual(STRING);
  expect(of({ ...REF, minLength: 1 })).toEqual({ minLength: 1, allOf: [STRING] });
  expect(of({ ...REF, allOf: [{ minLength: 1 }] })).toEqual({ allOf: [{ minLength: 1 }, STRING] });
});

test("a map that is none is left as it is", () => {
  expect(of({ properties: null, anyOf: null })).toEqual({ properties: null, anyOf: null });
});

test("a schema beyond the bounds of messages' schemas is refused", () => {
  expect(() => dereferenced({ uniqueItems: true })).toThrow(/uniqueItems/);
});

test("a list of names in dependencies stays", () => {
  expect(of({ dependencies: { a: ["b"] } })).toEqual({ dependencies: { a: ["b"] } });
});

test("what refers to itself under a name that is a keyword is refused", () => {
  expect(() => dereferenced({ properties: { default: { $ref: "#" } } })).toThrow(/must not refer to itself/);
});

test("nullable is one type more, by which messages are judged", () => {
  expect(of({ type: "string", nullable: true })).toEqual({ type: ["string", "null"] });
  expect(of({ type: ["string", "null"], nullable: true })).toEqual({ type: ["string", "null"] });
  expect(of({ type: "string", nullable: false })).toEqual(STRING);
});
