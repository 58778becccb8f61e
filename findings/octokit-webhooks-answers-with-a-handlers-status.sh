#!/usr/bin/env bash
# @octokit/webhooks 14.2.0 (with @octokit/core 7.0.8): a webhook is answered with the status of a handler's request.
#
# Guess written down first: where a handler throws, the middleware answers 500, whatever it threw. A wrong signature is
# 400, an unknown path 404.
#
# Behaviour: the middleware takes `status` of the first error for its answer, and errors of Octokit's requests have the
# status that GitHub's API answered with. A handler that asks for a file that is not there makes the webhook a 404, one
# without a right a 403, and one that asks with `if-none-match` a 304. The body has that request's message.
#
# Why it matters here: GitHub shows that status for the delivery, and there it reads as a wrong address or a wrong
# secret. A script that asks for failed deliveries again, and skips those that a client got wrong, skips what a handler
# failed at. Probot's middleware is this one. Zekt answers by itself: 202 once the event is stored, else 500.
# Source: the README speaks neither of a handler's error nor of its status.
#
# Output seen on 2026-11-29 (what the API answered: what the webhook answers):
#   304: 304
#   403: 403 {"error":"HttpError: from the API"}
#   404: 404 {"error":"HttpError: from the API"}
#   502: 502 {"error":"HttpError: from the API"}
#   an error without a status: 500 {"error":"Error: from the handler"}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @octokit/webhooks@14.2.0 @octokit/core@7.0.8
cat > run.mjs <<'JS'
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { Octokit } from "@octokit/core";
import { createNodeMiddleware, Webhooks } from "@octokit/webhooks";
const log = { debug() {}, info() {}, warn() {}, error() {} };
const listen = async (handle) => {
  const server = createServer(handle);
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return `http://127.0.0.1:${server.address().port}`;
};
let apiStatus;
const baseUrl = await listen((_, response) => {
  response.writeHead(apiStatus, { "content-type": "application/json" });
  response.end(apiStatus === 304 ? undefined : '{"message":"from the API"}');
});
const octokit = new Octokit({ baseUrl, log });
const secret = "a secret";
const webhooks = new Webhooks({ secret, log });
webhooks.on("push", async () => {
  if (apiStatus === null) throw new Error("from the handler");
  await octokit.request("GET /repos/{owner}/{repo}/readme", { owner: "o", repo: "r" });
});
const own = await listen(createNodeMiddleware(webhooks, { log }));
const body = '{"ref":"refs/heads/main"}';
const headers = {
  "content-type": "application/json",
  "x-github-event": "push",
  "x-github-delivery": "1",
  "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
};
const fromApi = '{"error":"HttpError: from the API"}';
const expected = [
  [304, "304"],
  [403, `403 ${fromApi}`],
  [404, `404 ${fromApi}`],
  [502, `502 ${fromApi}`],
  [null, '500 {"error":"Error: from the handler"}'],
];
let same = true;
for (const [status, known] of expected) {
  apiStatus = status;
  const answer = await fetch(`${own}/api/github/webhooks`, { method: "POST", headers, body });
  const seen = `${answer.status} ${await answer.text()}`.trim();
  console.log(`${status ?? "an error without a status"}: ${seen}`);
  same &&= seen === known;
}
process.exit(same ? 0 : 1);
JS
node run.mjs
