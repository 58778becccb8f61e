import { expect, test, vi } from "vitest";
import { readSchema } from "../../../app/domain/intake/message-schema.ts";
import { growthAtDoubling } from "../../support/growth.ts";

const json = JSON.stringify;

test("each fault of a message is reported with its place", () => {
  const judge = readSchema({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    required: ["version", "notes"],
    properties: {
      version: { type: "string", pattern: "^v[0-9]+$" },
      level: { enum: ["low", "high"] },
      files: { type: "array", items: { $ref: "#/$defs/file" } },
    },
    additionalProperties: false,
    $defs: { file: { type: "object", properties: { name: { type: "string" } } } },
  });
  expect(judge(json({ version: "v1", notes: 1, level: "low" }))).toEqual([
    { pointer: "", detail: "must NOT have additional properties: notes" },
  ]);
  expect(judge(json({ version: "1", level: "none", files: [{}, { name: 2 }] }))).toEqual([
    { pointer: "", detail: "must have required property 'notes'" },
    { pointer: "/version", detail: 'must match pattern "^v[0-9]+$"' },
    { pointer: "/level", detail: 'must be equal to one of the allowed values: "low", "high"' },
    { pointer: "/files/1/name", detail: "must be string" },
  ]);
  expect(judge("null")).toEqual([{ pointer: "", detail: "must be object" }]);
});

test("beside contains, unevaluatedItems checks nothing, which the guide for providers says", () => {
  const closed = { prefixItems: [{ type: "string" }], unevaluatedItems: false };
  const faultsOf = (schema: Record<string, unknown>) => readSchema(schema)('["a","b",1]').length;
  expect([faultsOf(closed), faultsOf({ ...closed, contains: { const: "b" } })]).toEqual([1, 0]);
});

test("two patterns of one schema are two, and names of JavaScript's own are names like others", () => {
  const judge = readSchema({
    properties: { a: { pattern: "^x" }, b: { pattern: "^y" }, constructor: { type: "string" } },
  });
  expect(judge(json({ a: "x", b: "y" }))).toEqual([]);
  expect(judge('{"a":"y","b":"x","constructor":1}').map(({ pointer }) => pointer)).toEqual([
    "/a",
    "/b",
    "/constructor",
  ]);
});

test.each([
  ["19.99", 0.01, true],
  ["0.07", 0.01, true],
  ["-0.3", 0.1, true],
  ["1.005", 0.01, false],
  ["0.010000000000000002", 0.01, false],
  ["7", 2, false],
  ["-8", 2, true],
  ["1e21", 1, true],
  ["1e308", 1e-300, true],
  ["1e-7", 1, false],
  ["12391239123", 1e-8, true],
  ["0", 0.01, true],
  ["1e400", 0.01, false],
])("as decimal numbers have it, %s is a multiple of %d: %s", (message, step, isMultiple) => {
  const faults = isMultiple ? [] : [{ pointer: "", detail: `must be multiple of ${step}` }];
  expect(readSchema({ multipleOf: step })(message)).toEqual(faults);
});

test("format describes and checks nothing, and nothing is written about it", () => {
  const warn = vi.spyOn(console, "warn").mockReturnValue();
  expect(readSchema({ type: "string", format: "email" })('"x"')).toEqual([]);
  expect(warn).not.toHaveBeenCalled();
});

test.each<[string, Record<string, unknown>, string, string]>([
  ["a type that is none", { type: "strin" }, "/type", "must be equal to one of the allowed values"],
  [
    "another dialect",
    { $schema: "http://json-schema.org/draft-07/schema#" },
    "/$schema",
    "must be https://json-schema.org/draft/2020-12/schema",
  ],
  [
    "something outside",
    { $ref: "https://example.com/a" },
    "/$ref",
    "https://example.com/a is not within this schema; refer to #/$defs/…",
  ],
  ["something that is not there", { $ref: "#/$defs/a" }, "/$ref", "there is no #/$defs/a"],
  ["itself", { properties: { a: { $ref: "#" } } }, "/properties/a/$ref", "must not refer to itself"],
  ["a name of its own", { $id: "https://example.com/a" }, "/$id", "$id is not understood here"],
  [
    "lists without repetitions",
    { uniqueItems: true },
    "/uniqueItems",
    "uniqueItems is not checked here, since its cost grows with the square of a list",
  ],
  [
    "a list without repetitions under a name that is a keyword",
    { properties: { default: { uniqueItems: true } } },
    "/properties/default/uniqueItems",
    "uniqueItems is not checked here, since its cost grows with the square of a list",
  ],
  [
    "itself under a name that is a keyword",
    { properties: { enum: { $ref: "#" } } },
    "/properties/enum/$ref",
    "must not refer to itself",
  ],
  [
    "a judgement that comes later",
    { $async: true, type: "string" },
    "/$async",
    "$async is not understood here",
  ],
  ["something whose place cannot be read", { $ref: "#/%" }, "/$ref", "there is no #/%"],
])("a schema that names %s is refused with the place", (_, schema, pointer, message) => {
  expect(() => readSchema(schema)).toThrow(
    expect.objectContaining({ name: "SchemaFault", pointer, message }),
  );
});

test("a pattern that no linear engine takes is refused", () => {
  expect(() => readSchema({ pattern: "(?=a)" })).toThrow(
    expect.objectContaining({ name: "SchemaFault", pointer: "" }),
  );
});

test("a schema that refers to so much that it grows is refused", () => {
  const doubled = (n: number) => ({ anyOf: [{ $ref: `#/$defs/d${n + 1}` }, { $ref: `#/$defs/d${n + 1}` }] });
  const $defs = {
    ...Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`d${n}`, doubled(n)])),
    d20: {},
  };
  expect(() => readSchema({ $defs, $ref: "#/$defs/d0" })).toThrow(/larger than 1000 parts/);
});

test("judging takes time in proportion to the message", () => {
  const judge = readSchema({
    items: { type: "object", required: ["a"], properties: { a: { pattern: "(a+)+$" } } },
  });
  const list = (size: number) => json(Array.from({ length: size }, () => ({ a: "aaaa b" })));
  expect(growthAtDoubling(list, 1000, judge)).toBeLessThan(2 * 1.3);
});

test("a property may be called as a keyword is", () => {
  const names = ["uniqueItems", "$async", "$id", "$ref", "enum", "default", "properties"];
  const judge = readSchema({
    properties: {
      ...Object.fromEntries(names.map((name) => [name, { type: "string" }])),
      $anchor: true,
      const: { $ref: "#/properties/enum" },
    },
  });
  expect(judge(json(Object.fromEntries([...names, "const"].map((name) => [name, "x"]))))).toEqual([]);
  expect(
    judge(json({ enum: 1, const: 1, properties: 1 }))
      .map(({ pointer }) => pointer)
      .sort(),
  ).toEqual(["/const", "/enum", "/properties"]);
});

test("20 faults of a message are named, and of one over 64 Ki characters the first", () => {
  const judge = readSchema({ items: { type: "string" } });
  const pointers = (message: string) => judge(message).map(({ pointer }) => pointer);
  expect(pointers(json(Array(30).fill(1)))).toEqual(Array.from({ length: 20 }, (_, n) => `/${n}`));
  const ofLength = (length: number) => json([1, 2, "x".repeat(length - 8)]);
  expect(pointers(ofLength(64 * 1024))).toEqual(["/0", "/1"]);
  expect(pointers(ofLength(64 * 1024 + 1))).toEqual(["/0"]);
});
