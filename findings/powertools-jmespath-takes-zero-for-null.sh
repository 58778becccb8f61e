#!/usr/bin/env bash
# @aws-lambda-powertools/jmespath 2.36.0: where the first value is 0, false or "", `not_null` returns null.
#
# Guess written down first: the package's functions are those of the specification: `not_null` returns the first
# argument that is not null.
#
# Behaviour: it finds that argument, and then takes 0, false and "" for nothing and returns null, not the next one. In
# the same package 0 is true, in filters and for `||`, as in the language. Two other implementations return the
# argument.
#
# Why it matters here: by such expressions an idempotency key is chosen from an event, as `not_null(attempt, run)`. The
# first attempt, 0, has no key then, and all the others have. Write `[attempt, run][?@ != null] | [0]`
# with null in backticks. Zekt's filters are CEL.
# Source of the rule: `not_null` in the specification of JMESPath, which aws-powertools/powertools-lambda-typescript
# issue 2206 takes as its aim.
#
# Output seen on 2026-11-29 (powertools; jmespath 0.16.0, @jmespath-community/jmespath 1.3.0):
#   not_null(none, id): 7; 7, 7
#   not_null(zero, id): null; 0, 0
#   not_null(no, id): null; false, false
#   not_null(empty, id): null; "", ""
#   zero || id: 0; 0, 0
#   [none, zero, id][?@ != `null`] | [0]: 0; 0, 0
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @aws-lambda-powertools/jmespath@2.36.0 jmespath@0.16.0 @jmespath-community/jmespath@1.3.0
cat > run.mjs <<'JS'
import { search as powertools } from "@aws-lambda-powertools/jmespath";
import { search as community } from "@jmespath-community/jmespath";
import jmespath from "jmespath";
const run = { zero: 0, no: false, empty: "", id: 7 };
const expected = [
  ["not_null(none, id)", "7; 7, 7"],
  ["not_null(zero, id)", "null; 0, 0"],
  ["not_null(no, id)", "null; false, false"],
  ["not_null(empty, id)", 'null; "", ""'],
  ["zero || id", "0; 0, 0"],
  ["[none, zero, id][?@ != `null`] | [0]", "0; 0, 0"],
];
let same = true;
for (const [expression, known] of expected) {
  const others = [jmespath.search(run, expression), community(run, expression)].map((value) => JSON.stringify(value));
  const seen = `${JSON.stringify(powertools(expression, run))}; ${others.join(", ")}`;
  console.log(`${expression}: ${seen}`);
  same &&= seen === known;
}
process.exit(same ? 0 : 1);
JS
node run.mjs
