#!/usr/bin/env bash
# json-schema-to-typescript 16.0.0: a rule beside a `$ref` takes the place of the same rule there.
#
# Guess written down first: under JSON Schema 2020-12 both count, so that what stands beside a `$ref`
# makes a type narrower. Under draft 7 what stands beside it is ignored.
#
# Behaviour: neither. The two are merged member by member, under either draft. `required: ["y"]`
# beside a reference to a type that requires x makes x optional. `properties` beside it leaves out
# every property of the type. The result still has the type's name, and there is no warning. The
# same rules within `allOf` beside the `$ref` are read right.
#
# Why it matters here: schemas of event types are 2020-12, where extending a shared part by a rule
# beside its `$ref` is usual. Code that is compiled against these types may send what Zekt refuses.
# `zekt types` joins both sides by `&`; for this generator the rule has to go into `allOf`.
# Source of the rules: section 8.2.3.1 of JSON Schema Core 2020-12; section 8.3 of draft 7's.
#
# Output seen on 2026-11-28, without the index signatures:
#   no rule: { x: string; z?: string; }
#   required: ["y"]: { x?: string; z?: string; }
#   property y: { y?: number; }
#   both in allOf: { y: number; } & { x: string; z?: string; }
#   draft 7: the same
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  json-schema-to-typescript@16.0.0 @apidevtools/json-schema-ref-parser@11.9.3
cat > run.mjs <<'JS'
import { compile } from "json-schema-to-typescript";
const required = { required: ["y"] };
const properties = { properties: { y: { type: "number" } } };
const rules = {
  "no rule": {},
  'required: ["y"]': required,
  "property y": properties,
  "both in allOf": { allOf: [{ ...required, ...properties }] },
};
const base = { type: "object", required: ["x"], properties: { x: { type: "string" }, z: { type: "string" } } };
const typeOf = async ($schema, rule) => {
  const properties = { part: { $ref: "#/definitions/base", ...rule } };
  const types = await compile({ $schema, properties, definitions: { base } }, "Message", { bannerComment: "" });
  const short = types.replaceAll("[k: string]: unknown;", "").replaceAll(/\s+/g, " ");
  return /export (?:interface Base|type Base =) (.*?\})(?=;? (?:export|$))/.exec(short)?.[1];
};
const seenBy = async ($schema) => {
  const seen = [];
  for (const [name, rule] of Object.entries(rules)) seen.push(`${name}: ${await typeOf($schema, rule)}`);
  return seen.join("\n");
};
const newer = await seenBy("https://json-schema.org/draft/2020-12/schema");
const seventh = await seenBy("http://json-schema.org/draft-07/schema#");
console.log(newer);
console.log(`draft 7: ${seventh === newer ? "the same" : seventh}`);
const expected = [
  "no rule: { x: string; z?: string; }",
  'required: ["y"]: { x?: string; z?: string; }',
  "property y: { y?: number; }",
  "both in allOf: { y: number; } & { x: string; z?: string; }",
];
process.exit(newer === expected.join("\n") && seventh === newer ? 0 : 1);
JS
node run.mjs
