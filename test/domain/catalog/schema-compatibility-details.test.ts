import { describe, expect, test } from "vitest";
import { schemaChanges } from "../../../app/domain/catalog/schema-compatibility.ts";

/* Each keyword of a schema by itself: what is said of its change, word for word, and at which place. */

type Json = Record<string, unknown>;
const of = (before: Json, after: Json): string[] =>
  schemaChanges(before, after).map(({ path, verdict, detail }) => `${verdict} /${path.join("/")}: ${detail}`);
const undecided = (keyword: string, at = ""): string =>
  `may-break /${at}: may be more than before by ${keyword}, which cannot be decided`;

const STRING = { type: "string" };
const NUMBER = { type: "number" };
const OBJECT = { type: "object" };
/** Written as it stands, this key would make an object look like a promise. */
const THEN = "then";
const ARRAY = { type: "array" };

/** A row of a table: a title, the schema before and after, and what is said. */
type Row = [title: string, before: Json, after: Json, said: string[]];
const rows = (table: Row[]): void =>
  test.each<Row>(table)("%s", (_, before, after, said) => {
    expect(of(before, after)).toEqual(said);
  });

describe("a bound", () => {
  test.each([
    ["minimum", "number", "below"],
    ["exclusiveMinimum", "number", "below"],
    ["maximum", "number", "above"],
    ["exclusiveMaximum", "number", "above"],
    ["minLength", "string", "below"],
    ["maxLength", "string", "above"],
    ["minItems", "array", "below"],
    ["maxItems", "array", "above"],
    ["minProperties", "object", "below"],
    ["maxProperties", "object", "above"],
  ])("of %s concerns a %s alone, and breaks where it is looser or gone", (keyword, type, side) => {
    const before = { [keyword]: 3 };
    const isLower = side === "below";
    const broken = [`breaks /${keyword}: may be ${side} ${keyword} 3 now`];
    expect(of(before, { type, [keyword]: isLower ? 2 : 4 })).toEqual(broken);
    expect(of(before, { type })).toEqual(broken);
    expect(of(before, { type, [keyword]: 3 })).toEqual([]);
    expect(of(before, { type, [keyword]: isLower ? 4 : 2 })).toEqual([]);
    expect(of(before, { type: type === "string" ? "number" : "string" })).toEqual([]);
    expect(of(before, { type: "integer" })).toEqual(type === "number" ? broken : []);
  });

  rows([
    [
      "that includes its value is held by one that excludes it",
      { minimum: 1 },
      { ...NUMBER, exclusiveMinimum: 1 },
      [],
    ],
    ["from above that includes its value, too", { maximum: 1 }, { ...NUMBER, exclusiveMaximum: 1 }, []],
    [
      "that excludes its value is not held by one that includes it",
      { exclusiveMaximum: 1 },
      { ...NUMBER, maximum: 1 },
      ["breaks /exclusiveMaximum: may be above exclusiveMaximum 1 now"],
    ],
    [
      "that excludes its value is held by a stricter one",
      { exclusiveMinimum: 1 },
      { ...NUMBER, minimum: 2 },
      [],
    ],
    ["of no length is none", { ...STRING, minLength: 0 }, STRING, []],
    ["of no entries is none", { ...ARRAY, minItems: 0 }, ARRAY, []],
    [
      "of zero from above is one",
      { ...ARRAY, maxItems: 0 },
      ARRAY,
      ["breaks /maxItems: may be above maxItems 0 now"],
    ],
    [
      "of zero is one for numbers",
      { ...NUMBER, minimum: 0 },
      NUMBER,
      ["breaks /minimum: may be below minimum 0 now"],
    ],
    [
      "of another kind is none",
      { minLength: 1 },
      { ...STRING, minItems: 2 },
      ["breaks /minLength: may be below minLength 1 now"],
    ],
  ]);
});

describe("types", () => {
  rows([
    ["with nullable are one more", STRING, { ...STRING, nullable: true }, ["breaks /: may be null now"]],
    ["that are not said are all", STRING, { minLength: 2 }, ["breaks /: may be of any type now"]],
    [
      "that come are named",
      { type: ["string", "null"] },
      { type: ["string", "array", "object"] },
      ["breaks /: may be array or object now"],
    ],
    [
      "of an integer are those of a number",
      NUMBER,
      { type: ["integer", "string"] },
      ["breaks /: may be string now"],
    ],
    [
      "of a number are not those of an integer",
      { type: ["integer", "string"] },
      NUMBER,
      ["breaks /: may be number now"],
    ],
    ["of a number and an integer are a number's", NUMBER, { type: ["number", "integer"] }, []],
    [
      "all together are as if none were said",
      { type: ["null", "boolean", "object", "array", "string", "number"] },
      {},
      [],
    ],
  ]);
});

describe("values that are listed", () => {
  const broken = (...values: string[]): string[] => values.map((value) => `breaks /: may be ${value} now`);
  const unsure = (...values: string[]): string[] => values.map((value) => `may-break /: may be ${value} now`);
  rows([
    ["that come are named", { const: 1 }, { const: 2 }, broken("2")],
    ["and are the same", { const: 1 }, { const: 1, minimum: 0 }, []],
    ["and are null by their type", { enum: [null, 1] }, { type: "null" }, []],
    ["and are null, not a string", STRING, { type: "null" }, broken("null")],
    ["and are true or false by their type", { const: true }, { type: "boolean" }, broken("false")],
    ["and are true, false or null", { type: "null" }, { type: ["null", "boolean"] }, broken("true", "false")],
    [
      "that are no list any more",
      { const: "a" },
      STRING,
      ["breaks /: may be another value now than those that were listed"],
    ],
    [
      "are cut where they are long",
      { enum: ["a"] },
      { enum: ["a", "b".repeat(80)] },
      broken(`"${"b".repeat(59)}`),
    ],
    ["and cannot come by their type", { enum: ["a"], ...STRING }, { enum: ["a", 1], ...STRING }, []],
    ["and may be excluded by a pattern", { const: "a" }, { enum: ["a", "b"], pattern: "^a" }, unsure('"b"')],
    ["of which a pattern judged strings alone", { pattern: "^a" }, { enum: ["a", 1] }, unsure('"a"')],
    ["of which a step judged numbers alone", { multipleOf: 2 }, { enum: [2, "x"] }, unsure("2")],
    ["below a minimum", { minimum: 2 }, { enum: [1, 2, 3, "x"] }, broken("1")],
    [
      "below or at a minimum that is excluded",
      { exclusiveMinimum: 2 },
      { enum: [1, 2, 3, "x"] },
      broken("1", "2"),
    ],
    ["above a maximum", { maximum: 2 }, { enum: [1, 2, 3] }, broken("3")],
    [
      "above or at a maximum that is excluded",
      { exclusiveMaximum: 2 },
      { enum: [1, 2, 3] },
      broken("2", "3"),
    ],
    [
      "too short, by their characters",
      { minLength: 2 },
      { enum: ["a", "ab", "😀", 1] },
      broken('"a"', '"😀"'),
    ],
    ["too long, by their characters", { maxLength: 1 }, { enum: ["ab", "😀"] }, broken('"ab"')],
    ["and lists, whose length is not judged", { minItems: 1 }, { enum: [[], "a"] }, unsure("[]")],
    ["and objects, whose size is not judged", { minProperties: 1 }, { enum: [{}, "a"] }, unsure("{}")],
    [
      "and no integers",
      { type: "integer" },
      { enum: [1, 1.5, "x", null, true] },
      broken("1.5", '"x"', "null", "true"),
    ],
    ["and no lists", { type: ["array", "null"] }, { enum: [[1], null, { a: 1 }] }, broken('{"a":1}')],
    ["and other data", { const: { a: [1] } }, { enum: [{ a: [1] }, { a: [2] }] }, broken('{"a":[2]}')],
    [
      "judged by every part",
      { allOf: [STRING, { minLength: 2 }] },
      { enum: ["a", "ab", 1] },
      broken('"a"', "1"),
    ],
    ["judged by a part that lets nothing pass", { allOf: [false] }, { const: "a" }, broken('"a"')],
    ["judged by alternatives", { anyOf: [STRING, NUMBER] }, { enum: ["a", 1, null] }, unsure("null")],
    [
      "that alternatives now may exclude",
      { const: "a" },
      { enum: ["a", "b"], anyOf: [{ const: "a" }] },
      unsure('"b"'),
    ],
    ["that one of several may be", { oneOf: [STRING, NUMBER] }, { const: "a" }, unsure('"a"')],
    [
      "whose properties are not judged",
      { properties: { a: STRING } },
      { enum: ["a", { a: 1 }] },
      unsure('{"a":1}'),
    ],
    ["whose items are not judged", { items: STRING }, { enum: ["a", [1]] }, unsure("[1]")],
    ["whose required properties are not judged", { required: ["a"] }, { enum: ["a", {}] }, unsure("{}")],
  ]);
});

describe("a keyword", () => {
  const group = ["contains", "minContains"].join(", ");
  rows([
    [
      "required, of objects that may lack it",
      { required: ["a", "b"] },
      { ...OBJECT, required: ["b"] },
      ["breaks /properties/a: may be missing now"],
    ],
    [
      "required, where nothing is any more",
      { required: ["a"] },
      OBJECT,
      ["breaks /properties/a: may be missing now"],
    ],
    ["required, where no object comes", { required: ["a"] }, STRING, []],
    ["pattern, where no string comes", { pattern: "a" }, NUMBER, []],
    ["pattern, that is gone", { pattern: "a" }, STRING, ["breaks /: need not fit a pattern any more"]],
    [
      "pattern, that is another",
      { pattern: "a" },
      { ...STRING, pattern: "b" },
      [undecided("pattern", "pattern")],
    ],
    ["multipleOf, with a multiple", { multipleOf: 2 }, { ...NUMBER, multipleOf: 4 }, []],
    [
      "multipleOf, with a part",
      { multipleOf: 4 },
      { ...NUMBER, multipleOf: 2 },
      [undecided("multipleOf", "multipleOf")],
    ],
    [
      "multipleOf, of what is no integer",
      { multipleOf: 0.5 },
      { ...NUMBER, multipleOf: 1 },
      [undecided("multipleOf", "multipleOf")],
    ],
    [
      "multipleOf, with what is no integer",
      { multipleOf: 0.5 },
      { ...NUMBER, multipleOf: 1.5 },
      [undecided("multipleOf", "multipleOf")],
    ],
    [
      "multipleOf, that is gone",
      { multipleOf: 2 },
      NUMBER,
      ["breaks /: need not be a multiple of 2 any more"],
    ],
    [
      "multipleOf 1, that is gone",
      { multipleOf: 1 },
      NUMBER,
      ["breaks /: need not be a multiple of 1 any more"],
    ],
    ["multipleOf 1, of integers", { multipleOf: 1 }, { type: "integer" }, []],
    [
      "multipleOf 2, of integers",
      { multipleOf: 2 },
      { type: "integer" },
      ["breaks /: need not be a multiple of 2 any more"],
    ],
    ["multipleOf, where no number comes", { multipleOf: 2 }, STRING, []],
    ["not, that is another", { not: STRING }, { not: NUMBER }, [undecided("not")]],
    ["not, that stays", { not: STRING }, { not: STRING, minimum: 1 }, []],
    ["not, beside entries that may be none", { not: STRING }, { not: STRING, minContains: 0 }, []],
    [
      "if, with all that follows from it",
      { if: STRING, [THEN]: { minLength: 1 } },
      { if: STRING, [THEN]: { minLength: 1 }, minItems: 2 },
      [],
    ],
    [
      "if, with what does not follow any more",
      { if: STRING, else: NUMBER },
      { if: STRING, [THEN]: NUMBER },
      [undecided("if, else")],
    ],
    [
      "contains, with another number",
      { contains: STRING, minContains: 1 },
      { contains: STRING, minContains: 2 },
      [undecided(group)],
    ],
    [
      "contains, that need be nowhere any more",
      { contains: STRING },
      { contains: STRING, minContains: 0 },
      [undecided("contains")],
    ],
    [
      "contains, whose number is the one unsaid",
      { contains: STRING, minContains: 1 },
      { contains: STRING },
      [],
    ],
    [
      "contains, with a maximum that is gone",
      { contains: STRING, maxContains: 2 },
      { contains: STRING },
      [undecided("contains, maxContains")],
    ],
    [
      "dependentRequired, that is gone",
      { dependentRequired: { a: ["b"] } },
      OBJECT,
      [undecided("dependentRequired")],
    ],
    [
      "unevaluatedProperties, that stays beside others",
      { unevaluatedProperties: false },
      { unevaluatedProperties: false, minItems: 1 },
      [undecided("unevaluatedProperties")],
    ],
    [
      "unevaluatedItems, that is gone",
      { unevaluatedItems: false },
      { items: STRING },
      [undecided("unevaluatedItems")],
    ],
    [
      "allOf, of which one part is broken",
      { allOf: [{ minLength: 2 }, { pattern: "a" }] },
      { ...STRING, minLength: 1, pattern: "a" },
      ["breaks /minLength: may be below minLength 2 now"],
    ],
    ["anyOf, of which one alternative fits", { anyOf: [NUMBER, STRING] }, { ...STRING, minLength: 2 }, []],
    [
      "anyOf, of which no alternative fits all",
      { anyOf: [{ minimum: 1 }, { pattern: "a" }] },
      { type: ["string", "number"] },
      [undecided("anyOf")],
    ],
  ]);
});

describe("parts that hold together", () => {
  const parts = (...allOf: unknown[]): Json => ({ allOf });
  rows([
    [
      "of other keywords are joined",
      { properties: { a: STRING } },
      { ...OBJECT, ...parts({ properties: { a: NUMBER } }, { required: ["a"] }) },
      ["breaks /properties/a: may be number now"],
    ],
    ["are joined", { ...STRING, minLength: 2 }, parts(STRING, { minLength: 2 }), []],
    [
      "are broken as the whole is",
      { minLength: 2 },
      parts(STRING, { maxLength: 2 }),
      ["breaks /minLength: may be below minLength 2 now"],
    ],
    ["with one that lets everything pass", STRING, parts(true, STRING), []],
    ["with one that lets everything pass, at last", STRING, parts(STRING, true), []],
    ["with one that lets nothing pass", STRING, parts(NUMBER, false), []],
    ["with one that lets nothing pass, at first", STRING, parts(false, NUMBER), []],
    ["with all that lets nothing pass", STRING, parts(false, true), []],
    [
      "and say the same twice",
      { minLength: 2 },
      { ...STRING, ...parts({ minLength: 2 }, { minLength: 2 }) },
      [],
    ],
    [
      "and clash, while one of them is enough",
      { minLength: 2 },
      { ...STRING, ...parts({ minLength: 3 }, { minLength: 1 }) },
      [],
    ],
    [
      "and clash, while none is enough",
      { minLength: 2 },
      { ...STRING, ...parts({ minLength: 1 }, { minLength: 0 }) },
      [undecided("minLength")],
    ],
    [
      "of properties that mean something together",
      { properties: { a: STRING, b: STRING } },
      { ...OBJECT, ...parts({ properties: { a: STRING } }, { properties: { b: STRING } }) },
      [undecided("properties")],
    ],
    [
      "of which one closes what the other names",
      { properties: { a: STRING }, additionalProperties: false },
      { ...OBJECT, ...parts({ properties: { a: STRING } }, { additionalProperties: false }) },
      [undecided("properties, additionalProperties")],
    ],
    [
      "with unevaluated properties beside",
      { properties: { a: STRING } },
      { ...OBJECT, unevaluatedProperties: false, ...parts({ properties: { a: NUMBER } }) },
      [undecided("properties")],
    ],
    [
      "with unevaluated items within",
      { items: STRING },
      { ...ARRAY, ...parts({ items: NUMBER }, { unevaluatedItems: false }) },
      [undecided("items")],
    ],
    [
      "of a condition and what follows",
      { if: NUMBER, [THEN]: { minimum: 1 } },
      { ...NUMBER, ...parts({ if: NUMBER }, { [THEN]: { minimum: 1 } }) },
      [undecided("if, then")],
    ],
    [
      "of entries and their number",
      { contains: STRING, minContains: 2 },
      { ...ARRAY, ...parts({ contains: STRING }, { minContains: 2 }) },
      [undecided("contains, minContains")],
    ],
  ]);
});

describe("alternatives", () => {
  rows([
    [
      "beside unevaluated items are not joined",
      { items: STRING },
      { ...ARRAY, unevaluatedItems: false, anyOf: [{ items: NUMBER }] },
      ["may-break /anyOf/0/items: may be number now"],
    ],
    [
      "beside unevaluated properties are not joined",
      { properties: { a: STRING } },
      { ...OBJECT, unevaluatedProperties: false, anyOf: [{ properties: { a: NUMBER } }] },
      ["may-break /anyOf/0/properties/a: may be number now"],
    ],
    [
      "are each judged, at their place",
      STRING,
      { anyOf: [STRING, NUMBER, { type: "null" }] },
      ["breaks /anyOf/1: may be number now", "breaks /anyOf/2: may be null now"],
    ],
    [
      "of which one alone may be are not sure to come",
      STRING,
      { oneOf: [STRING, NUMBER] },
      ["may-break /oneOf/1: may be number now"],
    ],
    [
      "do not matter where what stands beside is enough",
      STRING,
      { ...STRING, anyOf: [{ minLength: 1 }, NUMBER] },
      [],
    ],
    [
      "are joined with what stands beside",
      { minimum: 1 },
      { ...NUMBER, anyOf: [{ minimum: 1 }, { minimum: 0 }] },
      ["breaks /anyOf/1/minimum: may be below minimum 1 now"],
    ],
    [
      "and what stands beside are enough together",
      { ...STRING, minLength: 2 },
      { minLength: 2, anyOf: [STRING] },
      [],
    ],
    [
      "that clash with what stands beside are not sure to come",
      { minimum: 1 },
      { ...NUMBER, minimum: 0, anyOf: [{ minimum: -1 }] },
      ["may-break /anyOf/0/minimum: may be below minimum 1 now"],
    ],
    [
      "of one alone are joined, and not sure",
      { minimum: 1 },
      { ...NUMBER, oneOf: [{ minimum: 2 }, { maximum: 0 }] },
      ["may-break /oneOf/1/minimum: may be below minimum 1 now"],
    ],
    [
      "of one alone that clash, too",
      { minimum: 1 },
      { ...NUMBER, minimum: 0, oneOf: [{ minimum: -1 }] },
      ["may-break /oneOf/0/minimum: may be below minimum 1 now"],
    ],
    ["that let nothing pass", { minimum: 1 }, { ...NUMBER, anyOf: [false, { minimum: 2 }] }, []],
    [
      "that let everything pass",
      { minimum: 1 },
      { ...NUMBER, anyOf: [true] },
      ["breaks /anyOf/0/minimum: may be below minimum 1 now"],
    ],
  ]);
});

describe("properties", () => {
  const of = (a: unknown, more: Json = {}): Json => ({ ...OBJECT, properties: { a }, ...more });
  const known = { properties: { a: STRING } };
  const number = "/properties/a: may be number now";
  const closed = { additionalProperties: false };
  rows([
    ["of another type", known, of(NUMBER), [`breaks ${number}`]],
    [
      "that are among the others now",
      known,
      { ...OBJECT, additionalProperties: NUMBER },
      [`breaks ${number}`],
    ],
    ["that may be anything now", known, of(true), ["breaks /properties/a: may be of any type now"]],
    ["that nobody names any more", known, OBJECT, ["breaks /properties/a: may be of any type now"]],
    [
      "that may be in a pattern now",
      known,
      { ...OBJECT, patternProperties: { "^a": STRING }, additionalProperties: STRING },
      ["may-break /properties/a: may be of any type now"],
    ],
    [
      "that a pattern may narrow",
      known,
      of(NUMBER, { patternProperties: { "^b": STRING } }),
      [`may-break ${number}`],
    ],
    [
      "whose names are narrowed",
      known,
      of(NUMBER, { propertyNames: { maxLength: 1 } }),
      [`may-break ${number}`],
    ],
    ["beside unevaluated ones", known, of(NUMBER, { unevaluatedProperties: false }), [`may-break ${number}`]],
    [
      "that do not come any more",
      known,
      of(false),
      ["may-break /properties/a: does not come any more; it was optional"],
    ],
    ["of what is no object any more", known, STRING, []],
    [
      "that could not come before",
      { properties: { a: false } },
      of({}),
      ["breaks /properties/a: may come now, and could not before"],
    ],
    [
      "of patterns that stay",
      { patternProperties: { "^a": STRING } },
      { ...OBJECT, patternProperties: { "^a": STRING }, minProperties: 2 },
      [],
    ],
    [
      "of patterns that change, beside named ones",
      { ...known, patternProperties: { "^a": STRING } },
      of(NUMBER, { patternProperties: { "^a": NUMBER } }),
      [`may-break ${number}`, undecided("patternProperties")],
    ],
    [
      "of patterns, beside others that may come now",
      { patternProperties: { "^a": STRING }, ...closed },
      { ...OBJECT, patternProperties: { "^a": STRING } },
      [undecided("patternProperties")],
    ],
    [
      "of patterns that are new, where others had a type",
      { additionalProperties: STRING },
      { ...OBJECT, additionalProperties: STRING, patternProperties: { "^a": STRING }, minProperties: 1 },
      [undecided("patternProperties")],
    ],
    [
      "that are new, where none could come",
      closed,
      of(STRING, closed),
      ["breaks /properties/a: is new, where no other properties could come"],
    ],
    ["that are new and never come", closed, of(false, closed), []],
    [
      "that are new, where others had a type",
      { additionalProperties: STRING },
      { ...of(NUMBER), additionalProperties: STRING },
      [`breaks ${number}`],
    ],
    [
      "that others had a type, and have none",
      { additionalProperties: STRING },
      OBJECT,
      ["breaks /additionalProperties: may be of any type now"],
    ],
    [
      "that others had a type, and have another",
      { additionalProperties: STRING },
      { ...OBJECT, additionalProperties: NUMBER },
      ["breaks /additionalProperties: may be number now"],
    ],
    [
      "that are called as parts of every object",
      { ...known, ...closed },
      { ...OBJECT, properties: { a: STRING, toString: STRING }, ...closed },
      ["breaks /properties/toString: is new, where no other properties could come"],
    ],
  ]);
});

describe("entries of a list", () => {
  rows([
    ["of another type", { items: STRING }, { ...ARRAY, items: NUMBER }, ["breaks /items: may be number now"]],
    ["of no type any more", { items: STRING }, ARRAY, ["breaks /items: may be of any type now"]],
    ["of what is no list any more", { items: STRING }, NUMBER, []],
    [
      "that come where none could",
      { items: false },
      { ...ARRAY, items: STRING },
      ["breaks /items: may come now, and could not before"],
    ],
    [
      "that are first now",
      { items: STRING },
      { ...ARRAY, prefixItems: [STRING, NUMBER], items: STRING },
      ["breaks /prefixItems/1: may be number now"],
    ],
    [
      "that were first before",
      { prefixItems: [STRING, NUMBER], items: STRING },
      { ...ARRAY, items: STRING },
      ["breaks /prefixItems/1: may be string now"],
    ],
    [
      "that are first, and narrower",
      { prefixItems: [STRING, NUMBER] },
      { ...ARRAY, prefixItems: [STRING, { type: "integer" }] },
      [],
    ],
    [
      "that are first, and others",
      { prefixItems: [STRING] },
      { ...ARRAY, prefixItems: [NUMBER] },
      ["breaks /prefixItems/0: may be number now"],
    ],
  ]);
});

test("alternatives that would take more than 20,000 steps are said to be too many", () => {
  const nested = (depth: number, minimum: number): Json =>
    depth === 0 ? { minimum } : { anyOf: [nested(depth - 1, minimum), nested(depth - 1, minimum + 1)] };
  expect(of(nested(8, 1_000), nested(8, 0))).toEqual([
    "may-break /: the two have too many alternatives to be compared",
  ]);
});

test("a schema beyond the bounds of messages' schemas is refused, not judged", () => {
  expect(() => of({}, { $ref: "#/nowhere" })).toThrow(/nowhere/);
});
