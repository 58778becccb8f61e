#!/usr/bin/env bash
# jmespath 0.16.0 and @jmespath-community/jmespath 1.3.0: `sort` of numbers puts 1001 before 998.
#
# Guess written down first: `sort` takes a list of numbers or a list of texts and puts numbers in the order of their
# value, as `sort_by`, `max` and the language's own examples do.
#
# Behaviour: both hand the list to JavaScript's sort without a comparison, which goes by the numbers' text. `sort_by`
# of the same numbers is right, and so is `max`. @aws-lambda-powertools/jmespath 2.35.0 sorts by value.
#
# Why it matters here: the last of the sorted run numbers is how a consumer's script takes the newest run from a list.
# It is right until the numbers get another digit, and from then on always the same old one. Use `max`, or `sort_by(@,
# &@)`. Zekt's own filters are CEL, which sorts nothing.
# Source of the rule: "sort" in the specification of JMESPath, and its examples of numbers.
#
# Output seen on 2026-11-29 (jmespath, community, powertools):
#   sort(runs): [1001,998,999], [1001,998,999], [998,999,1001]
#   sort(runs)[-1]: 999, 999, 1001
#   sort_by(runs, &@): [998,999,1001], [998,999,1001], [998,999,1001]
#   max(runs): 1001, 1001, 1001
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  jmespath@0.16.0 @jmespath-community/jmespath@1.3.0 @aws-lambda-powertools/jmespath@2.35.0
cat > run.mjs <<'JS'
import { search as powertools } from "@aws-lambda-powertools/jmespath";
import { search as community } from "@jmespath-community/jmespath";
import jmespath from "jmespath";
const data = { runs: [998, 1001, 999] };
const expected = [
  ["sort(runs)", "[1001,998,999], [1001,998,999], [998,999,1001]"],
  ["sort(runs)[-1]", "999, 999, 1001"],
  ["sort_by(runs, &@)", "[998,999,1001], [998,999,1001], [998,999,1001]"],
  ["max(runs)", "1001, 1001, 1001"],
];
let same = true;
for (const [expression, known] of expected) {
  const results = [jmespath.search(data, expression), community(data, expression), powertools(expression, data)];
  const seen = results.map((result) => JSON.stringify(result)).join(", ");
  console.log(`${expression}: ${seen}`);
  same &&= seen === known;
}
process.exit(same ? 0 : 1);
JS
node run.mjs
