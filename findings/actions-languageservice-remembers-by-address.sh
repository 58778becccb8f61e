#!/usr/bin/env bash
# @actions/languageservice 0.3.61: `validate` judges the first text that it saw under an address, whatever comes later.
#
# Guess written down first: `validate(document)` looks at the document that it is given. A document with another text,
# and another version, gets an answer of its own.
#
# Behaviour: what was read is kept by the document's `uri`, and nothing else of it is looked at. Once a text was judged,
# each later one under that address gets its answer, for as long as the process lives. `clearCacheEntry` of
# `utils/workflow-cache` would forget it; the README names it nowhere, and `validate` does not call it.
#
# Why it matters here: a service that looks at workflow files before it sends to them sees a file again after somebody
# mended it, or at another commit, under one path. It then goes on saying that the file is broken, or that it is sound.
# Put the commit or a hash of the text into the address.
#
# Output seen on 2026-11-29:
#   a.yml, version 1, on: push: no complaint
#   a.yml, version 2, on: pussh: no complaint
#   b.yml, version 1, on: pussh: Unexpected value 'pussh'
#   b.yml, version 2, on: push: Unexpected value 'pussh'
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @actions/languageservice@0.3.61 esbuild@0.28.2
cat > run.mjs <<'JS'
import { validate } from "@actions/languageservice";
import { TextDocument } from "vscode-languageserver-textdocument";
const steps = [
  ["a.yml", 1, "push", "no complaint"],
  ["a.yml", 2, "pussh", "no complaint"],
  ["b.yml", 1, "pussh", "Unexpected value 'pussh'"],
  ["b.yml", 2, "push", "Unexpected value 'pussh'"],
];
let same = true;
for (const [name, version, event, known] of steps) {
  const text = `on: ${event}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo\n`;
  const document = TextDocument.create(`file:///.github/workflows/${name}`, "yaml", version, text);
  const complaints = await validate(document);
  const seen = complaints.map(({ message }) => message).join("; ") || "no complaint";
  console.log(`${name}, version ${version}, on: ${event}: ${seen}`);
  same &&= seen === known;
}
process.exit(same ? 0 : 1);
JS
# Its modules import JSON as bundlers let them.
npx esbuild run.mjs --bundle --platform=node --format=esm --outfile=bundle.mjs --log-level=error \
  --banner:js='import { createRequire } from "node:module"; const require = createRequire(import.meta.url);'
node bundle.mjs
