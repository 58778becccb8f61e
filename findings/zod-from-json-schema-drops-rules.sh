#!/usr/bin/env bash
# zod 4.6.7: z.fromJSONSchema leaves rules of a schema out, and says nothing.
#
# Guess written down first: it throws at a rule that zod has no words for, as it does at `if`, `not`
# and `dependentRequired`. A schema that it takes is judged as JSON Schema says.
#
# Behaviour: it takes these schemas, and the parsed schema lets everything pass that the lost rule
# forbids. Lost are: a required property that `properties` does not list; what stands beside a `$ref`;
# `anyOf` beside a rule of the same type; a bound or a required property where no `type` is named;
# a bound beside an `enum`.
#
# Why it matters here: a service publishes the schemas of its event types, and Zekt judges messages by
# Ajv. A step that checks its message by zod first passes what Zekt then refuses, and a consumer takes
# what it should not. The function's comment calls it semi-experimental, and says nothing of lost rules.
# Source of the rules: sections 6 and 8.2.3.1 of JSON Schema Validation and Core 2020-12.
#
# Output seen on 2026-11-28 (each value is forbidden):
#   required, not in properties: ajv refuses, zod takes
#   beside a $ref: ajv refuses, zod takes
#   anyOf beside a type: ajv refuses, zod takes
#   no type named: ajv refuses, zod takes
#   beside an enum: ajv refuses, zod takes
#   dependentRequired: ajv refuses, zod throws
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error zod@4.6.7 ajv@8.20.0
cat > run.mjs <<'JS'
import Ajv from "ajv/dist/2020.js";
import { z } from "zod";
const name = { type: "string" };
const cases = [
  ["required, not in properties", { type: "object", properties: { name }, required: ["version"] }, {}],
  ["beside a $ref", { $defs: { name }, $ref: "#/$defs/name", minLength: 3 }, "a"],
  ["anyOf beside a type", { type: "string", anyOf: [{ minLength: 3 }, { pattern: "^v" }] }, "a"],
  ["no type named", { properties: { name }, required: ["name"] }, { name: 1 }],
  ["beside an enum", { type: "integer", enum: [1, 2], minimum: 2 }, 1],
  ["dependentRequired", { type: "object", dependentRequired: { a: ["b"] } }, { a: 1 }],
];
const byZod = (schema, value) => {
  try {
    return z.fromJSONSchema(schema).safeParse(value).success ? "takes" : "refuses";
  } catch {
    return "throws";
  }
};
const seen = cases.map(([rule, schema, value]) => {
  const ajv = new Ajv({ strict: false }).compile(schema)(value) ? "takes" : "refuses";
  return `${rule}: ajv ${ajv}, zod ${byZod(structuredClone(schema), value)}`;
});
console.log(seen.join("\n"));
const lost = seen.filter((line) => line.endsWith("ajv refuses, zod takes")).length;
process.exit(lost === 5 && seen[5].endsWith("ajv refuses, zod throws") ? 0 : 1);
JS
node run.mjs
