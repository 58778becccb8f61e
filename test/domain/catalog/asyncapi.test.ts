import { createHash } from "node:crypto";
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

test("the whole document of a type is as AsyncAPI writes it", () => {
  const types = [type({ name: "a.b-c_d", example: 1 })];
  const key = "a.b-c_d";
  expect(documentOf(types)).toEqual({
    asyncapi: "3.0.0",
    info: {
      title: "acme/libraries/releases",
      version: createHash("sha256").update(JSON.stringify(types)).digest("hex").slice(0, 12),
      description: "Every release",
    },
    defaultContentType: "application/json",
    channels: {
      releases: {
        address: "acme/libraries/releases",
        messages: { [key]: { $ref: `#/components/messages/${key}` } },
      },
    },
    operations: {
      send: {
        action: "send",
        channel: { $ref: "#/channels/releases" },
        messages: [{ $ref: `#/channels/releases/messages/${key}` }],
      },
    },
    components: {
      messages: {
        [key]: {
          name: key,
          title: `${key} 1.2.0`,
          description: "A version that can be had",
          payload: { $ref: `#/components/schemas/${key}` },
          examples: [{ payload: 1 }],
        },
      },
      schemas: {
        [key]: {
          schemaFormat: "application/schema+json;version=draft-2020-12",
          schema: {
            type: "object",
            properties: { version: { $ref: `#/components/schemas/${key}/schema/$defs/v` } },
            $defs: { v: { type: "string" } },
          },
        },
      },
    },
  });
});

test("references within lists are led on, data and texts stay, and a type without an example has none", () => {
  const data = { $ref: "#/x" };
  const schema = {
    anyOf: [{ $ref: "#/$defs/v" }, true, null],
    const: data,
    default: data,
    enum: [data],
    examples: [data],
    properties: { $ref: { type: "string" } },
    $defs: { v: {} },
  };
  const { components } = asyncApiOf(service([type({ schema })])) as ReturnType<typeof documentOf>;
  expect(components.schemas.released.schema).toEqual({
    ...schema,
    anyOf: [{ $ref: "#/components/schemas/released/schema/$defs/v" }, true, null],
  });
  expect(components.messages.released).not.toHaveProperty("examples");
});

test("a reference under a name that is a keyword is led on, too", () => {
  const schema = { properties: { enum: { $ref: "#/$defs/default" } }, $defs: { default: {} } };
  const { components } = documentOf([type({ schema })]);
  expect(components.schemas.released.schema.properties.enum.$ref).toBe(
    "#/components/schemas/released/schema/$defs/default",
  );
});
