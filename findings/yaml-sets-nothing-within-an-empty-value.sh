#!/usr/bin/env bash
# yaml 2.9.1: `setIn` makes what is missing on the way to a value, and throws where it stands there without a value.
#
# Guess written down first: `setIn` makes a map where a key on the way has no value. It makes one where the key is not
# there, and even in an empty document.
#
# Behaviour: "push:" without a value is a scalar that holds null, and `setIn` wants a collection. It throws "Expected
# YAML collection at push". So do `addIn`, also for "branches:" without a value, and `deleteIn`, while `getIn` and
# `hasIn` answer undefined and false. "push: {}" works, and writes in braces what comes into it.
#
# Why it matters here: in workflows an event without filters is written just so, as "push:". A tool that sets a
# trigger's branches works on files without the trigger and fails on those that have it. Look with `getIn`, and where it
# says null, `set` an empty map there first. Zekt reads workflows and `zekt.yml`, and changes neither.
# Source: issue 345 of the package is of keys that are not there; its page on documents names no difference.
#
# Output seen on 2026-11-29 (setIn of on.push.branches):
#   "": on:\n  push:\n    branches:\n      - main\n
#   "name: x\n": name: x\non:\n  push:\n    branches:\n      - main\n
#   "on: {}\n": on: { push: { branches: [ main ] } }\n
#   "on:\n": Expected YAML collection at on. Remaining path: push,branches
#   "on:\n  push:\n": Expected YAML collection at push. Remaining path: branches
#   getIn and hasIn there: undefined false
#   addIn to "branches:": Expected YAML collection at branches. Remaining path:
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error yaml@2.9.1
cat > run.mjs <<'JS'
import { parseDocument } from "yaml";
const PATH = ["on", "push", "branches"];
function after(text, change) {
  const document = parseDocument(text);
  try {
    change(document);
    return JSON.stringify(document.toString()).slice(1, -1);
  } catch ({ message }) {
    return message.trim();
  }
}
const lines = ["", "name: x\n", "on: {}\n", "on:\n", "on:\n  push:\n"].map(
  (text) => `${JSON.stringify(text)}: ${after(text, (document) => document.setIn(PATH, ["main"]))}`,
);
const document = parseDocument("on:\n  push:\n");
lines.push(`getIn and hasIn there: ${document.getIn(PATH)} ${document.hasIn(PATH)}`);
const list = after("on:\n  push:\n    branches:\n", (other) => other.addIn(PATH, "main"));
lines.push(`addIn to "branches:": ${list}`);
console.log(lines.join("\n"));
const expected = String.raw`"": on:\n  push:\n    branches:\n      - main\n
"name: x\n": name: x\non:\n  push:\n    branches:\n      - main\n
"on: {}\n": on: { push: { branches: [ main ] } }\n
"on:\n": Expected YAML collection at on. Remaining path: push,branches
"on:\n  push:\n": Expected YAML collection at push. Remaining path: branches
getIn and hasIn there: undefined false
addIn to "branches:": Expected YAML collection at branches. Remaining path:`;
process.exit(lines.join("\n") === expected ? 0 : 1);
JS
node run.mjs
