#!/usr/bin/env bash
# @probot/adapter-github-actions 4.0.3 (on probot 13.4.7): a handler that throws leaves the job green.
#
# Guess written down first: `run(app)` rejects, or sets exit code 1, if a handler of the App throws. The
# README catches its rejection to call `process.exit(1)`. Requests go to the address in GITHUB_API_URL.
#
# Behaviour: the error is written as an annotation, `run` resolves, and the process ends with 0. Without a
# token it ends the same way. Requests go to api.github.com whatever GITHUB_API_URL says.
#
# Why it matters here: this is Probot's own way to run an App's handlers as a step, the alternative to an
# App with a server. A step that failed to hand on an event shows as passed, and `if: failure()` never runs.
# On GitHub Enterprise Server it asks the wrong host. Zekt's companion actions fail by `setFailed`.
#
# Output seen on 2026-11-29:
#   handler throws: run resolved, exit code 0, annotated: true
#   no token: run resolved, exit code 0
#   GITHUB_API_URL is https://ghes.example.test/api/v3: asked https://api.github.com
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @probot/adapter-github-actions@4.0.3 probot@13.4.7
echo '{"repository":{"name":"r","owner":{"login":"o"}}}' > event.json
cat > step.mjs <<'JS'
import { writeFileSync } from "node:fs";
import { run } from "@probot/adapter-github-actions";
globalThis.fetch = async (url) => {
  writeFileSync("asked", new URL(url).origin);
  return new Response("{}", { headers: { "content-type": "application/json" } });
};
await run((app) => {
  app.on("push", async ({ octokit }) => {
    await octokit.request("GET /meta").catch(() => {});
    throw new Error("not handed on");
  });
}).then(() => writeFileSync("outcome", "resolved"), () => process.exit(1));
JS
cat > run.mjs <<'JS'
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
const github = {
  GITHUB_API_URL: "https://ghes.example.test/api/v3", GITHUB_EVENT_NAME: "push", GITHUB_EVENT_PATH: "event.json",
  GITHUB_REPOSITORY: "o/r", GITHUB_RUN_ID: "1",
};
function step(env) {
  const { status, stdout } = spawnSync(process.execPath, ["step.mjs"], {
    env: { PATH: process.env.PATH, ...github, ...env }, encoding: "utf8",
  });
  return { status, annotated: stdout.includes("::error::not handed on"), outcome: readFileSync("outcome", "utf8") };
}
const thrown = step({ GITHUB_TOKEN: "ghs_example" });
console.log(`handler throws: run ${thrown.outcome}, exit code ${thrown.status}, annotated: ${thrown.annotated}`);
const bare = step({});
console.log(`no token: run ${bare.outcome}, exit code ${bare.status}`);
const asked = readFileSync("asked", "utf8");
console.log(`GITHUB_API_URL is ${github.GITHUB_API_URL}: asked ${asked}`);
const green = thrown.annotated && [thrown, bare].every(({ status, outcome }) => status === 0 && outcome === "resolved");
process.exit(green && asked === "https://api.github.com" ? 0 : 1);
JS
node run.mjs
