#!/usr/bin/env bash
# oas 38.6.0: in the JSON Schema that it makes of an operation, `items: false` is `items: {}`.
#
# Guess written down first: `getParametersAsJSONSchema` and `getResponseAsJSONSchema` give schemas that take what the
# document's schemas take.
#
# Behaviour: `items: false` says that a list ends with its `prefixItems`. In the schema made of it the list may go on
# with anything. So does a list that has to be empty. `additionalProperties: false`, `minItems` and `maxItems` are kept.
#
# Why it matters here: the schemas are made for forms and for checks of requests. A body with more items than the server
# takes passes the check in front of it, and fails at the server. Add `maxItems` to each closed list. Zekt
# compiles schemas as they are written.
# Source of the rule: "Schema Object" in OpenAPI 3.1, and JSON Schema 2020-12, core, 10.3.1.2.
#
# Output seen on 2026-11-29 (ajv 8.20.0, by the document's schema; by the one made of it):
#   tuple ["push",1]: taken; taken
#   tuple ["push",1,"more"]: refused; taken
#   empty list []: taken; taken
#   empty list ["more"]: refused; taken
#   closed object {"more":1}: refused; refused
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error oas@38.6.0 ajv@8.20.0
cat > run.mjs <<'JS'
import Ajv from "ajv/dist/2020.js";
import OasModule from "oas";
const Oas = OasModule.default ?? OasModule;
const schemas = {
  tuple: { type: "array", prefixItems: [{ type: "string" }, { type: "integer" }], items: false },
  "empty list": { type: "array", items: false },
  "closed object": { type: "object", additionalProperties: false },
};
function made(schema) {
  const content = { "application/json": { schema: structuredClone(schema) } };
  const operation = { requestBody: { content }, responses: { 204: { description: "Taken" } } };
  const paths = { "/events": { post: operation } };
  const oas = new Oas({ openapi: "3.1.0", info: { title: "Events", version: "1" }, paths });
  const { $schema, ...body } = oas.operation("/events", "post").getParametersAsJSONSchema()[0].schema;
  return body;
}
const verdict = (schema, value) => (new Ajv({ strict: false }).validate(schema, value) ? "taken" : "refused");
const lines = [];
for (const [name, value] of [
  ["tuple", ["push", 1]],
  ["tuple", ["push", 1, "more"]],
  ["empty list", []],
  ["empty list", ["more"]],
  ["closed object", { more: 1 }],
]) {
  const schema = schemas[name];
  lines.push(`${name} ${JSON.stringify(value)}: ${verdict(schema, value)}; ${verdict(made(schema), value)}`);
}
console.log(lines.join("\n"));
const expected = `tuple ["push",1]: taken; taken
tuple ["push",1,"more"]: refused; taken
empty list []: taken; taken
empty list ["more"]: refused; taken
closed object {"more":1}: refused; refused`;
process.exit(lines.join("\n") === expected ? 0 : 1);
JS
node run.mjs
