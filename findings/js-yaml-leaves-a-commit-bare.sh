#!/usr/bin/env bash
# js-yaml 5.5.0 with yaml 2.9.1: a short commit name such as 61e9540, written by one, is Infinity for the other.
#
# Guess written down first: what js-yaml writes yaml reads as the same value, and the reverse, since both are of
# YAML 1.2's core schema. A text that looks like a number gets quotes: js-yaml writes '12e03'.
#
# Behaviour: js-yaml takes what no double can hold for a text, and so writes it without quotes. The core schema says
# that digits, "e" and digits are a number, and yaml reads one. JSON then has null in its place. What yaml writes has
# quotes, and js-yaml reads it.
#
# Why it matters here: of names of seven digits, about one in a hundred is such. An action that writes the commit into
# a file of values, and another that reads it, pass on null, and only on some days. Written as JSON, which is YAML, the
# text has quotes. Zekt carries such values as JSON.
# Source: issue 737 of js-yaml and 657 of yaml ask that such texts stay texts; js-yaml reads them so by now.
#
# Output seen on 2026-11-29:
#   js-yaml writes: sha: 61e9540
#   js-yaml reads: "61e9540"
#   yaml reads: Infinity, in JSON {"sha":null}
#   yaml writes: sha: "61e9540"
#   js-yaml reads: "61e9540"
#   js-yaml writes of a number that a double holds: sha: '61e0040'
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error js-yaml@5.5.0 yaml@2.9.1
cat > run.mjs <<'JS'
import * as jsYaml from "js-yaml";
import * as yaml from "yaml";
const commit = { sha: "61e9540" };
const [bare, quoted] = [jsYaml.dump(commit).trim(), yaml.stringify(commit).trim()];
const read = yaml.parse(bare);
const seen = `js-yaml writes: ${bare}
js-yaml reads: ${JSON.stringify(jsYaml.load(bare).sha)}
yaml reads: ${read.sha}, in JSON ${JSON.stringify(read)}
yaml writes: ${quoted}
js-yaml reads: ${JSON.stringify(jsYaml.load(quoted).sha)}
js-yaml writes of a number that a double holds: ${jsYaml.dump({ sha: "61e0040" }).trim()}`;
console.log(seen);
const expected = `js-yaml writes: sha: 61e9540
js-yaml reads: "61e9540"
yaml reads: Infinity, in JSON {"sha":null}
yaml writes: sha: "61e9540"
js-yaml reads: "61e9540"
js-yaml writes of a number that a double holds: sha: '61e0040'`;
process.exit(seen === expected ? 0 : 1);
JS
node run.mjs
