#!/usr/bin/env bash
# @actions/languageservice and @actions/workflow-parser 0.3.61: `on: repository_dispatch` is said to be wrong.
#
# Guess written down first: an event without filters may be written as a text, in a list, or as a key without a value,
# and all events are alike in that. The rules that GitHub publishes for its own editor say so, too.
#
# Behaviour: of `repository_dispatch` only the key is taken. The schema has a definition for it as a text, and the one
# text that this allows is "branch_protection_rule". One type as a text, where others may have it, is refused likewise.
#
# Why it matters here: it is the event by which Zekt starts workflows, and a check of files that trusts the package
# refuses those who listen to every type. The runner in `fake-github` mends the schema as it loads it.
# Source of the rule: "Using a single event" and "Using multiple events" in GitHub's workflow syntax.
#
# Output seen on 2026-11-29:
#   on: workflow_dispatch: taken
#   on: repository_dispatch: Unexpected value 'repository_dispatch'
#   on: [push, repository_dispatch]: Unexpected value 'repository_dispatch'
#   on: { repository_dispatch: }: taken
#   on: { repository_dispatch: { types: [built] } }: taken
#   on: { repository_dispatch: { types: built } }: Unexpected value 'built'
#   on: { release: { types: published } }: taken
#   text that the schema allows for repository_dispatch: branch_protection_rule
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @actions/languageservice@0.3.61 @actions/workflow-parser@0.3.61 esbuild@0.28.2
cat > run.mjs <<'JS'
import { validate } from "@actions/languageservice";
import { getWorkflowSchema } from "@actions/workflow-parser/workflows/workflow-schema";
import { TextDocument } from "vscode-languageserver-textdocument";
const refused = "Unexpected value 'repository_dispatch'";
const expected = [
  ["on: workflow_dispatch", "taken"],
  ["on: repository_dispatch", refused],
  ["on: [push, repository_dispatch]", refused],
  ["on: { repository_dispatch: }", "taken"],
  ["on: { repository_dispatch: { types: [built] } }", "taken"],
  ["on: { repository_dispatch: { types: built } }", "Unexpected value 'built'"],
  ["on: { release: { types: published } }", "taken"],
];
let same = true;
for (const [index, [on, known]] of expected.entries()) {
  const text = `${on}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo\n`;
  // An address is judged once, so each text has its own.
  const document = TextDocument.create(`file:///.github/workflows/${index}.yml`, "yaml", 1, text);
  const seen = (await validate(document)).map(({ message }) => message).join("; ") || "taken";
  console.log(`${on}: ${seen}`);
  same &&= seen === known;
}
const { constant } = getWorkflowSchema().definitions["repository-dispatch-string"];
console.log(`text that the schema allows for repository_dispatch: ${constant}`);
process.exit(same && constant === "branch_protection_rule" ? 0 : 1);
JS
# Its modules import JSON as bundlers let them.
npx esbuild run.mjs --bundle --platform=node --format=esm --outfile=bundle.mjs --log-level=error \
  --banner:js='import { createRequire } from "node:module"; const require = createRequire(import.meta.url);'
node bundle.mjs
