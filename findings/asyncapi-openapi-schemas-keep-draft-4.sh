#!/usr/bin/env bash
# @asyncapi/openapi-schema-parser 3.1.0 (with @asyncapi/parser 3.6.6): an exclusive bound makes a schema that is none.
#
# Guess written down first: a schema of OpenAPI 3.0 becomes one of AsyncAPI, which is JSON Schema draft 7:
# `nullable` becomes the type null, and `exclusiveMinimum: true` the bound itself.
#
# Behaviour: `nullable` becomes the type null if there is a `type` beside it, and is dropped beside an `allOf`. The
# exclusive bounds stay true and false, as they were until draft 4. The parser finds no error in its result, and a
# validator of draft 7 does not compile it.
#
# Why it matters here: a company that describes requests by OpenAPI names the same schemas in the AsyncAPI documents of
# its events. Consumers cannot check any message whose schema has such a bound somewhere, and refuse each null beside
# an `allOf`. Convert the schemas before. Zekt's AsyncAPI documents hold JSON Schema 2020-12.
# Source of the rule: "Schema Object" in AsyncAPI 3.0.0: a superset of JSON Schema draft 07.
#
# Output seen on 2026-11-29 (what comes out; what ajv 8.20.0 says to it):
#   nullable: {"type":["string","null"]}; takes null
#   nullable beside allOf: {"allOf":[{"type":"string"}]}; refuses null
#   exclusive minimum: {"type":"number","minimum":0,"exclusiveMinimum":true}; data/exclusiveMinimum must be number
#   errors of the parser: 0
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @asyncapi/openapi-schema-parser@3.1.0 @asyncapi/parser@3.6.6 ajv@8.20.0
cat > run.mjs <<'JS'
import { OpenAPISchemaParser } from "@asyncapi/openapi-schema-parser";
import { Parser } from "@asyncapi/parser";
import Ajv from "ajv";
const schemas = {
  nullable: { type: "string", nullable: true },
  "nullable beside allOf": { allOf: [{ type: "string" }], nullable: true },
  "exclusive minimum": { type: "number", minimum: 0, exclusiveMinimum: true },
};
const messages = Object.fromEntries(
  Object.entries(schemas).map(([name, schema]) => {
    const payload = { schemaFormat: "application/vnd.oai.openapi;version=3.0.0", schema };
    return [name.replaceAll(" ", "-"), { payload }];
  }),
);
const parser = new Parser();
parser.registerSchemaParser(OpenAPISchemaParser());
const info = { title: "Events", version: "1" };
const channels = { events: { address: "events", messages } };
const { document, diagnostics } = await parser.parse(JSON.stringify({ asyncapi: "3.0.0", info, channels }));
function verdict(schema) {
  try {
    return new Ajv({ strict: false }).validate(schema, null) ? "takes null" : "refuses null";
  } catch ({ message }) {
    return message.replace("schema is invalid: ", "");
  }
}
const lines = Object.keys(schemas).map((name) => {
  const made = document.channels().get("events").messages().get(name.replaceAll(" ", "-")).payload().json().schema;
  const text = JSON.stringify(made, (key, value) => (key.startsWith("x-parser") ? undefined : value));
  return `${name}: ${text}; ${verdict(JSON.parse(text))}`;
});
lines.push(`errors of the parser: ${diagnostics.filter(({ severity }) => severity === 0).length}`);
console.log(lines.join("\n"));
const expected = `nullable: {"type":["string","null"]}; takes null
nullable beside allOf: {"allOf":[{"type":"string"}]}; refuses null
exclusive minimum: {"type":"number","minimum":0,"exclusiveMinimum":true}; data/exclusiveMinimum must be number
errors of the parser: 0`;
process.exit(lines.join("\n") === expected ? 0 : 1);
JS
node run.mjs
