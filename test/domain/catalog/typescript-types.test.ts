import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { typescriptTypes } from "../../../app/domain/catalog/typescript-types.ts";

/* TypeScript's types of messages, held to the compiler. */

const of = (schema: object | null, change: object = {}) =>
  typescriptTypes("acme/libraries/releases", [
    {
      name: "released",
      version: "1.0.0",
      description: "",
      schema: schema as never,
      mode: "enforce",
      ...change,
    },
  ]);
/** Compiles types with a program that uses them; returns what the compiler says. */
function faultsOf(types: string, program = ""): string[] {
  const folder = mkdtempSync(join(tmpdir(), "zekt-types-"));
  try {
    const file = join(folder, "main.ts");
    writeFileSync(file, `${types}\n${program}\n`);
    const options = { strict: true, noEmit: true, types: [], lib: ["lib.es5.d.ts"], skipLibCheck: true };
    return ts
      .getPreEmitDiagnostics(ts.createProgram([file], options))
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const RELEASE = {
  type: "object",
  required: ["version", "channel"],
  properties: {
    version: { type: "string", description: "As in the tag */ export const x = 1;" },
    channel: { enum: ["stable", "next"] },
    "built-at": { type: ["string", "null"] },
    assets: { type: "array", items: { $ref: "#/$defs/asset" } },
    size: { type: "integer", minimum: 0 },
    pair: { type: "array", prefixItems: [{ type: "string" }, { type: "number" }], minItems: 1, items: false },
    source: { oneOf: [{ const: null }, { type: "object", additionalProperties: { type: "number" } }] },
    both: { allOf: [{ type: "object", required: ["a"] }, { properties: { b: true } }] },
  },
  $defs: { asset: { type: "object", required: ["url"], properties: { url: { type: "string" } } } },
};

/** Returns the type that is written for a schema. */
const typeOf = (schema: object): string => {
  const [, text] = /^export type ReleasedMessage = (.*?);\n\n/ms.exec(of(schema)) ?? [];
  return text as string;
};

test.each<[object, string]>([
  [{}, "unknown"],
  [{ title: "A" }, "unknown"],
  [{ type: "string", minLength: 1 }, "string"],
  [{ type: "integer" }, "number"],
  [{ type: ["string", "null", "string"] }, "string | null"],
  [{ const: "a" }, '"a"'],
  [{ const: "a", type: "string" }, '"a"'],
  [{ enum: ["a", 1, null], type: ["string", "number", "null"] }, '"a" | 1 | null'],
  [{ enum: [] }, "never"],
  [{ anyOf: [{ type: "string" }, { type: "number" }] }, "string | number"],
  [{ oneOf: [{ type: "string" }, true] }, "unknown"],
  [{ oneOf: [{ type: "string" }, false] }, "string | never"],
  [{ type: "string", anyOf: [{ const: "a" }, { const: "b" }] }, 'string & ("a" | "b")'],
  [{ allOf: [{ const: "a" }, { type: "string" }] }, '"a" & string'],
  [{ allOf: [{ type: "string" }, true] }, "string"],
  [{ type: "object" }, "Record<string, unknown>"],
  [{ additionalProperties: { type: "number" } }, "Record<string, number>"],
  [{ type: "object", additionalProperties: false }, "Record<string, never>"],
  [
    { type: "object", patternProperties: { "^x-": { type: "string" } }, additionalProperties: false },
    "Record<string, string>",
  ],
  [
    {
      type: "object",
      patternProperties: { "^x-": { type: "string" } },
      additionalProperties: { type: "number" },
    },
    "Record<string, string | number>",
  ],
  [{ type: "object", patternProperties: { "^x-": { type: "string" } } }, "Record<string, unknown>"],
  [
    { required: ["x-a"], patternProperties: { "^x-": { type: "string" } }, additionalProperties: false },
    '{\n  "x-a": string;\n}',
  ],
  [{ required: ["a"] }, "{\n  a: unknown;\n}"],
  [{ properties: { a: true }, required: ["b"] }, "{\n  a?: unknown;\n  b: unknown;\n}"],
  [{ required: ["a"], additionalProperties: { type: "number" } }, "{\n  a: number;\n}"],
  [{ properties: { a: true, b: { type: "null" } }, required: ["b"] }, "{\n  a?: unknown;\n  b: null;\n}"],
  [
    { properties: { _a1: {}, $: {}, "1a": {}, "a-b": {}, "a b": {} } },
    '{\n  _a1?: unknown;\n  $?: unknown;\n  "1a"?: unknown;\n  "a-b"?: unknown;\n  "a b"?: unknown;\n}',
  ],
  [
    { properties: { a: { properties: { b: { type: "string", description: " of  the\nb*/ " } } } } },
    "{\n  a?: {\n    /** of the b*\\/ */\n    b?: string;\n  };\n}",
  ],
  [{ properties: { a: { description: 1 } } }, "{\n  a?: unknown;\n}"],
  [{ type: "array" }, "unknown[]"],
  [{ items: { type: "string" } }, "string[]"],
  [{ items: { type: ["string", "null"] } }, "(string | null)[]"],
  [{ items: { const: "a" } }, '"a"[]'],
  [
    { prefixItems: [{ type: "string" }, { type: ["number", "null"] }] },
    "[string?, (number | null)?, ...unknown[]]",
  ],
  [{ prefixItems: [{ type: "string" }, { type: "number" }], minItems: 1, items: false }, "[string, number?]"],
  [
    { prefixItems: [{ type: "string" }], minItems: 2, items: { type: ["string", "null"] } },
    "[string, ...(string | null)[]]",
  ],
  [{ type: ["array", "object"], items: { type: "string" } }, "string[] | Record<string, unknown>"],
])("the type of %j is written", (schema, type) => {
  expect(typeOf(schema)).toBe(type);
});

test("a file of types says what it is about, type by type, and their names are each one's own", () => {
  const plain = { version: "1.0.0", description: "", schema: { type: "string" }, mode: "warn" as const };
  const types = ["released", "9 lives", "a--b", "a b", "-a-b"].map((name) => ({ ...plain, name }));
  expect(
    typescriptTypes("acme/n", [{ ...plain, name: "x", description: "A  text" }, ...types]),
  ).toBe(`/** x 1.0.0: A text */
export type XMessage = string;

/** released 1.0.0 */
export type ReleasedMessage = string;

/** 9 lives 1.0.0 */
export type Type9LivesMessage = string;

/** a--b 1.0.0 */
export type ABMessage = string;

/** a b 1.0.0 */
export type ABMessage2 = string;

/** -a-b 1.0.0 */
export type ABMessage3 = string;

/** The messages of acme/n, by their event types. */
export interface Messages {
  "x": XMessage;
  "released": ReleasedMessage;
  "9 lives": Type9LivesMessage;
  "a--b": ABMessage;
  "a b": ABMessage2;
  "-a-b": ABMessage3;
}
`);
});

test("a type may have 64 Ki characters, all its parts together", () => {
  const ofLength = (length: number): object => ({ const: "x".repeat(length - 2) });
  expect(typeOf(ofLength(64 * 1024))).toMatch(/^"x/);
  expect(typeOf(ofLength(64 * 1024 + 1))).toBe("unknown /* too long to be written out */");
});

test("a schema's properties, lists and alternatives are types that the compiler takes", () => {
  const types = of(RELEASE, { description: "A version" });
  expect(types).toContain("/** released 1.0.0: A version */\nexport type ReleasedMessage = {\n");
  const fitting = [
    "{ version: '1', channel: 'next' }",
    "{ version: '1', channel: 'stable', 'built-at': null, assets: [{ url: 'a' }], pair: ['a', 1], source: { a: 1 }, both: { a: 1, b: 2 } }",
  ];
  const wrong = [
    "{ version: '1' }",
    "{ version: '1', channel: 'old' }",
    "{ version: '1', channel: 'next', assets: [{}] }",
    "{ version: '1', channel: 'next', pair: [] }",
  ];
  const use = (value: string, index: number) =>
    `export const message${index}: Messages["released"] = ${value};`;
  const refused = wrong.map((value, index) => `// @ts-expect-error\n${use(value, fitting.length + index)}`);
  expect(faultsOf(types, [...fitting.map(use), ...refused].join("\n"))).toEqual([]);
}, 40_000);

test("names of any characters make types, and a text of a schema ends no comment", () => {
  const odd = { properties: { 'a"b\n*/': { description: "*/ }", type: "string" } } };
  const named = ["1", "a-b", "a b", "*/", "Record"].map((name) => ({
    name,
    version: "1.0.0",
    description: "*/ export",
    schema: odd,
    mode: "warn" as const,
  }));
  const types = typescriptTypes("Blue Heron/n", named);
  expect(types.match(/export type \w+/g)).toEqual(
    ["Type1Message", "ABMessage", "ABMessage2", "TypeMessage", "RecordMessage"].map(
      (name) => `export type ${name}`,
    ),
  );
  expect(faultsOf(types)).toEqual([]);
}, 40_000);

test("without a schema, with one that cannot be read, or one too long a message is unknown", () => {
  expect(of(null)).toContain("= unknown;");
  expect(of({ $ref: "#/nowhere" })).toContain("= unknown;");
  const long = { enum: ["x".repeat(20_000)] };
  const schema = {
    properties: Object.fromEntries([..."abcdefg"].map((name) => [name, { $ref: "#/$defs/long" }])),
    $defs: { long },
  };
  expect(of(schema)).toContain("= unknown /* too long to be written out */;");
  expect(of(schema).length).toBeLessThan(1_000);
});
