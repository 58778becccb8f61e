#!/usr/bin/env bash
# cel-js 0.8.2: `true || …` fails where the rest does, although `false && …` does not, and 7 / 2 is 3.5.
#
# Guess written down first: it knows fewer functions than @bufbuild/cel 0.6.1, as its README lists. What it lists means
# the same: `||` is true as soon as one side is, the quotient of two ints is an int, and size counts code points.
#
# Behaviour: of `||` both sides are computed, and an error of the right one is the result. Of `&&` and `? :` the side
# that decides nothing is left alone. Ints are JavaScript's numbers, so that 7 / 2 == 3 is false, and size('😀') is 2.
# The README names "Logical Or" and "int" as supported, and of differences those in errors' types and messages alone.
#
# Why it matters here: `!has(message.pre) || message.pre == false` is how a filter lets through what lacks a field. A
# consumer who tries their filter by this package sees it fail for just these messages, and Zekt lets them pass. Try it
# where it will run: `POST /api/subscriptions/{subscriptionId}/try-filter`.
# Source of the rule: "Logical Operators" and "Numeric Values" in the CEL language definition.
#
# Output seen on 2026-11-29 (cel-js, then @bufbuild/cel):
#   has(m.pre) && m.pre == false: false, false
#   !has(m.pre) || m.pre == false: an error, true
#   !has(m.pre) ? true : m.pre == false: true, true
#   m.n == 7 || m.pre == false: an error, true
#   7 / 2 == 3: false, true
#   size('😀') == 1: false, true
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error cel-js@0.8.2 @bufbuild/cel@0.6.1
cat > run.mjs <<'JS'
import { run } from "@bufbuild/cel";
import { evaluate } from "cel-js";
const given = { m: { n: 7 } };
function resultOf(evaluateText, text) {
  try {
    const result = evaluateText(text, given);
    return typeof result === "boolean" ? String(result) : "an error";
  } catch {
    return "an error";
  }
}
let same = true;
for (const [text, expected] of [
  ["has(m.pre) && m.pre == false", "false, false"],
  ["!has(m.pre) || m.pre == false", "an error, true"],
  ["!has(m.pre) ? true : m.pre == false", "true, true"],
  ["m.n == 7 || m.pre == false", "an error, true"],
  ["7 / 2 == 3", "false, true"],
  ["size('😀') == 1", "false, true"],
]) {
  const seen = `${resultOf(evaluate, text)}, ${resultOf(run, text)}`;
  console.log(`${text}: ${seen}`);
  same &&= seen === expected;
}
process.exit(same ? 0 : 1);
JS
node run.mjs
