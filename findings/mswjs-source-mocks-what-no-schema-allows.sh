#!/usr/bin/env bash
# @mswjs/source 0.5.0 (with msw 2.15.0): answers that it makes from an OpenAPI 3.1 document do not fit the document.
#
# Guess written down first: `fromOpenApi` answers with the examples of the properties where there are any, and else with
# values that their schemas allow. What may be null is a value or null. A success of 204 is a 204.
#
# Behaviour: a required property whose `type` is a list is left out, even if the list has one entry; so is a
# `const` without a type. `examples` of a property, which is a list, becomes the value itself: a text is then a list of
# texts. `prefixItems` are not made, whatever `minItems` says. An operation without a 200 answers 501 "Not Implemented".
# The types take documents of 3.1, and nothing is said.
#
# Why it matters here: who calls Zekt's API may test against such handlers. All that may be null is missing, where
# the API always sends it, so that tests pass with code that cannot read a null. What changes anything answers 204,
# 201 or 202 in Zekt, and 501 there. Prism 5.16.0 answers by the same document as Zekt does.
# Source of the rule: OpenAPI 3.1, "Schema Object"; JSON Schema 2020-12, validation, 6.1.1 and 9.5. Of the 501 asks
# mswjs/source issue 86, too.
#
# Output seen on 2026-11-29:
#   tag: a text, as asked for
#   url, a text or null: missing
#   count, a list of the one type integer: missing
#   kind, a const: missing
#   owner, a text with examples: ["acme"]
#   pair, a list that begins with a number: []
#   GET answers 200, PUT answers 501
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @mswjs/source@0.5.0 msw@2.15.0 @yellow-ticket/seed-json-schema@0.1.8
cat > run.mjs <<'JS'
import { fromOpenApi } from "@mswjs/source/open-api";
import { setupServer } from "msw/node";
const properties = {
  tag: { type: "string" },
  url: { type: ["string", "null"] },
  count: { type: ["integer"] },
  kind: { const: "release" },
  owner: { type: "string", examples: ["acme"] },
  pair: { type: "array", prefixItems: [{ type: "integer" }], minItems: 1 },
};
const schema = { type: "object", properties, required: Object.keys(properties) };
const handlers = await fromOpenApi({
  openapi: "3.1.0",
  info: { title: "t", version: "1" },
  servers: [{ url: "https://api.example.test" }],
  paths: {
    "/thing": {
      get: { responses: { 200: { description: "It", content: { "application/json": { schema } } } } },
      put: { responses: { 204: { description: "Done" } } },
    },
  },
});
const server = setupServer(...handlers);
server.listen({ onUnhandledRequest: "error" });
const address = "https://api.example.test/thing";
const got = await fetch(address);
const put = await fetch(address, { method: "PUT" });
const thing = await got.json();
server.close();
const shown = (name) => (name in thing ? JSON.stringify(thing[name]) : "missing");
const seen = [
  // A text at random.
  ["tag", typeof thing.tag === "string" ? "a text, as asked for" : shown("tag"), "a text, as asked for"],
  ["url, a text or null", shown("url"), "missing"],
  ["count, a list of the one type integer", shown("count"), "missing"],
  ["kind, a const", shown("kind"), "missing"],
  ["owner, a text with examples", shown("owner"), '["acme"]'],
  ["pair, a list that begins with a number", shown("pair"), "[]"],
];
for (const [name, value] of seen) console.log(`${name}: ${value}`);
console.log(`GET answers ${got.status}, PUT answers ${put.status}`);
process.exit(
  seen.every(([, value, expected]) => value === expected) && got.status === 200 && put.status === 501 ? 0 : 1,
);
JS
node run.mjs
