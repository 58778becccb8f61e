#!/usr/bin/env bash
# @redocly/openapi-core 2.64.0 and oas 38.6.0: a schema that a discriminator names is removed as unused.
#
# Guess written down first: what the mapping of a discriminator names is in use, in both of the forms that OpenAPI has:
# a reference ("#/components/schemas/Push") and a name ("Push").
#
# Behaviour: Redocly sees the reference and not the name, oas sees neither. `removeUnusedComponents` of the one and the
# reducer of the other take the schema out and leave the mapping, which now names nothing. Redocly's rule
# `no-unused-components` calls the schema unused, and `struct` has nothing against the mapping.
#
# Why it matters here: events are told apart by a discriminator, and one that carries ten kinds names ten schemas. The
# published document loses those that nothing else refers to. A client made of it knows the kind and no shape for it.
# Write mappings as references, and name the same schemas in a `oneOf`. Zekt's document has no discriminator.
# Source of the rule: "Discriminator Object" in OpenAPI 3.1: mapping values are names or references of schemas.
#
# Output seen on 2026-11-29 (schemas that are left):
#   as written: Base, ByReference, ByName, Unused
#   @redocly/openapi-core: Base, ByReference
#   oas: Base
#   @redocly/openapi-core calls unused: ByName, Unused
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @redocly/openapi-core@2.64.0 oas@38.6.0
cat > run.mjs <<'JS'
import { bundleFromString, createConfig, lintFromString } from "@redocly/openapi-core";
import { OpenAPIReducer } from "oas/reducer";
const schemas = {
  Base: {
    type: "object",
    required: ["kind"],
    properties: { kind: { type: "string" } },
    discriminator: { propertyName: "kind", mapping: { push: "#/components/schemas/ByReference", issues: "ByName" } },
  },
  ByReference: { properties: { ref: { type: "string" } } },
  ByName: { properties: { issue: { type: "integer" } } },
  Unused: { type: "string" },
};
const content = { "application/json": { schema: { $ref: "#/components/schemas/Base" } } };
const document = {
  openapi: "3.1.0",
  info: { title: "Events", version: "1" },
  paths: { "/events": { get: { responses: { 200: { description: "An event", content } } } } },
  components: { schemas },
};
const source = JSON.stringify(document);
const left = ({ components }) => Object.keys(components.schemas).join(", ");
const { bundle } = await bundleFromString({ source, config: await createConfig({}), removeUnusedComponents: true });
const reduced = OpenAPIReducer.init(JSON.parse(source)).byOperation("/events", "get").reduce();
const config = await createConfig({ rules: { "no-unused-components": "error", struct: "error" } });
const complaints = await lintFromString({ source, config });
const unused = complaints.map(({ location }) => location[0].pointer.split("/").at(-1));
const seen = `as written: ${left(document)}
@redocly/openapi-core: ${left(bundle.parsed)}
oas: ${left(reduced)}
@redocly/openapi-core calls unused: ${unused.join(", ")}`;
console.log(seen);
const expected = `as written: Base, ByReference, ByName, Unused
@redocly/openapi-core: Base, ByReference
oas: Base
@redocly/openapi-core calls unused: ByName, Unused`;
process.exit(seen === expected ? 0 : 1);
JS
node run.mjs
