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
