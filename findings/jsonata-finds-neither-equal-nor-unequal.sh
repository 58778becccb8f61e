#!/usr/bin/env bash
# jsonata 2.2.2: what is absent is neither equal to a value nor unequal to it.
#
# Guess written down first: `!=` is the contrary of `=`. If `branch` is absent, `branch = "main"` is false, and so
# `branch != "main"` is true.
#
# Behaviour: both are false as soon as either side is absent, also where both are. `$not(branch = "main")` is true, and
# so differs from `branch != "main"`. `$not(branch)` is neither true nor false: it is absent itself.
#
# Why it matters here: rules that choose events are written like this, in AWS Step Functions by this very language. A
# rule "each branch but main" then leaves out each event that has no branch, and nothing says so. Zekt filters by CEL:
# what fails there for want of a field is counted apart, with its reason.
#
# Output seen on 2026-11-29 (expression: with {"branch":"next"}, with {}):
#   branch = "main": false, false
#   branch != "main": true, false
#   $not(branch = "main"): true, true
#   branch in ["main"]: false, false
#   branch != tag: false, false
#   branch = tag: false, false
#   $not(branch): false, absent
#   runs[branch != "main"].id: 2, absent
#   runs[$not(branch = "main")].id: [2,3], 3
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error jsonata@2.2.2
cat > run.mjs <<'JS'
import jsonata from "jsonata";
const runs = [{ id: 1, branch: "main" }, { id: 2, branch: "next" }, { id: 3 }];
const expected = [
  ['branch = "main"', "false, false"],
  ['branch != "main"', "true, false"],
  ['$not(branch = "main")', "true, true"],
  ['branch in ["main"]', "false, false"],
  ["branch != tag", "false, false"],
  ["branch = tag", "false, false"],
  ["$not(branch)", "false, absent"],
  ['runs[branch != "main"].id', "2, absent"],
  ['runs[$not(branch = "main")].id', "[2,3], 3"],
];
let same = true;
for (const [expression, known] of expected) {
  const rule = jsonata(expression);
  const results = [];
  for (const data of [{ branch: "next", runs }, { runs: [{ id: 3 }] }]) {
    const result = await rule.evaluate(data);
    results.push(result === undefined ? "absent" : JSON.stringify(result));
  }
  const seen = results.join(", ");
  console.log(`${expression}: ${seen}`);
  same &&= seen === known;
}
process.exit(same ? 0 : 1);
JS
node run.mjs
