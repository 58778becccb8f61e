#!/usr/bin/env bash
# @octokit/plugin-create-or-update-text-file 6.0.3: a file above 1 MB is read as an empty text, and what is added to it
# takes its place.
#
# Guess written down first: the plugin asks for large files in raw form, or refuses them as it refuses directories,
# links and binary files. Either way a function that adds a line to a file sees the file.
#
# Behaviour: GitHub sends no content above 1 MB, and `encoding: "none"`. The plugin decodes the empty text, says that
# the file exists, and calls the function with "". What that returns is written with the right `sha`, so GitHub takes
# it, and the rest of the file is gone. Size and encoding are in the answer; neither is read.
#
# Why it matters here: logs, changelogs and lists that a GitHub App keeps in a repository by adding lines grow past that
# size one day. The next line is then the whole file. Compare the `size` that the contents API gives, or write by a blob
# and a tree. Zekt writes no files into repositories, and refuses one that it reads without its content.
# Source of the rule: "Get repository content" in GitHub's REST API. gr2m/octokit-plugin-create-pull-request issue 139
# reports the same answer in a plugin that shows the encoding to the function.
#
# Output seen on 2026-11-29 (size by GitHub: what the function was given, what was written):
#   12: true "first line\n", "first line\nadded\n" over abc
#   1400000: true "", "added\n" over abc
#   a directory: refused
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @octokit/core@7.0.8 @octokit/plugin-create-or-update-text-file@6.0.3
cat > run.mjs <<'JS'
import { Octokit } from "@octokit/core";
import { createOrUpdateTextFile } from "@octokit/plugin-create-or-update-text-file";
const text = "first line\n";
const answers = {
  12: { type: "file", size: 12, sha: "abc", encoding: "base64", content: Buffer.from(text).toString("base64") },
  1400000: { type: "file", size: 1_400_000, sha: "abc", encoding: "none", content: "" },
  "a directory": [{ type: "file", size: 12, sha: "abc", name: "log" }],
};
async function add(answer) {
  let given;
  let written;
  const fetch = async (_, { method, body }) => {
    if (method === "PUT") written = JSON.parse(body);
    const json = JSON.stringify(method === "PUT" ? { commit: {} } : answer);
    return new Response(json, { headers: { "content-type": "application/json" } });
  };
  const octokit = new (Octokit.plugin(createOrUpdateTextFile))({ request: { fetch } });
  await octokit.createOrUpdateTextFile({
    owner: "o",
    repo: "r",
    path: "log",
    message: "Add a line",
    content({ exists, content }) {
      given = `${exists} ${JSON.stringify(content)}`;
      return `${content}added\n`;
    },
  });
  const content = Buffer.from(written.content, "base64").toString();
  return `${given}, ${JSON.stringify(content)} over ${written.sha}`;
}
const lines = [];
for (const [size, answer] of Object.entries(answers)) {
  lines.push(`${size}: ${await add(answer).catch(() => "refused")}`);
}
console.log(lines.join("\n"));
const expected = String.raw`12: true "first line\n", "first line\nadded\n" over abc
1400000: true "", "added\n" over abc
a directory: refused`;
process.exit(lines.join("\n") === expected ? 0 : 1);
JS
node run.mjs
