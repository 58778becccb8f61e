#!/usr/bin/env bash
# json-canonicalize 3.0.1: an object with `toJSON` is written in the order in which its keys were set.
#
# Guess written down first: `canonicalize` asks `toJSON` first, as JSON.stringify does, and writes what that gives with
# its keys sorted. Two values that are the same JSON become the same text.
#
# Behaviour: what `toJSON` gives is written by JSON.stringify, and all that is in it stays as it is. Objects beside it
# are sorted. `canonicalize` of the package of that name (5.1.0) sorts it. A value that is a function is written as
# `undefined`, which is no JSON.
#
# Why it matters here: a canonical text is made to be hashed or signed. An event of the package `cloudevents` (10.0.0)
# has a `toJSON`, so its text depends on the order in which its attributes were given. The one who receives it parses
# it, makes the text anew, and has another hash.
# Source of the rule: RFC 8785, section 3.2.3, "Sorting of Object Properties".
#
# Output seen on 2026-11-29:
#   an event: 2 texts
#   the same, parsed again: 1 text
#   the same by canonicalize: 1 text
#   {"b":{toJSON},"a":1}: {"a":1,"b":{"z":1,"y":{"d":1,"c":2}}}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  json-canonicalize@3.0.1 canonicalize@5.1.0 cloudevents@10.0.0
cat > run.mjs <<'JS'
import byRule from "canonicalize";
import { CloudEvent } from "cloudevents";
import { canonicalize } from "json-canonicalize";
const attributes = { specversion: "1.0", id: "1", time: "2026-11-29T00:00:00.000Z", source: "/acme", type: "built" };
const events = [
  new CloudEvent({ ...attributes, branch: "main", attempt: 1 }),
  new CloudEvent({ ...attributes, attempt: 1, branch: "main" }),
];
const counted = (write) => {
  const { size } = new Set(events.map(write));
  return `${size} text${size === 1 ? "" : "s"}`;
};
const value = { toJSON: () => ({ z: 1, y: { d: 1, c: 2 } }) };
const seen = [
  `an event: ${counted((event) => canonicalize(event))}`,
  `the same, parsed again: ${counted((event) => canonicalize(JSON.parse(JSON.stringify(event))))}`,
  `the same by canonicalize: ${counted((event) => byRule(event))}`,
  `{"b":{toJSON},"a":1}: ${canonicalize({ b: value, a: 1 })}`,
];
console.log(seen.join("\n"));
const expected = [
  "an event: 2 texts",
  "the same, parsed again: 1 text",
  "the same by canonicalize: 1 text",
  '{"b":{toJSON},"a":1}: {"a":1,"b":{"z":1,"y":{"d":1,"c":2}}}',
];
process.exit(seen.join() === expected.join() ? 0 : 1);
JS
node run.mjs
