#!/usr/bin/env bash
# typebox 1.4.3: `unevaluatedProperties: false` refuses each list that has an item.
#
# Guess written down first: a rule of properties applies to objects alone, as in JSON Schema, and as typebox itself has
# it for `additionalProperties`. A list passes. The README says that JSON Schema's own tests are run, up to 2020-12.
#
# Behaviour: the items of a list count as its properties, and as none of them was evaluated, the list is refused. With a
# schema in place of false, the items have to fit that. It does not matter if the schema is compiled or only checked.
#
# Why it matters here: a webhook's body that is either one event or a list of them is described by a schema without a
# type, whose parts are joined by `allOf` and closed by this keyword. Lists then pass everywhere but here. Set the
# keyword beside `type: "object"`. Zekt checks messages with ajv.
# Source of the rule: section 11.3 of JSON Schema Core 2020-12.
#
# Output seen on 2026-11-29 (by typebox, compiled and checked; by ajv 8.20.0):
#   unevaluatedProperties: false, [1]: false, false; true
#   unevaluatedProperties: false, []: true, true; true
#   unevaluatedProperties: a text, [1]: false, false; true
#   unevaluatedProperties: a text, ["a"]: true, true; true
#   additionalProperties: false, [1]: true, true; true
#   unevaluatedProperties: false, {"other":1}: false, false; false
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error typebox@1.4.3 ajv@8.20.0
cat > run.mjs <<'JS'
import { Ajv2020 } from "ajv/dist/2020.js";
import { Check, Compile } from "typebox/schema";
const expected = [
  ["unevaluatedProperties: false", { unevaluatedProperties: false }, [1], "false, false; true"],
  ["unevaluatedProperties: false", { unevaluatedProperties: false }, [], "true, true; true"],
  ["unevaluatedProperties: a text", { unevaluatedProperties: { type: "string" } }, [1], "false, false; true"],
  ["unevaluatedProperties: a text", { unevaluatedProperties: { type: "string" } }, ["a"], "true, true; true"],
  ["additionalProperties: false", { additionalProperties: false }, [1], "true, true; true"],
  ["unevaluatedProperties: false", { unevaluatedProperties: false }, { other: 1 }, "false, false; false"],
];
let same = true;
for (const [name, rule, value, known] of expected) {
  const schema = { properties: { event: { type: "string" } }, ...rule };
  const others = new Ajv2020({ strict: false }).validate(schema, value);
  const seen = `${Compile(schema).Check(value)}, ${Check(schema, value)}; ${others}`;
  console.log(`${name}, ${JSON.stringify(value)}: ${seen}`);
  same &&= seen === known;
}
process.exit(same ? 0 : 1);
JS
node run.mjs
