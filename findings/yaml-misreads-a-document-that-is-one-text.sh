#!/usr/bin/env bash
# yaml 2.9.1: a document that is one text beginning with blanks is written right, and read wrongly or not at all.
#
# Guess written down first: what `stringify` writes `parse` reads as the same value, also where the document is one
# text, and js-yaml and yaml read it alike.
#
# Behaviour: such a text gets a number for its indentation, as in "|1-". YAML counts it from the level above, which for
# a whole document is -1, so that "|1-" means none, and both libraries write it so. yaml reads it as one column. Lines
# that stand at the margin are then an error, and of a first line of blanks one is lost without an error. Within a map
# or a list all is right, and js-yaml reads all of it.
#
# Why it matters here: a message, a diff or a part of a log that is kept as YAML by itself begins with blanks quite
# often: it is written without complaint and cannot be read, or has changed. In a map, as in {"text": …}, it is safe.
# Zekt keeps messages as JSON.
# Source: issue 692 of the package, open; issue 292 of js-yaml for the level; YAML 1.2.2, 8.1.1.1.
#
# Output seen on 2026-11-29:
#   yaml writes: |1-\n  fix: one\nnext\n
#   yaml reads: an error
#   js-yaml reads: "  fix: one\nnext"
#   js-yaml writes: |3-\n    fix: one\n  next\n
#   yaml reads: an error
#   yaml writes of " \n a": |1-\n \n a\n
#   yaml reads: "\na"
#   js-yaml reads: " \n a"
#   in a map: "  fix: one\nnext"
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error yaml@2.9.1 js-yaml@5.5.0
cat > run.mjs <<'JS'
import * as jsYaml from "js-yaml";
import * as yaml from "yaml";
const raw = (text) => JSON.stringify(text).slice(1, -1);
function read(parse, text) {
  try {
    return JSON.stringify(parse(text));
  } catch {
    return "an error";
  }
}
const text = "  fix: one\nnext";
const blank = " \n a";
const written = yaml.stringify(text);
const other = jsYaml.dump(text);
const seen = `yaml writes: ${raw(written)}
yaml reads: ${read(yaml.parse, written)}
js-yaml reads: ${read(jsYaml.load, written)}
js-yaml writes: ${raw(other)}
yaml reads: ${read(yaml.parse, other)}
yaml writes of " \\n a": ${raw(yaml.stringify(blank))}
yaml reads: ${read(yaml.parse, yaml.stringify(blank))}
js-yaml reads: ${read(jsYaml.load, yaml.stringify(blank))}
in a map: ${JSON.stringify(yaml.parse(yaml.stringify({ text })).text)}`;
console.log(seen);
const expected = String.raw`yaml writes: |1-\n  fix: one\nnext\n
yaml reads: an error
js-yaml reads: "  fix: one\nnext"
js-yaml writes: |3-\n    fix: one\n  next\n
yaml reads: an error
yaml writes of " \n a": |1-\n \n a\n
yaml reads: "\na"
js-yaml reads: " \n a"
in a map: "  fix: one\nnext"`;
process.exit(seen === expected ? 0 : 1);
JS
node run.mjs
