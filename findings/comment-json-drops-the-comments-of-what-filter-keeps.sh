#!/usr/bin/env bash
# comment-json 5.0.0: a list that was sorted or cut keeps its comments, and one that was filtered has none left.
#
# Guess written down first: each method that gives a list from a list takes the comments of its items along. The README
# says that comments are handled where an array is changed, and for that its arrays are of a class of their own.
#
# Behaviour: `splice`, `slice`, `shift`, `sort`, `reverse` and `concat` do. `filter` and `map` give the same class with
# no comment in it. Nothing is said, and what is around the list keeps its comments.
#
# Why it matters here: a list of settings is mostly cut by `filter`: an owner without the one that left. Each entry's
# reason stood in its comment, and the saved file has none. Find the places and `splice` them out, from the last on.
# Zekt has no JSON with comments.
# Source: "CommentArray" in the package's README.
#
# Output seen on 2026-11-29 (of three items with a comment each, without the first):
#   splice: // second 2 // third 3
#   slice: // second 2 // third 3
#   filter: 2 3
#   map of all: 1 2 3
#   sort of all, descending: // third 3 // second 2 // first 1
#   class of the filtered list: CommentArray
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error comment-json@5.0.0
cat > run.mjs <<'JS'
import * as commentJson from "comment-json";
const list = () => commentJson.parse("[\n  // first\n  1,\n  // second\n  2,\n  // third\n  3\n]");
const words = (value) => commentJson.stringify(value, null, 2).replace(/[[\],\s]+/g, " ").trim();
const cut = list();
cut.splice(0, 1);
const filtered = list().filter((item) => item > 1);
const seen = `splice: ${words(cut)}
slice: ${words(list().slice(1))}
filter: ${words(filtered)}
map of all: ${words(list().map((item) => item))}
sort of all, descending: ${words(list().sort((item, other) => other - item))}
class of the filtered list: ${filtered.constructor.name}`;
console.log(seen);
const expected = `splice: // second 2 // third 3
slice: // second 2 // third 3
filter: 2 3
map of all: 1 2 3
sort of all, descending: // third 3 // second 2 // first 1
class of the filtered list: CommentArray`;
process.exit(seen === expected ? 0 : 1);
JS
node run.mjs
