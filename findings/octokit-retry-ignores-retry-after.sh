#!/usr/bin/env bash
# @octokit/plugin-retry 8.1.1 with @octokit/core 7.0.8: the header `retry-after` is not read.
#
# Guess written down first: an answer 429 with `retry-after: 30` is sent again after 30 s,
# and a POST that was answered 502 is not sent again, since it may have been carried out.
#
# Behaviour: the plugin sends the request again a few seconds later (its own square of the
# number of tries), so three requests arrive within 30 s; and a POST answered 502 is
# repeated like a GET.
#
# Why it matters here: GitHub counts requests that come before `retry-after` has passed
# against the App, and a repeated POST makes a second issue or check run. A client needs
# plugin-throttling (or its own wait) for the first, and a list of methods for the second.
#
# Output seen on 2026-11-27:
#   POST answered 502 once: sent 2 times
#   GET answered 429 with retry-after 30: 3 requests within 30 s
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @octokit/core@7.0.8 @octokit/plugin-retry@8.1.1
cat > run.mjs <<'JS'
import { createServer } from "node:http";
import { Octokit } from "@octokit/core";
import { retry } from "@octokit/plugin-retry";
let arrived = [];
const server = createServer(({ method }, response) => {
  arrived.push(Date.now());
  const json = { "content-type": "application/json" };
  if (method === "POST") response.writeHead(arrived.length < 2 ? 502 : 201, json);
  else response.writeHead(arrived.length < 3 ? 429 : 200, { ...json, "retry-after": "30" });
  response.end("{}");
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const baseUrl = `http://127.0.0.1:${server.address().port}`;
const octokit = new (Octokit.plugin(retry))({ baseUrl, log: silent });
await octokit.request("POST /repos/o/r/issues", { owner: "o", repo: "r", title: "t" });
const posts = arrived.length;
arrived = [];
await octokit.request("GET /repos/o/r", { owner: "o", repo: "r" });
const early = arrived.filter((at) => at - arrived[0] < 30_000).length;
server.close();
console.log(`POST answered 502 once: sent ${posts} times`);
console.log(`GET answered 429 with retry-after 30: ${early} requests within 30 s`);
if (posts !== 2 || early !== 3) process.exit(1);
JS
node run.mjs
