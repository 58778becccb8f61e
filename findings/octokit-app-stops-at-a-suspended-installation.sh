#!/usr/bin/env bash
# @octokit/app 16.1.4 (with @octokit/core 7.0.8): one suspended installation ends `eachRepository` for all that come after it.
#
# Guess written down first: `app.eachRepository` passes over an installation that is suspended, since
# GitHub's list says so in `suspended_at` and gives no token for it. And a handler of
# "installation.deleted" or "installation.suspend" gets an octokit without credentials, as Probot's does.
#
# Behaviour: it asks for a token all the same. GitHub's refusal, 403, rejects the whole loop, so no
# repository of a later installation is visited. The handler's octokit is the installation's:
# each request of it fails with the same 403, even one of public data that needs no token.
#
# Why it matters here: the package's README shows this loop as the way to send an event to every repository.
# One owner who suspends the App stops it for all others, at a place that depends on the list's order.
# Zekt reads `suspended_at`, and asks for no token of such an installation.
#
# Output seen on 2026-11-29:
#   eachInstallation: 1, 2, 3
#   eachRepository: of 1, then "This installation has been suspended"
#   octokit of installation.suspend asks for /meta: 403
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error @octokit/app@16.1.4 @octokit/core@7.0.8
cat > run.mjs <<'JS'
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { App } from "@octokit/app";
import { Octokit } from "@octokit/core";
const owners = { 1: "a", 2: "b", 3: "c" };
const refused = [403, { message: "This installation has been suspended" }];
function answerTo({ url, headers }) {
  const path = url.split("?")[0];
  if (path === "/app/installations")
    return [200, [1, 2, 3].map((id) => ({ id, suspended_at: id === 2 ? "2026-11-01T00:00:00Z" : null }))];
  const [, id] = /^\/app\/installations\/(\d)\/access_tokens$/.exec(path) ?? [];
  const hour = new Date(Date.now() + 3_600_000).toISOString();
  if (id) return id === "2" ? refused : [201, { token: `t${id}`, expires_at: hour, permissions: {} }];
  if (path === "/meta") return [200, {}];
  return [200, { total_count: 1, repositories: [{ full_name: `${owners[headers.authorization.at(-1)]}/r` }] }];
}
const server = createServer((request, response) => {
  const [status, json] = answerTo(request);
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(json));
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const app = new App({
  appId: 1,
  privateKey: generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "pem" }),
  webhooks: { secret: "s" },
  Octokit: Octokit.defaults({ baseUrl: `http://127.0.0.1:${server.address().port}`, log: silent }),
  log: silent,
});
const installations = [];
await app.eachInstallation(({ installation }) => void installations.push(installation.id));
const visited = [];
const ended = await app
  .eachRepository(({ repository }) => void visited.push(repository.full_name))
  .then(() => "the end", (error) => error.message.split(" - ")[0]);
let status;
app.webhooks.on("installation.suspend", async ({ octokit }) => {
  status = await octokit.request("GET /meta").then((answer) => answer.status, (error) => error.status);
});
await app.webhooks.receive({ id: "1", name: "installation", payload: { action: "suspend", installation: { id: 2 } } });
server.close();
console.log(`eachInstallation: ${installations.join(", ")}`);
console.log(`eachRepository: of ${visited.map((name) => (name === "a/r" ? 1 : name)).join(", ")}, then "${ended}"`);
console.log(`octokit of installation.suspend asks for /meta: ${status}`);
const same = installations.length === 3 && visited.join() === "a/r" && /suspended/.test(ended) && status === 403;
process.exit(same ? 0 : 1);
JS
node run.mjs
