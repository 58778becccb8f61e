#!/usr/bin/env bash
# openapi-backend 5.21.2: a document of OpenAPI 3.1 in which anything may be null has no routes at all.
#
# Guess written down first: the README lists support for OpenAPI 3.1, so `type: ["string", "null"]` is taken in a request's
# body as `nullable: true` of 3.0 is. Null and a text reach the handler, a number is refused.
#
# Behaviour: documents of 3.1 are checked by the schema of 3.0, which a document passes that says nothing new. A list of
# types fails, and so does `const`. That is only written to stderr as a warning. `init` ends without an error, but what
# comes after the check is left out: each request is "not found". With `quick: true` nothing is checked, and all is
# well. With `strict: true`, `init` throws.
#
# Why it matters here: such a server stands in for an API in the tests of those who call it. Zekt's document is 3.1 and
# has many fields that may be null. Each call of a test then gets 404, which reads like a wrong address or a missing
# right, and no test of the package's own usual documents shows it.
# Source of the rule: OpenAPI 3.1, "Schema Object"; JSON Schema 2020-12, validation, 6.1.1. Of 3.1 asks
# openapistack/openapi-backend issue 532, too.
#
# Output seen on 2026-11-29 (the status for a text, null and a number):
#   3.0, nullable: 204 204 400
#   3.1, one type: 204 400 400
#   3.1, a list of types: 404 404 404, though init succeeded
#   3.1, const: 404 404 404, though init succeeded
#   3.1, a list of types, quick: 204 204 400
#   3.1, a list of types, strict: Document is not valid OpenAPI. 13 validation errors:
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  openapi-backend@5.21.2 openapi-schema-validator@12.1.3
cat > run.mjs <<'JS'
import { OpenAPIBackend } from "openapi-backend";
console.warn = () => {};
/** A document with one route, whose body has one field by the schema given. */
const documentOf = (openapi, x) => ({
  openapi,
  info: { title: "t", version: "1" },
  paths: {
    "/things": {
      put: {
        operationId: "put",
        requestBody: {
          required: true,
          content: { "application/json": { schema: { type: "object", properties: { x }, required: ["x"] } } },
        },
        responses: { 204: { description: "Done" } },
      },
    },
  },
});
async function statuses(definition, options = {}) {
  const api = new OpenAPIBackend({
    definition,
    handlers: { put: () => 204, validationFail: () => 400, notFound: () => 404 },
    ...options,
  });
  try {
    await api.init();
  } catch (error) {
    return error.message.split("\n")[0];
  }
  const request = { method: "PUT", path: "/things", headers: { "content-type": "application/json" } };
  const seen = [];
  for (const x of ["a", null, 5]) seen.push(await api.handleRequest({ ...request, body: { x } }));
  return seen.join(" ");
}
const nullable = documentOf("3.1.0", { type: ["string", "null"] });
const lost = "404 404 404";
const seen = [
  ["3.0, nullable", await statuses(documentOf("3.0.3", { type: "string", nullable: true })), "204 204 400"],
  ["3.1, one type", await statuses(documentOf("3.1.0", { type: "string" })), "204 400 400"],
  ["3.1, a list of types", await statuses(nullable), lost],
  ["3.1, const", await statuses(documentOf("3.1.0", { const: "a" })), lost],
  ["3.1, a list of types, quick", await statuses(nullable, { quick: true }), "204 204 400"],
  [
    "3.1, a list of types, strict",
    await statuses(nullable, { strict: true }),
    "Document is not valid OpenAPI. 13 validation errors:",
  ],
];
for (const [name, text] of seen) console.log(`${name}: ${text}${text === lost ? ", though init succeeded" : ""}`);
process.exit(seen.every(([, text, expected]) => text === expected) ? 0 : 1);
JS
node run.mjs
