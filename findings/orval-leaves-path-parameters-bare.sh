#!/usr/bin/env bash
# orval 8.38.0 and swagger-typescript-api 13.13.0: clients send what a path parameter holds as it is.
#
# Guess written down first: a client made from an OpenAPI document encodes its path parameters. A slash, a blank or a
# number sign in one is a character of that one segment, since `style: simple` is the default of a path.
#
# Behaviour: both put the text between the slashes as it is. ".github/workflows/release.yml" becomes three segments, and
# from "#" on it is not sent at all, so that another address is called. There is no warning. In orval the option
# `urlEncodeParameters` mends it, and is off; in the other a hook may write the code. @hey-api/openapi-ts 0.99.0 encodes.
#
# Why it matters here: Zekt's address of a workflow ends with its file's path. Zekt takes its slashes either way, since
# gateways decode them, too. A file such as "c#.yml" is refused from such a client; another API answers 404 to each
# path with a slash, or does to one thing what was meant for another.
# Source of the rule: OpenAPI 3.1, "Parameter Object", style; RFC 6570, section 3.2.2, simple string expansion. See also
# acacode/swagger-typescript-api issue 446.
#
# Output seen on 2026-11-29:
#   orval: PUT /workflows/.github/workflows/c
#   orval with urlEncodeParameters: PUT /workflows/.github%2Fworkflows%2Fc%23.yml
#   swagger-typescript-api: PUT /workflows/.github/workflows/c
#   hey-api: PUT /workflows/.github%2Fworkflows%2Fc%23.yml
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  orval@8.38.0 swagger-typescript-api@13.13.0 @hey-api/openapi-ts@0.99.0 typescript@5.9.3 esbuild@0.28.2
cat > api.json <<'JSON'
{
  "openapi": "3.1.0",
  "info": { "title": "t", "version": "1" },
  "paths": {
    "/workflows/{path}": {
      "put": {
        "operationId": "allow",
        "tags": ["workflows"],
        "parameters": [{ "name": "path", "in": "path", "required": true, "schema": { "type": "string" } }],
        "responses": { "204": { "description": "Done" } }
      }
    }
  }
}
JSON
cat > orval.config.cjs <<'JS'
const output = (target, more = {}) => ({ input: "./api.json", output: { target, client: "fetch", ...more } });
module.exports = { plain: output("./plain.ts"), encoded: output("./encoded.ts", { urlEncodeParameters: true }) };
JS
npx orval --config ./orval.config.cjs > made.log 2>&1
npx swagger-typescript-api generate -p api.json -o swagger -n api.ts >> made.log 2>&1
npx openapi-ts -i api.json -o hey -c @hey-api/client-fetch >> made.log 2>&1
cat > run.ts <<'TS'
import { createServer } from "node:http";
import { client } from "./hey/client.gen";
import * as hey from "./hey/sdk.gen";
import * as encoded from "./encoded";
import * as plain from "./plain";
import { Api } from "./swagger/api";
let asked = "";
const server = createServer(({ method, url }, response) => {
  asked = `${method} ${url}`;
  response.writeHead(204).end();
});
await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
const baseUrl = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
client.setConfig({ baseUrl });
// Of orval's client the addresses are relative.
const toServer = fetch;
globalThis.fetch = (url, init) => toServer(typeof url === "string" ? new URL(url, baseUrl) : url, init);
const path = ".github/workflows/c#.yml";
const calls: [string, () => Promise<unknown>, string][] = [
  ["orval", () => plain.allow(path), "PUT /workflows/.github/workflows/c"],
  ["orval with urlEncodeParameters", () => encoded.allow(path), "PUT /workflows/.github%2Fworkflows%2Fc%23.yml"],
  ["swagger-typescript-api", () => new Api({ baseUrl }).workflows.allow(path), "PUT /workflows/.github/workflows/c"],
  ["hey-api", () => hey.allow({ path: { path } }), "PUT /workflows/.github%2Fworkflows%2Fc%23.yml"],
];
let same = true;
for (const [name, call, expected] of calls) {
  await call();
  console.log(`${name}: ${asked}`);
  same &&= asked === expected;
}
server.close();
process.exit(same ? 0 : 1);
TS
npx esbuild run.ts --bundle --platform=node --format=esm --outfile=run.mjs --log-level=error
node run.mjs
