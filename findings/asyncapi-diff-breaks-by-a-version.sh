#!/usr/bin/env bash
# @asyncapi/diff 0.5.0: another version of the document breaks, and another type of a field does not.
#
# Guess written down first: a property that is required from now on, or that is gone, or that changes its type, is in
# `breaking()`. A new optional one is in `nonBreaking()`, and so is a document's version that goes up.
#
# Behaviour: whatever changes within a payload is unclassified, the new optional property as well. `info.version` is
# breaking with each change, and so is a contact who is gone. Both stand in the table by which it judges; below
# `payload` there is nothing in it.
#
# Why it matters here: a producer's check stops a release when `breaking()` is not empty. It stops each release that
# raises its version, and lets the change pass that consumers feel most. Zekt finds breaking changes by rules
# of its own, over the schemas.
#
# Output seen on 2026-11-29:
#   a property becomes required: unclassified
#   a property is gone: unclassified
#   a property's type changes: unclassified
#   an optional property is new: unclassified
#   the version goes from 1.0.0 to 1.0.1: breaking
#   the contact is gone: breaking
#   the content type changes: breaking
#   the title changes: non-breaking
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error @asyncapi/diff@0.5.0
cat > run.mjs <<'JS'
import { diff } from "@asyncapi/diff";
const before = {
  asyncapi: "3.0.0",
  info: { title: "Builds", version: "1.0.0", contact: { name: "acme" } },
  channels: {
    built: {
      address: "built",
      messages: {
        built: {
          contentType: "application/json",
          payload: { type: "object", properties: { tag: { type: "string" } }, required: [] },
        },
      },
    },
  },
  operations: { send: { action: "send", channel: { address: "built" } } },
};
const messageOf = ({ channels }) => channels.built.messages.built;
const payloadOf = (document) => messageOf(document).payload;
const changes = [
  ["a property becomes required", (document) => payloadOf(document).required.push("tag"), "unclassified"],
  ["a property is gone", (document) => delete payloadOf(document).properties.tag, "unclassified"],
  ["a property's type changes", (document) => (payloadOf(document).properties.tag.type = "number"), "unclassified"],
  ["an optional property is new", (document) => (payloadOf(document).properties.by = {}), "unclassified"],
  ["the version goes from 1.0.0 to 1.0.1", ({ info }) => (info.version = "1.0.1"), "breaking"],
  ["the contact is gone", ({ info }) => delete info.contact, "breaking"],
  ["the content type changes", (document) => (messageOf(document).contentType = "text/plain"), "breaking"],
  ["the title changes", ({ info }) => (info.title = "All builds"), "non-breaking"],
];
let same = true;
for (const [name, change, known] of changes) {
  const after = structuredClone(before);
  change(after);
  const found = diff(before, after);
  const kinds = { breaking: found.breaking(), "non-breaking": found.nonBreaking(), unclassified: found.unclassified() };
  const seen = Object.keys(kinds).filter((kind) => kinds[kind].length > 0).join(", ");
  console.log(`${name}: ${seen}`);
  same &&= seen === known;
}
process.exit(same ? 0 : 1);
JS
node run.mjs
