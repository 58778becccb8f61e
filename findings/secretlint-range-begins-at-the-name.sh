#!/usr/bin/env bash
# @secretlint/secretlint-rule-preset-recommend 13.1.0: the range of an AWS secret key covers its name.
#
# Guess written down first: `range` of a message is where the credential stands, so that the
# text within it can be masked. Most rules report it so.
#
# Behaviour: the rule matches the name and the key, and reports a range that begins at the
# name and is as long as the key. How much of the key it covers depends on the name's length
# and on the white space between. `data.KEY` is the key itself.
#
# Why it matters here: who masks the ranges leaves the end of the key, or all of it. The
# place has to be searched for by `data.KEY`, from the range's beginning.
#
# Output seen on 2026-11-27:
#   range: AWS_SECRET_ACCESS_KEY=aB3/aB3/aB3/aB3/aB
#   key: aB3/aB3/aB3/aB3/aB3/aB3/aB3/aB3/aB3/aB3x
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @secretlint/core@13.1.0 @secretlint/secretlint-rule-preset-recommend@13.1.0
cat > run.mjs <<'JS'
import { lintSource } from "@secretlint/core";
import { creator } from "@secretlint/secretlint-rule-preset-recommend";
const rules = [{ id: "@secretlint/secretlint-rule-preset-recommend", rule: creator }];
// Made up.
const key = `${"aB3/".repeat(9)}aB3x`;
const content = `AWS_SECRET_ACCESS_KEY=${key}`;
const source = { content, filePath: "text.txt", contentType: "text" };
const { messages } = await lintSource({ source, options: { config: { rules } } });
const within = content.slice(...messages[0].range);
console.log(`range: ${within}`);
console.log(`key: ${messages[0].data.KEY}`);
process.exit(within === content.slice(0, key.length) && messages[0].data.KEY === key ? 0 : 1);
JS
node run.mjs
