#!/usr/bin/env bash
# @secretlint/core 13.1.0: a rule of a preset stays on though the configuration says `disabled: true`.
#
# Guess written down first: `rules: [{ id, disabled: true }]` of a preset switches that rule off.
# The types take `disabled` there, and a rule that stands alone is off by it.
#
# Behaviour: the preset's context passes `disabled` on, and nothing reads it: only rules and
# presets at the top of the configuration are left out. There is no warning.
#
# Why it matters here: the recommended preset has a rule by which comments within a text
# switch the others off. Where texts come from anybody, it has to be left out. The preset's
# module exports its rules, so that all but one can be given one by one.
#
# Output seen on 2026-11-27:
#   alone, disabled: 0 found
#   in the preset, disabled: 1 found
#   the preset's other rules, one by one: 0 found
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @secretlint/core@13.1.0 @secretlint/secretlint-rule-preset-recommend@13.1.0
cat > run.mjs <<'JS'
import { lintSource } from "@secretlint/core";
import { creator, rules } from "@secretlint/secretlint-rule-preset-recommend";
const id = "@secretlint/secretlint-rule-basicauth";
const rule = rules.find(({ meta }) => meta.id === id);
const preset = "@secretlint/secretlint-rule-preset-recommend";
const source = { content: "https://user:pass-word@example.com/", filePath: "text.txt", contentType: "text" };
async function found(config) {
  const { messages } = await lintSource({ source, options: { config: { rules: config } } });
  return messages.length;
}
const others = rules.filter(({ meta }) => meta.id !== id).map((one) => ({ id: one.meta.id, rule: one }));
const alone = await found([{ id, rule, disabled: true }]);
const within = await found([{ id: preset, rule: creator, rules: [{ id, disabled: true }] }]);
const oneByOne = await found(others);
console.log(`alone, disabled: ${alone} found`);
console.log(`in the preset, disabled: ${within} found`);
console.log(`the preset's other rules, one by one: ${oneByOne} found`);
process.exit(alone === 0 && within === 1 && oneByOne === 0 ? 0 : 1);
JS
node run.mjs
