#!/usr/bin/env bash
# @asyncapi/modelina 5.10.1 (on @asyncapi/parser 3.6.6): a payload that names its schema format loses
# `required`, its type and its name.
#
# Guess written down first: AsyncAPI 3 lets a payload be a schema, or an object of `schemaFormat` and
# `schema`. Both ways of writing one schema give the same types. A format that the tool cannot read
# gives an error or a warning.
#
# Behaviour: of a schema with a format only its properties and subschemas are read. What else stands
# at its root is lost: required properties are optional, and an enum is any. The model is named after
# a number in place of its key, and the union of two messages is `any | any`. So it is for 2020-12,
# for draft 7, and for the format that a schema without one has by default. There is no warning.
#
# Why it matters here: Zekt's AsyncAPI document of a service says that its schemas are of 2020-12,
# as it must. Types that Modelina writes by it (Python's as well) take a message without its required
# properties. `zekt types` writes TypeScript from the schemas themselves, and loses none of this. For
# another language, put each `schema` in the place of its object, and let references lead there.
# Source of the rule: "Multi Format Schema Object" in AsyncAPI 3.0.0.
#
# Output seen on 2026-11-28:
#   no format: type Builds = Built | State; interface Built { version: string; size?: number; } enum State { ON = "on", OFF = "off", }
#   2020-12:   type Builds = any | any; interface AnonymousSchema_1 { version?: string; size?: number; } type AnonymousSchema_4 = any;
#   draft 7:   the same as 2020-12
#   AsyncAPI:  the same as 2020-12
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @asyncapi/modelina@5.10.1 @asyncapi/parser@3.6.6
cat > run.mjs <<'JS'
import { TypeScriptGenerator } from "@asyncapi/modelina";
const schemas = {
  built: {
    type: "object",
    required: ["version"],
    properties: { version: { type: "string" }, size: { type: "integer" } },
    additionalProperties: false,
  },
  state: { enum: ["on", "off"] },
};
const each = (make) => Object.fromEntries(Object.keys(schemas).map((key) => [key, make(key)]));
const to = (...path) => ({ $ref: `#/${path.join("/")}` });
const documentOf = (schemaFormat) => ({
  asyncapi: "3.0.0",
  info: { title: "builds", version: "1" },
  defaultContentType: "application/json",
  channels: { builds: { address: "builds", messages: each((key) => to("components", "messages", key)) } },
  operations: { send: { action: "send", channel: to("channels", "builds") } },
  components: {
    messages: each((key) => ({ name: key, payload: to("components", "schemas", key) })),
    schemas: each((key) => (schemaFormat ? { schemaFormat, schema: schemas[key] } : schemas[key])),
  },
});
const written = async (schemaFormat) => {
  const models = await new TypeScriptGenerator({ modelType: "interface" }).generate(documentOf(schemaFormat));
  return models.map(({ result }) => result.replaceAll(/\s+/g, " ")).join(" ");
};
const plain = await written();
const newer = await written("application/schema+json;version=draft-2020-12");
const seventh = await written("application/schema+json;version=draft-07");
const own = await written("application/vnd.aai.asyncapi+json;version=3.0.0");
const compared = (types) => (types === newer ? "the same as 2020-12" : types);
console.log(`no format: ${plain}`);
console.log(`2020-12:   ${newer}`);
console.log(`draft 7:   ${compared(seventh)}`);
console.log(`AsyncAPI:  ${compared(own)}`);
const expected = [
  'type Builds = Built | State; interface Built { version: string; size?: number; } enum State { ON = "on", OFF = "off", }',
  "type Builds = any | any; interface AnonymousSchema_1 { version?: string; size?: number; } type AnonymousSchema_4 = any;",
];
const isSeen = [plain, newer].join() === expected.join() && [seventh, own].every((types) => types === newer);
process.exit(isSeen ? 0 : 1);
JS
node run.mjs
