#!/usr/bin/env bash
# @secretlint/core 13.1.0: each linted text leaves entries in the process's performance timeline.
#
# Guess written down first: linting a text leaves nothing behind once its result is there.
# Measuring is for who asks for it.
#
# Behaviour: the profiler is on by default and sets a mark and a measure for the call, each
# rule and each of their parts. They stay in the timeline, which has no bound: 62 entries a
# text with the recommended rules. performance.clearMarks() and clearMeasures() remove them.
#
# Why it matters here: the command line lints once and ends. A server that judges each
# message keeps 62 entries a message until it runs out of memory, and so has to turn the
# profiler off (@secretlint/profiler, a package of its own) or clear the timeline.
#
# Output seen on 2026-11-27:
#   100 texts: 6200 entries
#   after clearing: 0 entries
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @secretlint/core@13.1.0 @secretlint/secretlint-rule-preset-recommend@13.1.0
cat > run.mjs <<'JS'
import { lintSource } from "@secretlint/core";
import { creator } from "@secretlint/secretlint-rule-preset-recommend";
const id = "@secretlint/secretlint-rule-preset-recommend";
const options = { config: { rules: [{ id, rule: creator, options: {} }] } };
const source = { content: "hello", filePath: "message.json", ext: ".json", contentType: "text" };
for (let text = 0; text < 100; text += 1) await lintSource({ source, options });
const kept = performance.getEntries().length;
performance.clearMarks();
performance.clearMeasures();
const left = performance.getEntries().length;
console.log(`100 texts: ${kept} entries`);
console.log(`after clearing: ${left} entries`);
process.exit(kept === 6200 && left === 0 ? 0 : 1);
JS
node run.mjs
