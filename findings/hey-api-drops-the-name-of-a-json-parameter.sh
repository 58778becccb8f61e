#!/usr/bin/env bash
# @hey-api/openapi-ts 0.99.0: a query parameter that is JSON is sent as several parameters, none of which has its name.
#
# Guess written down first: the client sends parameters as the document says: `content` of application/json as JSON
# under the parameter's name, and in a path `style` label and matrix with their prefixes.
#
# Behaviour: a parameter with `content` is taken for one with a schema, in the style of a form. Its members become
# parameters of the query, its own name is gone, and a member that is an object or a list throws. In a path each style
# is sent as "simple". Nothing is reported when the client is made. `spaceDelimited`, `pipeDelimited` and
# `deepObject` in a query are right.
#
# Why it matters here: a filter with several members is described so. The server gets no filter, and `page` and `state`
# that it does not know, so it answers with all. The caller sees no error. Try each parameter against the server, or
# describe it as text. Zekt's API has parameters that are plain texts and numbers.
# Source of the rule: "Parameter Object" in OpenAPI 3.1, "content" and "style".
#
# Output seen on 2026-11-29 (what the document says; what is sent):
#   JSON: ?filter={"state":"open","page":2}; ?state=open&page=2
#   JSON with a list: ?filter={"labels":["bug"]}; Deeply-nested arrays/objects aren’t supported.
#   label: /label/.a.b; /label/a,b
#   matrix: /matrix/;names=a,b; /matrix/a,b
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @hey-api/openapi-ts@0.99.0 typescript@5.9.3 esbuild@0.28.2
cat > make.mjs <<'JS'
import { writeFileSync } from "node:fs";
import { createClient } from "@hey-api/openapi-ts";
const responses = { 200: { description: "A list" } };
const schema = { type: "object", additionalProperties: true };
const content = { "application/json": { schema } };
const path = (style) => [
  { name: "names", in: "path", required: true, style, schema: { type: "array", items: { type: "string" } } },
];
const paths = {
  "/runs": { get: { operationId: "runs", parameters: [{ name: "filter", in: "query", content }], responses } },
  "/label/{names}": { get: { operationId: "label", parameters: path("label"), responses } },
  "/matrix/{names}": { get: { operationId: "matrix", parameters: path("matrix"), responses } },
};
writeFileSync("openapi.json", JSON.stringify({ openapi: "3.1.0", info: { title: "Runs", version: "1" }, paths }));
const plugins = ["@hey-api/client-fetch", "@hey-api/sdk"];
await createClient({ input: "openapi.json", output: "client", logs: { level: "silent" }, plugins });
JS
cat > run.mjs <<'JS'
import { client } from "./client/client.gen";
import { label, matrix, runs } from "./client/sdk.gen";
let sent;
const fetch = async ({ url }) => {
  const { pathname, search } = new URL(url);
  sent = decodeURIComponent(search || pathname);
  return Response.json([]);
};
client.setConfig({ baseUrl: "https://example.org", fetch });
async function seen(call) {
  sent = undefined;
  const { error } = await call;
  return sent ?? error.message.split(" Provide")[0];
}
const path = { names: ["a", "b"] };
const lines = [
  `JSON: ?filter={"state":"open","page":2}; ${await seen(runs({ query: { filter: { state: "open", page: 2 } } }))}`,
  `JSON with a list: ?filter={"labels":["bug"]}; ${await seen(runs({ query: { filter: { labels: ["bug"] } } }))}`,
  `label: /label/.a.b; ${await seen(label({ path }))}`,
  `matrix: /matrix/;names=a,b; ${await seen(matrix({ path }))}`,
];
console.log(lines.join("\n"));
const expected = `JSON: ?filter={"state":"open","page":2}; ?state=open&page=2
JSON with a list: ?filter={"labels":["bug"]}; Deeply-nested arrays/objects aren’t supported.
label: /label/.a.b; /label/a,b
matrix: /matrix/;names=a,b; /matrix/a,b`;
process.exit(lines.join("\n") === expected ? 0 : 1);
JS
node make.mjs
npx esbuild run.mjs --bundle --platform=node --format=esm --outfile=bundled.mjs --log-level=error
node bundled.mjs
