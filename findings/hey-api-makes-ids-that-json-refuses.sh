#!/usr/bin/env bash
# @hey-api/openapi-ts 0.99.0 (with zod 4.6.7): an id that its schema has checked is no number any more.
#
# Guess written down first: the Zod schema that is made of a document takes what the document's schema takes, refuses
# the rest, and gives back what it took. The types that are made beside it are those of the result.
#
# Behaviour: of `type: integer, format: int64` it makes `z.coerce.bigint()`. A number comes back as a BigInt, where the
# TypeScript type beside it says `number`. `JSON.stringify` of the result throws. What is no integer is coerced before
# it is looked at: true, an empty text, an empty list and "0x10" pass.
#
# Why it matters here: ids are int64 in most descriptions, in GitHub's too. A service that checks an event by such a
# schema and queues the result throws at each event. One that checks its input takes `"id": ""` for 0. The text was read
# by JSON.parse before, so nothing is gained for large ids. Zekt checks by JSON Schema, and keeps what it was sent.
# Source of the rule: "Data Types" in OpenAPI 3.1: an int64 is a number of JSON. See also hey-api issue 1802, open.
#
# Output seen on 2026-11-29:
#   type: id: number
#   {"id":5}: taken, id is bigint, JSON.stringify: Do not know how to serialize a BigInt
#   also takes: "" [] true "0x10"; refuses: 1.5 null
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @hey-api/openapi-ts@0.99.0 typescript@5.9.3 zod@4.6.7
npm pkg set type=module
cat > openapi.json <<'JSON'
{
  "openapi": "3.1.0",
  "info": { "title": "Runs", "version": "1" },
  "paths": {
    "/run": {
      "get": {
        "operationId": "getRun",
        "responses": {
          "200": {
            "description": "A run",
            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Run" } } }
          }
        }
      }
    }
  },
  "components": {
    "schemas": {
      "Run": {
        "type": "object",
        "required": ["id"],
        "properties": { "id": { "type": "integer", "format": "int64" } }
      }
    }
  }
}
JSON
cat > run.mjs <<'JS'
import { readFileSync } from "node:fs";
import { createClient } from "@hey-api/openapi-ts";
const plugins = ["@hey-api/typescript", "zod"];
await createClient({ input: "openapi.json", output: "hey", logs: { level: "silent" }, plugins });
const { zRun } = await import("./hey/zod.gen.ts");
const [type] = readFileSync("hey/types.gen.ts", "utf8").match(/id: \w+/);
const { success, data } = zRun.safeParse({ id: 5 });
let text;
try {
  text = JSON.stringify(data);
} catch ({ message }) {
  text = message;
}
const others = ["", [], true, "0x10", 1.5, null];
const those = (verdict) => others.filter((id) => zRun.safeParse({ id }).success === verdict);
const listed = (verdict) => those(verdict).map((id) => JSON.stringify(id)).join(" ");
const seen = `type: ${type}
{"id":5}: ${success ? "taken" : "refused"}, id is ${typeof data?.id}, JSON.stringify: ${text}
also takes: ${listed(true)}; refuses: ${listed(false)}`;
console.log(seen);
const expected = `type: id: number
{"id":5}: taken, id is bigint, JSON.stringify: Do not know how to serialize a BigInt
also takes: "" [] true "0x10"; refuses: 1.5 null`;
process.exit(seen === expected ? 0 : 1);
JS
node run.mjs
