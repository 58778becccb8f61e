import fc from "fast-check";
import type { Json } from "../http/documented.ts";

/** Texts that break readers: prototype names, controls, halves of characters, other notations, other systems' commands. */
export const HOSTILE_TEXTS: readonly string[] = [
  "__proto__",
  "constructor",
  "toString",
  "",
  " ",
  "\u0000",
  "\ud800",
  "\u202e\ufeff",
  "a".repeat(5000),
  "💥".repeat(300),
  "../../../../etc/passwd",
  "%00%ff%2e%2e%2f",
  "'; DROP TABLE deliveries; --",
  "<img src=x onerror=alert(1)>",
  "::error::x\n::set-env name=PATH::x",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub Actions
  "${{ github.token }}",
  "{}",
  "[object Object]",
  "-1",
  "1e400",
  "0x10",
  "9007199254740993",
  "2026-02-30T25:61:61Z",
  "0000-00-00T00:00:00Z",
  "+275760-09-13T00:00:00.001Z",
  Buffer.from('{"pk":{"S":"x"}}').toString("base64url"),
];

/** Returns a text as a header can hold it: HTTP takes no other character, and a server no longer text than `most`. */
export const headerText = (text: string, most: number): string =>
  text.replace(/[^\x20-\x7e\x80-\xff]/g, "?").slice(0, most);

const HOSTILE_NUMBERS = [0, -0, -1, 0.5, 1e21, 1e308, -1e308, 2 ** 53, 2 ** 31, Number.MIN_VALUE];

/** JSON so deep that a reader that calls itself runs out of stack. */
export const deepJson = (depth: number, open = '{"a":', close = "}"): string =>
  `${open.repeat(depth)}1${close.repeat(depth)}`;

const hostileText = fc.constantFrom(...HOSTILE_TEXTS);

/** Names that every object has already, or that a promise or a serialiser looks for. */
const INHERITED = ["__proto__", "constructor", "prototype", "hasOwnProperty", "then", "toJSON", "valueOf"];

/** Objects with such names as keys of their own: as JSON's text has them, which no literal or assignment does. */
export const inheritedKeys: fc.Arbitrary<object> = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...INHERITED), fc.jsonValue({ maxDepth: 2 })), {
    minLength: 1,
    maxLength: 4,
    selector: ([key]) => key,
  })
  .map((entries) =>
    JSON.parse(`{${entries.map((entry) => entry.map((one) => JSON.stringify(one)).join(":")).join(",")}}`),
  );

/** Any JSON value, prototype keys among it. */
export const anyJson: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: hostileText },
  { weight: 2, arbitrary: fc.constantFrom(...HOSTILE_NUMBERS) },
  { weight: 2, arbitrary: fc.constantFrom<unknown>(null, true, false, [], {}, [[]], [null]) },
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 4 }) },
  { weight: 1, arbitrary: inheritedKeys },
);

/** Values by a schema of the OpenAPI document: mostly as it wants them, now and then anything else. */
export function arbitraryOf(document: Json, schema: Json): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 6, arbitrary: fitting(document, schema) }, { weight: 1, arbitrary: anyJson });
}

function fitting(document: Json, schema: Json): fc.Arbitrary<unknown> {
  if (schema.$ref) return arbitraryOf(document, document.components.schemas[schema.$ref.split("/").at(-1)]);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.const !== undefined) return fc.constant(schema.const);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fc.oneof(...choices.map((one: Json) => arbitraryOf(document, one)));
  const types: string[] = [schema.type].flat();
  return fc.oneof(...types.map((type) => ofType(document, schema, type)));
}

/** Now and then with prototype keys beside what is wanted. */
const withInherited = (record: fc.Arbitrary<object>): fc.Arbitrary<object> =>
  fc.oneof(
    { weight: 6, arbitrary: record },
    {
      weight: 1,
      arbitrary: fc.tuple(record, inheritedKeys).map(([wanted, more]) => ({ ...wanted, ...more })),
    },
  );

function ofType(document: Json, schema: Json, type: string | undefined): fc.Arbitrary<unknown> {
  switch (type) {
    case "object":
      return withInherited(
        fc.record(
          Object.fromEntries(
            Object.entries<Json>(schema.properties ?? {}).map(([name, property]) => [
              name,
              arbitraryOf(document, property),
            ]),
          ),
          { requiredKeys: [] },
        ),
      );
    case "array":
      return fc.array(arbitraryOf(document, schema.items ?? {}), { maxLength: 6 });
    case "string":
      return ofText(schema);
    case "integer":
      return fc.oneof(fc.integer({ min: schema.minimum ?? -5, max: schema.maximum ?? 1_000_000 }));
    case "number":
      return fc.double();
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    default:
      return anyJson;
  }
}

const ofText = (schema: Json): fc.Arbitrary<unknown> =>
  fc.oneof(
    ...(schema.example === undefined ? [] : [fc.constant(schema.example)]),
    ...(schema.format === "date-time"
      ? [fc.date({ noInvalidDate: true }).map((date) => date.toISOString())]
      : []),
    fc.string({ maxLength: Math.min(schema.maxLength ?? 40, 400), unit: "grapheme" }),
    hostileText,
  );
