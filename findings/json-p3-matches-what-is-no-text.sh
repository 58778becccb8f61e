#!/usr/bin/env bash
# json-p3 2.3.1: the filter function `match` is true of numbers, of null, of lists and of objects.
#
# Guess written down first: `match` and `search` are false of all that is no text, as RFC 9535 has it. jsonpath-rfc9535
# and json-p3 choose the same.
#
# Behaviour: so does `search`. `match` makes a text of a value first: 7 matches "[0-9]+", null matches "null", and
# anything but an absent value matches ".+". An object matches as "[object Object]", a list as its members with commas.
#
# Why it matters here: `match(@.ref, ".+")` is how a filter says "has a ref that is a text". Messages whose ref is null
# pass it here, and are left out by RFC 9535. Where one side filters by this package and the other by another, they
# disagree on which events were meant. Zekt filters by CEL, whose `matches` fails on what is no text, and says so.
# Source of the rule: sections 2.4.6 and 2.4.7 of RFC 9535. The README says that the package follows it.
#
# Output seen on 2026-11-29 (values chosen by json-p3, by jsonpath-rfc9535 1.3.0):
#   match(@, ".+"): "main" null 7 false {"a":1} ["x"]; "main"
#   match(@, "null"): null; none
#   match(@, "[0-9]+"): 7; none
#   match(@, "x"): ["x"]; none
#   search(@, "."): "main"; "main"
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error json-p3@2.3.1 jsonpath-rfc9535@1.3.0
cat > run.mjs <<'JS'
import { jsonpath } from "json-p3";
import { query } from "jsonpath-rfc9535";
const values = ["main", null, 7, false, { a: 1 }, ["x"]];
const words = (chosen) => chosen.map((value) => JSON.stringify(value)).join(" ") || "none";
const expected = [
  ['match(@, ".+")', '"main" null 7 false {"a":1} ["x"]; "main"'],
  ['match(@, "null")', "null; none"],
  ['match(@, "[0-9]+")', "7; none"],
  ['match(@, "x")', '["x"]; none'],
  ['search(@, ".")', '"main"; "main"'],
];
let same = true;
for (const [test, known] of expected) {
  const path = `$[?${test}]`;
  const seen = `${words(jsonpath.query(path, values).values())}; ${words(query(values, path))}`;
  console.log(`${test}: ${seen}`);
  same &&= seen === known;
}
process.exit(same ? 0 : 1);
JS
node run.mjs
