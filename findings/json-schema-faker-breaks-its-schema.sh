#!/usr/bin/env bash
# json-schema-faker 0.6.3: samples of common schemas of JSON Schema 2020-12 do not satisfy them.
#
# Guess written down first: what it makes is valid by its schema, whatever the seed, as its README
# promises for 2020-12, too. A rule that it cannot meet throws.
#
# Behaviour: texts with a pattern and a length meet the length alone, names of properties meet neither
# `propertyNames` nor `patternProperties`, `minContains` takes the place of `minItems`, and
# `not` and an `enum` beside a `type` are left out. No error, and no option says so.
#
# Why it matters here: a consumer makes test messages from the schema that a provider declares. These
# rules are what such schemas hold: a tag's pattern and length, a map of names. Samples that a provider's check
# would refuse look like a fault of the check. Judge each sample by a validator before it is used.
#
# Output seen on 2026-11-29 (samples of 60 seeds that ajv 8.20.0 refuses):
#   type and enum: some
#   pattern and minLength: all, by pattern
#   propertyNames: all, by pattern
#   patternProperties and minProperties: all, by additionalProperties
#   minContains and minItems: all, by minItems
#   not required: some
#   pattern alone: none
#   if, then, else: none
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error json-schema-faker@0.6.3 ajv@8.20.0
cat > run.mjs <<'JS'
import Ajv from "ajv/dist/2020.js";
import { generate } from "json-schema-faker";
const text = { type: "string" };
const kind = (k) => ({ properties: { k: { const: k } } });
const cases = [
  ["type and enum", { type: "string", enum: ["a", 1] }, "some"],
  ["pattern and minLength", { type: "string", pattern: "^[a-z]+$", minLength: 20 }, "all, by pattern"],
  ["propertyNames", { type: "object", propertyNames: { pattern: "^x-[a-z]+$" }, minProperties: 2 }, "all, by pattern"],
  [
    "patternProperties and minProperties",
    { type: "object", patternProperties: { "^v[0-9]$": text }, additionalProperties: false, minProperties: 1 },
    "all, by additionalProperties",
  ],
  ["minContains and minItems", { type: "array", contains: text, minContains: 2, maxContains: 2, minItems: 3 }, "all, by minItems"],
  ["not required", { type: "object", properties: { a: text }, not: { required: ["a"] } }, "some"],
  ["pattern alone", { type: "string", pattern: "^v[0-9]+\\.[0-9]+$" }, "none"],
  [
    "if, then, else",
    {
      type: "object", properties: { k: { enum: ["a", "b"] }, v: {} }, required: ["k", "v"], if: kind("a"),
      then: { properties: { v: text } }, else: { properties: { v: { type: "integer" } } },
    },
    "none",
  ],
];
let same = true;
for (const [name, schema, expected] of cases) {
  const valid = new Ajv({ strict: false }).compile(structuredClone(schema));
  const broken = [];
  for (let seed = 0; seed < 60; seed++)
    if (!valid(await generate(structuredClone(schema), { seed }))) broken.push(valid.errors[0].keyword);
  const seen = broken.length === 0 ? "none" : broken.length < 60 ? "some" : `all, by ${[...new Set(broken)].join(" and ")}`;
  console.log(`${name}: ${seen}`);
  same &&= seen === expected;
}
process.exit(same ? 0 : 1);
JS
node run.mjs
