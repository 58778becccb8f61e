import { createRequire } from "node:module";
import Ajv from "ajv";
import addFormats from "ajv-formats";
import { expect, test } from "vitest";
import { asyncApiOf, type DescribedService } from "../../../app/domain/catalog/asyncapi.ts";

/* A service's document, held to the schema that AsyncAPI publishes for its version 3.0. */

const require = createRequire(import.meta.url);
const ajv = new Ajv.default({ strict: false, allErrors: true, validateFormats: true, unicodeRegExp: false });
addFormats.default(ajv);
const isAsyncApi = ajv.compile(require("@asyncapi/specs/schemas/3.0.0-without-$id.json"));

const service = (types: DescribedService["types"]): DescribedService => ({
  name: "acme/libraries/releases",
  slug: "releases",
  description: "Every release",
  types,
});
const type = (change: object = {}) => ({
  name: "released",
  version: "1.2.0",
  description: "A version that can be had",
  schema: {
    type: "object",
    properties: { version: { $ref: "#/$defs/v" } },
    $defs: { v: { type: "string" } },
  },
  mode: "enforce" as const,
  ...change,
});
// biome-ignore lint/suspicious/noExplicitAny: a document is JSON of many shapes
const documentOf = (types: DescribedService["types"]): any => {
  const document = asyncApiOf(service(types));
  expect(isAsyncApi(document), ajv.errorsText(isAsyncApi.errors)).toBe(true);
  return document;
};

test("a service's types are messages of its channel, with versions, examples and schemas", () => {
  const document = documentOf([type({ example: { version: "1" } }), type({ name: "a b/c", schema: null })]);
  expect(document.info).toMatchObject({
    title: "acme/libraries/releases",
    version: expect.stringMatching(/^\w{12}$/),
  });
  expect(Object.keys(document.channels.releases.messages)).toEqual(["released", "a_b_c"]);
  expect(document.components.messages.released).toMatchObject({
    title: "released 1.2.0",
    examples: [{ payload: { version: "1" } }],
  });
  expect(document.components.schemas.a_b_c.schema).toBe(true);
});

test("a schema's references lead to its parts within the document, and data is no reference", () => {
  const schema = { $ref: "#/$defs/v", $defs: { v: { enum: [{ $ref: "#/x" }] } } };
  const { components } = documentOf([type({ schema })]);
  expect(components.schemas.released.schema.$ref).toBe("#/components/schemas/released/schema/$defs/v");
  expect(components.schemas.released.schema.$defs.v.enum).toEqual([{ $ref: "#/x" }]);
});

test("a service without types, and names that look alike once written, make a document as well", () => {
  documentOf([]);
  const { components } = documentOf([type({ name: "a b" }), type({ name: "a/b" })]);
  expect(Object.keys(components.messages)).toEqual(["a_b", "a_b2"]);
});
