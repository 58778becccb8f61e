#!/usr/bin/env bash
# @redocly/openapi-core 2.64.0: a bundle's links still lead to the files that it was made of.
#
# Guess written down first: a bundle stands alone. Every reference is rewritten, those of links (`operationRef`) too, as
# `$ref` and the mapping of a discriminator are.
#
# Behaviour: `operationRef` stays as it was written. One that names a file names it still, and one that meant a place in
# its own file now means a place in the bundle where nothing is. Nothing is reported.
#
# Why it matters here: a description is bundled to be published without its files. A client that follows the links of
# an answer finds no operation, and a reader of the document fetches a file that was never published. Write links by
# `operationId`, which is the same everywhere. Zekt's document has no links, and is one file.
# Source of the rule: "Link Object" in OpenAPI 3.1: a relative `operationRef` starts at the document.
#
# Output seen on 2026-11-29 (as written; in the bundle; is there anything in the bundle):
#   schema: event.json; #/components/schemas/event; yes
#   discriminator: event.json; #/components/schemas/event; yes
#   link to the root document: openapi.json#/paths/~1events~1{id}/get; the same; no
#   link within its own file: #/event/get; the same; no
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error @redocly/openapi-core@2.64.0
cat > run.mjs <<'JS'
import { writeFileSync } from "node:fs";
import { bundle, createConfig } from "@redocly/openapi-core";
const written = { root: "openapi.json#/paths/~1events~1{id}/get", own: "#/event/get" };
const files = {
  "openapi.json": {
    openapi: "3.1.0",
    info: { title: "Events", version: "1" },
    paths: { "/events": { $ref: "paths.json#/events" }, "/events/{id}": { $ref: "paths.json#/event" } },
  },
  "paths.json": {
    events: {
      post: {
        responses: {
          201: {
            description: "An event",
            content: {
              "application/json": {
                schema: {
                  oneOf: [{ $ref: "event.json" }],
                  discriminator: { propertyName: "kind", mapping: { push: "event.json" } },
                },
              },
            },
            links: { root: { operationRef: written.root }, own: { operationRef: written.own } },
          },
        },
      },
    },
    event: { get: { responses: { 200: { description: "An event" } } } },
  },
  "event.json": { type: "object", required: ["kind"], properties: { kind: { const: "push" } } },
};
for (const [name, content] of Object.entries(files)) writeFileSync(name, JSON.stringify(content));
const { bundle: made, problems } = await bundle({ ref: "openapi.json", config: await createConfig({}) });
const document = made.parsed;
function isThere(reference) {
  if (!reference.startsWith("#/")) return "no";
  const keys = reference.slice(2).split("/").map((key) => key.replaceAll("~1", "/"));
  return keys.reduce((place, key) => place?.[key], document) ? "yes" : "no";
}
const { content, links } = document.paths["/events"].post.responses[201];
const { schema } = content["application/json"];
const line = (what, before, after) => `${what}: ${before}; ${after === before ? "the same" : after}; ${isThere(after)}`;
const seen = [
  line("schema", "event.json", schema.oneOf[0].$ref),
  line("discriminator", "event.json", schema.discriminator.mapping.push),
  line("link to the root document", written.root, links.root.operationRef),
  line("link within its own file", written.own, links.own.operationRef),
].join("\n");
console.log(seen);
const expected = `schema: event.json; #/components/schemas/event; yes
discriminator: event.json; #/components/schemas/event; yes
link to the root document: ${written.root}; the same; no
link within its own file: ${written.own}; the same; no`;
process.exit(seen === expected && problems.length === 0 ? 0 : 1);
JS
node run.mjs
