#!/usr/bin/env bash
# openapi-merge 2.0.2: an operation gets another id, and the links to it lead to the other document's operation.
#
# Guess written down first: where two documents name something alike, the second one's is renamed, and all that refers
# to it follows: references, the mapping of a discriminator, security requirements, and links by `operationId`.
#
# Behaviour: all of these follow but the last. The second `getEvent` becomes `B_getEvent`, with a prefix for disputes
# and without one under a number. A link to `getEvent` stays as it is, in an answer and among the components, and so
# names the first document's operation. The merged document is valid, and nothing is reported.
#
# Why it matters here: documents of several services are merged for one console or client, and "get" or "list" are in
# each. A client that follows a link asks the other service, with a parameter that is right by its name. Write links by
# `operationRef`, or make ids unique before. Zekt has one document, and no links in it.
# Source of the rule: "Link Object" in OpenAPI 3.1: `operationId` is that of an existing operation.
#
# Output seen on 2026-11-29 (the second document, merged with a prefix; without one):
#   operation: B_getEvent; getEvent1
#   schema in its answer: B_Event; Event1
#   security: B_token; token1
#   link in its answer: getEvent; getEvent
#   link among the components: getEvent; getEvent
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error openapi-merge@2.0.2
cat > run.mjs <<'JS'
import { merge } from "openapi-merge";
const documentOf = (name) => ({
  openapi: "3.1.0",
  info: { title: name, version: "1" },
  paths: {
    [`/${name}/events`]: {
      get: {
        operationId: "getEvent",
        security: [{ token: [] }],
        responses: {
          200: {
            description: "An event",
            content: { "application/json": { schema: { $ref: "#/components/schemas/Event" } } },
            links: { again: { operationId: "getEvent" }, shared: { $ref: "#/components/links/again" } },
          },
        },
      },
    },
  },
  components: {
    schemas: { Event: { type: "object", required: [name] } },
    links: { again: { operationId: "getEvent", description: name } },
    securitySchemes: { token: { type: "apiKey", in: "header", name } },
  },
});
function renamed(dispute) {
  const { output } = merge([{ oas: documentOf("a") }, { oas: documentOf("b"), ...dispute }]);
  const { operationId, security, responses } = output.paths["/b/events"].get;
  const { content, links } = responses[200];
  const last = (ref) => ref.split("/").at(-1);
  return {
    operation: operationId,
    "schema in its answer": last(content["application/json"].schema.$ref),
    security: Object.keys(security[0])[0],
    "link in its answer": links.again.operationId,
    "link among the components": output.components.links[last(links.shared.$ref)].operationId,
  };
}
const prefixed = renamed({ dispute: { prefix: "B_" } });
const numbered = renamed({});
const lines = Object.keys(prefixed).map((what) => `${what}: ${prefixed[what]}; ${numbered[what]}`);
console.log(lines.join("\n"));
const expected = `operation: B_getEvent; getEvent1
schema in its answer: B_Event; Event1
security: B_token; token1
link in its answer: getEvent; getEvent
link among the components: getEvent; getEvent`;
process.exit(lines.join("\n") === expected ? 0 : 1);
JS
node run.mjs
