#!/usr/bin/env bash
# jsonc-parser 3.3.1: take 2 from the list [1,2], and it is [12].
#
# Guess written down first: `modify` with the value undefined removes the item at the path, and one comma, whatever the
# layout of the list. Comments and the rest stay as they are.
#
# Behaviour: to remove the last item it cuts from the end of the item before to two characters before the end of the
# list. That is right where a line break or a space stands before the bracket. In a list on one line the comma goes, the
# item's last character stays, and joins the item before. Numbers make another number, and the text is valid. Others
# leave a quotation mark or a brace. Members of objects are removed well, and so are other items. Formatting does not
# change it, as it comes after.
#
# Why it matters here: this package edits configuration in repositories, since it keeps comments: a list of allowed
# installation ids, retries or ports is written on one line. The bot's commit has a valid file, with an id that nobody
# wrote. Set the whole list instead, or read the result before the commit. Zekt edits no JSON of others.
# Source of the rule: `modify` in the README: undefined removes the property or item. microsoft/node-jsonc-parser issue
# 108 has it; the correction is in 4.0.0-next.2, and the last release is this one, of 2024.
#
# Output seen on 2026-11-29 (the text, without its last item):
#   [1,2]: [12], read as [12]
#   [10, 20, 30]: [10, 200], read as [10,200]
#   ["a","b"]: ["a""], no JSON
#   [{"id":1},{"id":2}]: [{"id":1}}], no JSON
#   [ 1, 2 ]: [ 1 ], read as [1]
#   [1,2,]: [1,], read as [1]
#   {"a":1,"b":2}: {"a":1}, read as {"a":1}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error jsonc-parser@3.3.1
cat > run.mjs <<'JS'
import { applyEdits, modify, parse } from "jsonc-parser";
const expected = [
  ["[1,2]", 1, "[12], read as [12]"],
  ["[10, 20, 30]", 2, "[10, 200], read as [10,200]"],
  ['["a","b"]', 1, '["a""], no JSON'],
  ['[{"id":1},{"id":2}]', 1, '[{"id":1}}], no JSON'],
  ["[ 1, 2 ]", 1, "[ 1 ], read as [1]"],
  ["[1,2,]", 1, "[1,], read as [1]"],
  ['{"a":1,"b":2}', "b", '{"a":1}, read as {"a":1}'],
];
let same = true;
for (const [text, last, known] of expected) {
  const edited = applyEdits(text, modify(text, [last], undefined, {}));
  const errors = [];
  const value = parse(edited, errors, { allowTrailingComma: true });
  const seen = `${edited}, ${errors.length > 0 ? "no JSON" : `read as ${JSON.stringify(value)}`}`;
  console.log(`${text}: ${seen}`);
  same &&= seen === known;
}
process.exit(same ? 0 : 1);
JS
node run.mjs
