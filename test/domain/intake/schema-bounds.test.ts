import { expect, test } from "vitest";
import { checkBounds, targetOf } from "../../../app/domain/intake/schema-bounds.ts";

/* The bounds of schemas, so that judging by one costs time in proportion to the message. */

const taken = (schema: Record<string, unknown>): boolean => {
  try {
    checkBounds(schema);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ name: "SchemaFault" });
    return false;
  }
};
const COSTLY = { uniqueItems: true };

test.each(["$anchor", "$async", "$dynamicAnchor", "$dynamicRef", "$id", "$recursiveAnchor", "$recursiveRef"])(
  "the keyword %s is refused, and a property of that name is not",
  (keyword) => {
    expect([taken({ [keyword]: "a" }), taken({ items: { [keyword]: true } })]).toEqual([false, false]);
    expect([taken({ properties: { [keyword]: true } }), taken({ [keyword]: 1 })]).toEqual([true, true]);
  },
);

test.each(["const", "default", "enum", "examples"])(
  "what stands under %s is data, unless that is a name",
  (keyword) => {
    expect(taken({ [keyword]: COSTLY })).toBe(true);
    expect(taken({ properties: { [keyword]: COSTLY } })).toBe(false);
  },
);

test.each(["$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties"])(
  "under %s words are names",
  (keyword) => {
    expect(taken({ [keyword]: { uniqueItems: true, $id: true } })).toBe(true);
    expect(taken({ [keyword]: { default: COSTLY } })).toBe(false);
    expect(taken({ items: { [keyword]: { [keyword]: COSTLY } } })).toBe(false);
  },
);

test("lists may be compared by nothing, and uniqueItems false compares nothing", () => {
  expect([taken({ uniqueItems: false }), taken({ allOf: [COSTLY] })]).toEqual([true, false]);
});

test("a schema may have 1000 parts, those that it refers to counted each time", () => {
  const ofParts = (parts: number) => ({ allOf: Array.from({ length: parts - 2 }, () => ({})) });
  expect([taken(ofParts(1000)), taken(ofParts(1001))]).toEqual([true, false]);
  const referring = (times: number) => ({
    $defs: { a: ofParts(100) },
    anyOf: Array.from({ length: times }, () => ({ $ref: "#/$defs/a" })),
  });
  expect([taken(referring(8)), taken(referring(9))]).toEqual([true, false]);
});

test("a reference finds its place by names with any signs, and what is not there is said", () => {
  const root = { $defs: { "a/b~c %": { type: "string" }, list: [1], none: null } };
  expect(targetOf(root, "#", "")).toBe(root);
  expect(targetOf(root, "#/$defs/a~1b~0c%20%25", "")).toEqual({ type: "string" });
  expect(targetOf(root, "#/$defs/list/0", "")).toBe(1);
  for (const ref of ["#/$defs/x", "#/$defs/none/x", "#/$defs/list/0/x", "#/toString", "#/%"])
    expect(() => targetOf(root, ref, "/at")).toThrow(
      expect.objectContaining({ pointer: "/at", message: `there is no ${ref}` }),
    );
  expect(() => targetOf(root, "other#/a", "/at")).toThrow(/is not within this schema/);
});
