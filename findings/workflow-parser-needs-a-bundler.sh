#!/usr/bin/env bash
# @actions/workflow-parser 0.3.61: Node cannot import the package as it is published.
#
# Guess written down first: `import { parseWorkflow } from "@actions/workflow-parser"` works
# in Node 20 and newer, since the package is published as ES modules with an export map.
#
# Behaviour: its modules import their schema as JSON without the import attribute
# `type: "json"`, which Node demands. The import fails; a bundler lets it pass.
#
# Why it matters here: GitHub's own parser is the reference for what a workflow file may
# hold. A server that runs unbundled has to bundle it or to add the attribute by a module
# hook, and a test that imports it directly fails for a reason that is not the test's.
#
# Output seen on 2026-11-27:
#   plain import: ERR_IMPORT_ATTRIBUTE_MISSING
#   bundled by esbuild 0.28.2: 0 errors, on: push
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @actions/workflow-parser@0.3.61 esbuild@0.28.2
cat > plain.mjs <<'JS'
// Node 20 names the error ASSERTION, newer ones ATTRIBUTE; it is the same refusal.
const code = await import("@actions/workflow-parser").then(() => "imported", (error) => error.code);
const name = /^ERR_IMPORT_(ASSERTION_TYPE|ATTRIBUTE)_MISSING$/.test(code) ? "ERR_IMPORT_ATTRIBUTE_MISSING" : code;
console.log(`plain import: ${name}`);
process.exit(name === "ERR_IMPORT_ATTRIBUTE_MISSING" ? 0 : 1);
JS
cat > bundled.mjs <<'JS'
import { NoOperationTraceWriter, parseWorkflow } from "@actions/workflow-parser";
const content = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo\n";
const { context } = parseWorkflow({ name: "a.yml", content }, new NoOperationTraceWriter());
const errors = context.errors.getErrors().length;
console.log(`bundled by esbuild 0.28.2: ${errors} errors, on: push`);
process.exit(errors === 0 ? 0 : 1);
JS
node plain.mjs
npx --no-install esbuild bundled.mjs --bundle --platform=node --format=esm --outfile=out.mjs --log-level=error \
  --banner:js='import { createRequire } from "node:module"; const require = createRequire(import.meta.url);'
node out.mjs
