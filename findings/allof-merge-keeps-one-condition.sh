#!/usr/bin/env bash
# allof-merge 0.6.8: of two conditions in an `allOf` one remains, and of an integer in bounds only the bounds do.
#
# Guess written down first: the merged schema takes what the `allOf` took, or the merge reports a conflict. The README
# says that it "does not validate more or less than the original schema", and names JSON Schema 2020-12.
#
# Behaviour: of `dependentRequired`, `dependentSchemas`, and `if` with `then`, the last of the `allOf` remains, also
# where they are of other properties; draft 7's `dependencies` are joined. `onMergeError` is not called. Of "integer"
# and "number" it is called, says that they "are probably incompatible", and without it every type passes.
#
# Why it matters here: schemas of messages are split into parts by `allOf`, and merged for diagrams, types and
# comparisons. An `if` a kind of event is the usual way to say what each needs: merged, all but the last may lack it. A
# check of what breaks sees no difference when one is taken out. Zekt checks a message against the schema as it is.
#
# Output seen on 2026-11-29 (message: by the allOf, by the merged schema, conflicts reported):
#   two of dependentRequired {"a":1}: false, true, 0
#   two of dependentSchemas {"a":1}: false, true, 0
#   two of if {"kind":"push"}: false, true, 0
#   two of if {"kind":"tag"}: false, false, 0
#   two of dependencies {"a":1}: false, false, 0
#   integer and number "text": false, true, 1
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error allof-merge@0.6.8 ajv@8.20.0
cat > run.mjs <<'JS'
import { Ajv2020 } from "ajv/dist/2020.js";
import { merge } from "allof-merge";
const required = (name) => ({ required: [name] });
const needs = (kind, name) => ({
  if: { properties: { kind: { const: kind } }, required: ["kind"] },
  then: required(name),
});
const dependent = (keyword, of) => [{ [keyword]: { a: of("b") } }, { [keyword]: { c: of("d") } }];
const expected = [
  ["two of dependentRequired", dependent("dependentRequired", (name) => [name]), { a: 1 }, "false, true, 0"],
  ["two of dependentSchemas", dependent("dependentSchemas", required), { a: 1 }, "false, true, 0"],
  ["two of if", [needs("push", "branch"), needs("tag", "name")], { kind: "push" }, "false, true, 0"],
  ["two of if", [needs("push", "branch"), needs("tag", "name")], { kind: "tag" }, "false, false, 0"],
  ["two of dependencies", dependent("dependencies", (name) => [name]), { a: 1 }, "false, false, 0"],
  ["integer and number", [{ type: "integer" }, { type: "number", minimum: 1 }], "text", "false, true, 1"],
];
let same = true;
for (const [name, allOf, message, known] of expected) {
  let conflicts = 0;
  const merged = merge({ allOf }, { onMergeError: () => (conflicts += 1) });
  const takes = (schema) => new Ajv2020({ strict: false }).validate(schema, message);
  const seen = `${takes({ allOf })}, ${takes(merged)}, ${conflicts}`;
  console.log(`${name} ${JSON.stringify(message)}: ${seen}`);
  same &&= seen === known;
}
process.exit(same ? 0 : 1);
JS
node run.mjs
