#!/usr/bin/env bash
# octokit-plugin-create-pull-request 6.0.1: where GitHub does not answer, a file is not deleted, and nothing fails.
#
# Guess written down first: `DELETE_FILE` deletes a file, and a file that is not there is passed over. If GitHub answers
# with an error, the call fails, as it does for a file that is to be written.
#
# Behaviour: before a deletion it asks whether the file is there, and takes every error for a no: a 403 or 429 of a
# limit, a 500, a connection that broke. The rest of the change is committed and the pull request opened, under the
# title that names the deletion. The same answer to the question about a file to be changed fails the call.
#
# Why it matters here: a bot that renames a workflow in many repositories deletes one file and writes another, and
# meets limits on the way. It gets a pull request with both workflows, and its log says that all went well. Put the
# plugins for retries and throttling below it, and read the files of the pull request before it is merged. Zekt opens
# no pull requests.
# Source of the rule: `DELETE_FILE` in the README: it deletes the file if it exists.
#
# Output seen on 2026-11-29 (answer about the old file: when it is deleted; when it is changed):
#   200: tree of new.yml, -old.yml; tree of new.yml, old.yml
#   404: tree of new.yml; tree of new.yml, old.yml
#   403: tree of new.yml; failed with 403
#   429: tree of new.yml; failed with 429
#   500: tree of new.yml; failed with 500
#   none: tree of new.yml; failed with 500
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  octokit-plugin-create-pull-request@6.0.1 @octokit/core@7.0.8
cat > run.mjs <<'JS'
import { Octokit } from "@octokit/core";
import { createPullRequest, DELETE_FILE } from "octokit-plugin-create-pull-request";
const answers = {
  "GET /repos/o/r": { permissions: { push: true }, default_branch: "main" },
  "GET /repos/o/r/commits": [{ sha: "1", commit: { tree: { sha: "2" } } }],
  "POST /repos/o/r/git/trees": { sha: "3" },
  "POST /repos/o/r/git/commits": { sha: "4" },
  "POST /graphql": { data: { repository: { ref: null } } },
  "POST /repos/o/r/git/refs": {},
  "POST /repos/o/r/pulls": { number: 1 },
};
async function opened(status, old) {
  let tree;
  async function fetch(url, { method, body }) {
    const { pathname } = new URL(url);
    if (pathname === "/repos/o/r/contents/old.yml") {
      if (status === "none") throw new TypeError("fetch failed");
      return new Response(method === "HEAD" ? null : "{}", { status, headers: { "content-type": "application/json" } });
    }
    if (pathname.endsWith("/trees")) tree = JSON.parse(body).tree;
    return Response.json(answers[`${method} ${pathname}`]);
  }
  const OctokitWithPlugin = Octokit.plugin(createPullRequest);
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const octokit = new OctokitWithPlugin({ log, request: { fetch } });
  const changes = { commit: "Rename old.yml", files: { "new.yml": "on: push", "old.yml": old } };
  try {
    await octokit.createPullRequest({ owner: "o", repo: "r", title: "Rename old.yml", body: "", head: "b", changes });
    return `tree of ${tree.map(({ sha, path }) => (sha === null ? `-${path}` : path)).join(", ")}`;
  } catch (error) {
    return `failed with ${error.status}`;
  }
}
const lines = [];
for (const status of [200, 404, 403, 429, 500, "none"]) {
  lines.push(`${status}: ${await opened(status, DELETE_FILE)}; ${await opened(status, () => "on: pull_request")}`);
}
console.log(lines.join("\n"));
const expected = `200: tree of new.yml, -old.yml; tree of new.yml, old.yml
404: tree of new.yml; tree of new.yml, old.yml
403: tree of new.yml; failed with 403
429: tree of new.yml; failed with 429
500: tree of new.yml; failed with 500
none: tree of new.yml; failed with 500`;
process.exit(lines.join("\n") === expected ? 0 : 1);
JS
node run.mjs
