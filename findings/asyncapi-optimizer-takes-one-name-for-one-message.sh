#!/usr/bin/env bash
# @asyncapi/optimizer 2.0.0: of the messages that have one name in several channels, one is left, for all of them.
#
# Guess written down first: an optimized document is shorter and means the same. What is moved to the components gets a
# name of its own there.
#
# Behaviour: with `moveAllToComponents`, which is the default, a message is moved under the name that it has in its
# channel. Where two channels have a "created" each, one takes the place of the other, and both channels refer to it.
# Payloads move to the name "payload" and meet there likewise. The document is valid, and the report lists each move
# and no collision.
#
# Why it matters here: a name in a channel is unique in that channel alone, and "created" or "event" are in each. After
# the optimization both channels carry the payload of one, and code made of the document refuses or misreads the
# messages of the other. Turn `moveAllToComponents` off. Zekt's documents hold each message once.
# Source of the rule: "Messages Object" in AsyncAPI 3.0.0; the optimizer's README: components are moved and reused.
#
# Output seen on 2026-11-29 (required members of the payload, channel by channel):
#   as written: issues issue; releases tag
#   optimized by default: issues issue; releases issue
#   optimized without moveAllToComponents: issues issue; releases tag
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error @asyncapi/optimizer@2.0.0
cat > run.mjs <<'JS'
import { Optimizer } from "@asyncapi/optimizer";
const channelOf = (address, member) => ({
  address,
  messages: { created: { payload: { type: "object", required: [member] } } },
});
const text = JSON.stringify({
  asyncapi: "3.0.0",
  info: { title: "Events", version: "1" },
  channels: { issues: channelOf("issues", "issue"), releases: channelOf("releases", "tag") },
  operations: {
    sendIssue: { action: "send", channel: { $ref: "#/channels/issues" } },
    sendRelease: { action: "send", channel: { $ref: "#/channels/releases" } },
  },
});
function payloads(document) {
  const resolved = (value) => {
    if (typeof value?.$ref !== "string") return value;
    return resolved(value.$ref.slice(2).split("/").reduce((place, key) => place[key], document));
  };
  const lines = Object.values(document.channels).map((channel) => {
    const { address, messages } = resolved(channel);
    return `${address} ${resolved(resolved(messages.created).payload).required}`;
  });
  return lines.join("; ");
}
async function optimized(rules) {
  const optimizer = new Optimizer(text);
  await optimizer.getReport();
  return JSON.parse(optimizer.getOptimizedDocument({ output: "JSON", ...rules }));
}
const moved = { moveAllToComponents: false, moveDuplicatesToComponents: false };
const careful = { rules: { reuseComponents: true, removeComponents: true, ...moved } };
const seen = `as written: ${payloads(JSON.parse(text))}
optimized by default: ${payloads(await optimized())}
optimized without moveAllToComponents: ${payloads(await optimized(careful))}`;
console.log(seen);
const expected = `as written: issues issue; releases tag
optimized by default: issues issue; releases issue
optimized without moveAllToComponents: issues issue; releases tag`;
process.exit(seen === expected ? 0 : 1);
JS
node run.mjs
