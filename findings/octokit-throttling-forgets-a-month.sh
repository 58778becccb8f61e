#!/usr/bin/env bash
# @octokit/plugin-throttling 11.0.5 (with @octokit/core 7.0.8): a retry-after of 30 days is asked
# again at once.
#
# Guess written down first: a secondary limit that names 30 days is tried again after 30 days, or
# given up. In no case does a second request leave within the second.
#
# Behaviour: the request is sent again within the second. The wait in milliseconds is longer than
# a timer of Node holds (2^31 - 1, about 24.8 days), and Node then fires the timer after 1 ms.
#
# Why it matters here: the header is read as it comes, and whoever answers in GitHub's place, such
# as a proxy, writes what it likes. A reader of waits needs an upper bound of its own before the
# number reaches a timer.
#
# Output seen on 2026-11-27:
#   retry-after: 2592000 s
#   requests: 2, the second within a second: true
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @octokit/plugin-throttling@11.0.5 @octokit/core@7.0.8
cat > run.mjs <<'JS'
import { createServer } from "node:http";
import { Octokit } from "@octokit/core";
import { throttling } from "@octokit/plugin-throttling";
const WAIT = 30 * 24 * 3600;
const times = [];
const server = createServer((request, response) => {
  times.push(Date.now());
  const limited = times.length === 1;
  response.writeHead(limited ? 429 : 200, {
    "content-type": "application/json",
    ...(limited ? { "retry-after": String(WAIT) } : {}),
  });
  response.end(JSON.stringify(limited ? { message: "You have exceeded a secondary rate limit." } : {}));
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const octokit = new (Octokit.plugin(throttling))({
  baseUrl: `http://127.0.0.1:${server.address().port}`,
  throttle: { onRateLimit: () => true, onSecondaryRateLimit: () => true },
  log: { debug() {}, info() {}, warn() {}, error() {} },
});
await Promise.race([octokit.request("GET /user"), new Promise((resolve) => setTimeout(resolve, 5000))]);
const soon = times.length === 2 && times[1] - times[0] < 1000;
console.log(`retry-after: ${WAIT} s`);
console.log(`requests: ${times.length}, the second within a second: ${soon}`);
process.exit(soon ? 0 : 1);
JS
node run.mjs 2> /dev/null
