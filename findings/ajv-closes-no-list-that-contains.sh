#!/usr/bin/env bash
# ajv 8.20.0: beside `contains` in a schema, `unevaluatedItems` refuses nothing.
#
# Guess written down first: validators of JSON Schema 2020-12 agree on common schemas with ajv, the most used of them.
# `contains` evaluates the items that fit it, and `unevaluatedItems: false` refuses the others.
#
# Behaviour: for ajv `contains` evaluates every item, also those that do not fit it. So the list is open where the
# schema says that it is closed, and a schema in place of false is asked of no item. Without `contains` the same keyword
# works.
#
# Why it matters here: a contract closes a list by these two, "any of my labels, and nothing else". A provider that
# tests with another validator sees the message refused; Zekt checks with ajv and lets it pass, as its guide for
# providers says. To close the list, say `items: {anyOf: …}`.
# Source of the rule: sections 10.3.1.3 and 11.2 of JSON Schema Core 2020-12.
#
# Output seen on 2026-11-29 (by ajv; by @cfworker/json-schema 4.1.6, @exodus/schemasafe 1.3.0, typebox 1.4.3):
#   unevaluatedItems: false, ["bug"]: true; true, true, true
#   unevaluatedItems: false, ["bug",1]: true; false, false, false
#   unevaluatedItems: a text, ["bug",1]: true; false, false, false
#   unevaluatedItems: a text, ["bug","ci"]: true; true, true, true
#   without contains, ["bug",1]: false; false, false, false
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  ajv@8.20.0 @cfworker/json-schema@4.1.6 @exodus/schemasafe@1.3.0 typebox@1.4.3
cat > run.mjs <<'JS'
import { Validator } from "@cfworker/json-schema";
import { validator } from "@exodus/schemasafe";
import { Ajv2020 } from "ajv/dist/2020.js";
import { Compile } from "typebox/schema";
const $schema = "https://json-schema.org/draft/2020-12/schema";
const contains = { const: "bug" };
const text = { type: "string" };
const expected = [
  ["unevaluatedItems: false", { contains, unevaluatedItems: false }, ["bug"], "true; true, true, true"],
  ["unevaluatedItems: false", { contains, unevaluatedItems: false }, ["bug", 1], "true; false, false, false"],
  ["unevaluatedItems: a text", { contains, unevaluatedItems: text }, ["bug", 1], "true; false, false, false"],
  ["unevaluatedItems: a text", { contains, unevaluatedItems: text }, ["bug", "ci"], "true; true, true, true"],
  ["without contains", { unevaluatedItems: text }, ["bug", 1], "false; false, false, false"],
];
let same = true;
for (const [name, rules, list, known] of expected) {
  const schema = { $schema, type: "array", ...rules };
  const others = [
    new Validator(schema, "2020-12").validate(list).valid,
    validator(schema, { mode: "spec" })(list),
    Compile(schema).Check(list),
  ];
  const seen = `${new Ajv2020().validate(schema, list)}; ${others.join(", ")}`;
  console.log(`${name}, ${JSON.stringify(list)}: ${seen}`);
  same &&= seen === known;
}
process.exit(same ? 0 : 1);
JS
node run.mjs
