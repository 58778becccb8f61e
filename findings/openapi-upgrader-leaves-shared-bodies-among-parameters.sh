#!/usr/bin/env bash
# @scalar/openapi-upgrader 0.4.9: a body that operations of a Swagger 2.0 document share is no body afterwards.
#
# Guess written down first: a shared body parameter becomes a shared request body, and each operation that referred to
# the one refers to the other, in `requestBody`.
#
# Behaviour: the shared body is moved and the reference changed, but it stays in the list of parameters. So the
# operation has no body, and a parameter that is none. Shared form fields do the same. A body that is written out in
# the operation becomes its `requestBody`. Nothing is reported, and the document is no OpenAPI any more.
#
# Why it matters here: descriptions of older APIs come as Swagger 2.0, and are upgraded by their readers to one form.
# A client made of such a document sends a POST without its body, and a check of requests lets any body through. Ask a
# validator after the upgrade. Zekt publishes OpenAPI 3.1, and upgrades nothing.
# Source of the rule: "Operation Object" in OpenAPI 3.0: a body is in `requestBody`, and `parameters` refer to those of
# the components. swagger2openapi 7.0.8 does so.
#
# Output seen on 2026-11-29 (parameters; body):
#   @scalar/openapi-upgrader, shared body: #/components/requestBodies/event; none
#   @scalar/openapi-upgrader, shared form field: #/components/requestBodies/field; none
#   @scalar/openapi-upgrader, body written out: none; application/json
#   swagger2openapi, shared body: none; #/components/requestBodies/Event
#   swagger2openapi, shared form field: none; multipart/form-data
#   swagger2openapi, body written out: none; #/components/requestBodies/Event
#   valid OpenAPI 3.0: @scalar/openapi-upgrader no, swagger2openapi yes
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @scalar/openapi-upgrader@0.4.9 swagger2openapi@7.0.8 @apidevtools/swagger-parser@13.1.0
cat > run.mjs <<'JS'
import SwaggerParser from "@apidevtools/swagger-parser";
import { upgrade } from "@scalar/openapi-upgrader";
import swagger2openapi from "swagger2openapi";
const event = { name: "event", in: "body", required: true, schema: { $ref: "#/definitions/Event" } };
const responses = { 204: { description: "Taken" } };
const document = {
  swagger: "2.0",
  info: { title: "Events", version: "1" },
  consumes: ["application/json"],
  paths: {
    "/shared": { post: { parameters: [{ $ref: "#/parameters/event" }], responses } },
    "/field": { post: { consumes: ["multipart/form-data"], parameters: [{ $ref: "#/parameters/field" }], responses } },
    "/written": { post: { parameters: [event], responses } },
  },
  parameters: { event, field: { name: "file", in: "formData", type: "file", required: true } },
  definitions: { Event: { type: "object", properties: { id: { type: "string" } } } },
};
const copy = () => JSON.parse(JSON.stringify(document));
await SwaggerParser.validate(copy());
const upgraded = {
  "@scalar/openapi-upgrader": upgrade(copy(), "3.0"),
  swagger2openapi: (await swagger2openapi.convertObj(copy(), {})).openapi,
};
const kinds = { "/shared": "shared body", "/field": "shared form field", "/written": "body written out" };
const lines = [];
for (const [name, { paths }] of Object.entries(upgraded)) {
  for (const [path, kind] of Object.entries(kinds)) {
    const { parameters = [], requestBody } = paths[path].post;
    const body = requestBody?.$ref ?? Object.keys(requestBody?.content ?? { none: {} })[0];
    lines.push(`${name}, ${kind}: ${parameters.map(({ $ref }) => $ref).join() || "none"}; ${body}`);
  }
}
const verdicts = [];
for (const [name, upgradedDocument] of Object.entries(upgraded)) {
  const isValid = await SwaggerParser.validate(structuredClone(upgradedDocument)).then(() => "yes", () => "no");
  verdicts.push(`${name} ${isValid}`);
}
lines.push(`valid OpenAPI 3.0: ${verdicts.join(", ")}`);
console.log(lines.join("\n"));
const expected = `@scalar/openapi-upgrader, shared body: #/components/requestBodies/event; none
@scalar/openapi-upgrader, shared form field: #/components/requestBodies/field; none
@scalar/openapi-upgrader, body written out: none; application/json
swagger2openapi, shared body: none; #/components/requestBodies/Event
swagger2openapi, shared form field: none; multipart/form-data
swagger2openapi, body written out: none; #/components/requestBodies/Event
valid OpenAPI 3.0: @scalar/openapi-upgrader no, swagger2openapi yes`;
process.exit(lines.join("\n") === expected ? 0 : 1);
JS
node run.mjs
