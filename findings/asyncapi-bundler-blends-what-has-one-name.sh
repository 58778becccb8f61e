#!/usr/bin/env bash
# @asyncapi/bundler 1.0.2: two documents that are bundled into one lend each other parts of what has the same name.
#
# Guess written down first: where two documents name a channel, an operation or a schema alike, both are kept under
# different names, or one is, or the bundler fails.
#
# Behaviour: they are merged member by member, and the last document wins for each. The channel has the address of one
# and the messages of both. The operation has the action of one and the channel of both. A schema is a string with
# the required members of an object. Nothing is reported. With `base` the given document wins instead.
#
# Why it matters here: each service has its document, and all are bundled into one for the company. Two of them have a
# channel "events": in the bundle one address is gone, and the other carries messages that nobody sends there. Name
# channels, operations and schemas by their service. Zekt makes a document for each service, and bundles none.
# Source of the rule: the README names `base` for "properties that will be retained", and no merging within a member.
#
# Output seen on 2026-11-29:
#   channel: two.events with one, two
#   operation: receive
#   schema: {"type":"string","required":["id"],"maxLength":5}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error @asyncapi/bundler@1.0.2
cat > run.mjs <<'JS'
import { writeFileSync } from "node:fs";
import bundle from "@asyncapi/bundler";
const documentOf = (name, action, schema) => ({
  asyncapi: "3.0.0",
  info: { title: name, version: "1" },
  channels: { events: { address: `${name}.events`, messages: { [name]: { payload: { type: "string" } } } } },
  operations: { pass: { action, channel: { $ref: "#/channels/events" } } },
  components: { schemas: { Key: schema } },
});
writeFileSync("one.json", JSON.stringify(documentOf("one", "send", { type: "object", required: ["id"] })));
writeFileSync("two.json", JSON.stringify(documentOf("two", "receive", { type: "string", maxLength: 5 })));
const made = JSON.parse((await bundle(["one.json", "two.json"])).string());
const { address, messages } = made.channels.events;
const seen = `channel: ${address} with ${Object.keys(messages).join(", ")}
operation: ${made.operations.pass.action}
schema: ${JSON.stringify(made.components.schemas.Key)}`;
console.log(seen);
const expected = `channel: two.events with one, two
operation: receive
schema: {"type":"string","required":["id"],"maxLength":5}`;
process.exit(seen === expected ? 0 : 1);
JS
node run.mjs
