#!/usr/bin/env bash
# openapi-zod-client 1.18.3: a pattern whose slash is escaped makes a client that is no TypeScript.
#
# Guess written down first: `\/` and `/` mean the same in a pattern of JSON Schema, and a maker of
# clients takes both. The document says the first wherever it was written from a RegExp, whose `source`
# escapes each slash.
#
# Behaviour: the slash of `\/` gets a backslash of its own. `\\/` is then an escaped backslash, and the
# slash behind it ends the regular expression. The tool says that it is done and ends with 0; the file
# cannot be parsed. A plain slash is escaped as it has to be.
#
# Why it matters here: Zekt's document has the path of a workflow in many answers, and zod writes its
# pattern from a RegExp. A client made from it did not load. The document has plain slashes now.
# Source of the rule: ECMA-262, "EscapeRegExpPattern" and "IdentityEscape"; JSON Schema 2020-12, 6.3.3.
#
# Output seen on 2026-11-28:
#   plain slash:   exit 0, z.string().regex(/^a\/b$/), parses
#   escaped slash: exit 0, z.string().regex(/^a\\/b$/), does not parse
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  openapi-zod-client@1.18.3 typescript@5.9.3
cat > run.mjs <<'JS'
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import ts from "typescript";
const seen = (name, pattern) => {
  writeFileSync(`${name}.json`, JSON.stringify({
    openapi: "3.1.0",
    info: { title: "runs", version: "1" },
    paths: { "/runs": { get: { operationId: "run", responses: { 200: { description: "a run", content: {
      "application/json": { schema: { type: "object", properties: { path: { type: "string", pattern } } } },
    } } } } } },
  }));
  const made = spawnSync("node_modules/.bin/openapi-zod-client", [`${name}.json`, "-o", `${name}.ts`]);
  const text = readFileSync(`${name}.ts`, "utf8");
  const [call] = /z\.string\(\)\.regex\(.*?\)(?=[ .,}])/.exec(text) ?? ["no pattern"];
  const { diagnostics } = ts.transpileModule(text, { reportDiagnostics: true });
  return `exit ${made.status}, ${call}, ${diagnostics.length === 0 ? "parses" : "does not parse"}`;
};
const plain = seen("plain", "^a/b$");
const escaped = seen("escaped", String.raw`^a\/b$`);
console.log(`plain slash:   ${plain}`);
console.log(`escaped slash: ${escaped}`);
const isSeen =
  plain === String.raw`exit 0, z.string().regex(/^a\/b$/), parses` &&
  escaped === String.raw`exit 0, z.string().regex(/^a\\/b$/), does not parse`;
process.exit(isSeen ? 0 : 1);
JS
node run.mjs
