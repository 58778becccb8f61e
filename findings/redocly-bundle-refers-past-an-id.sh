#!/usr/bin/env bash
# @redocly/openapi-core 2.64.0: in a bundle, references within a schema that has an `$id` lead nowhere.
#
# Guess written down first: a bundle of valid schemas means what the files meant, for a reader of OpenAPI and for one of
# JSON Schema.
#
# Behaviour: a schema's file becomes a component, its `$id` stays, and its references are rewritten to
# "#/components/schemas/…", those to its own `$defs` too. Within a schema that has an `$id`, "#" is that schema, not the
# document. So ajv cannot compile the component, though it compiles the files. Nothing is reported.
#
# Why it matters here: schemas of events are published with an `$id` each, for consumers to fetch, and bundled into the
# description of the API that sends them. A consumer that checks by the bundle fails at its start. Take `$id` out before
# the bundle is made. Zekt's OpenAPI document is one file.
# Source of the rule: JSON Schema 2020-12, core, 8.2.1, which OpenAPI 3.1 adopts.
#
# Output seen on 2026-11-29 (what ajv 8.20.0 says to an event whose id is no text):
#   files: refused
#   bundle: can't resolve reference #/components/schemas/actor from id https://example.org/event.json
#   bundle of files without $id: refused
#   complaints of the bundler: 0
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error @redocly/openapi-core@2.64.0 ajv@8.20.0
cat > run.mjs <<'JS'
import { writeFileSync } from "node:fs";
import { bundle, createConfig } from "@redocly/openapi-core";
import Ajv from "ajv/dist/2020.js";
const event = {
  $id: "https://example.org/event.json",
  type: "object",
  properties: { actor: { $ref: "actor.json" }, id: { $ref: "#/$defs/id" } },
  $defs: { id: { type: "string" } },
};
const actor = { $id: "https://example.org/actor.json", type: "object", properties: { login: { type: "string" } } };
const root = {
  openapi: "3.1.0",
  info: { title: "Events", version: "1" },
  components: { schemas: { event: { $ref: "event.json" } } },
};
const verdict = (ajv, address) => {
  try {
    return ajv.compile({ $ref: address })({ id: 5 }) ? "taken" : "refused";
  } catch ({ message }) {
    return message;
  }
};
let complaints = 0;
async function bundled(...schemas) {
  const [eventFile, actorFile] = schemas;
  writeFileSync("openapi.json", JSON.stringify(root));
  writeFileSync("event.json", JSON.stringify(eventFile));
  writeFileSync("actor.json", JSON.stringify(actorFile));
  const { bundle: made, problems } = await bundle({ ref: "openapi.json", config: await createConfig({}) });
  complaints += problems.length;
  const ajv = new Ajv({ strict: false });
  const { components } = made.parsed;
  ajv.addSchema({ $id: "https://example.org/openapi.json", components });
  return verdict(ajv, "https://example.org/openapi.json#/components/schemas/event");
}
const ajv = new Ajv();
ajv.addSchema(event).addSchema(actor);
const { $id: ofEvent, ...eventWithout } = event;
const { $id: ofActor, ...actorWithout } = actor;
const seen = `files: ${verdict(ajv, ofEvent)}
bundle: ${await bundled(event, actor)}
bundle of files without $id: ${await bundled(eventWithout, actorWithout)}
complaints of the bundler: ${complaints}`;
console.log(seen);
const expected = `files: refused
bundle: can't resolve reference #/components/schemas/actor from id https://example.org/event.json
bundle of files without $id: refused
complaints of the bundler: 0`;
process.exit(seen === expected ? 0 : 1);
JS
node run.mjs
