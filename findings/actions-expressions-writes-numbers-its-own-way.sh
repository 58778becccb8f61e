#!/usr/bin/env bash
# @actions/expressions 0.3.61: numbers become other text than in GitHub's runner.
#
# Guess written down first: a number turns to text as JSON writes it, in the package and in the runner alike. Where the
# runner rounds, the package rounds to as many digits.
#
# Behaviour: the runner writes fifteen significant digits, with an exponent from 1E+15 on and below 0.0001. The package
# rounds after the fifteenth digit behind the point. So it keeps all sixteen digits of a whole number, writes exponents
# as JavaScript does, and of numbers below 1E-15 it leaves nought.
#
# Why it matters here: a message may hold an id or a moment in microseconds as a number. On GitHub a step sees
# 1.76441280012346E+15, which has lost a digit, and a workflow that was tried by this package sees the whole number.
# Zekt announces such a message by `payloadRef`, and its fake GitHub writes numbers as GitHub does.
# Source of the rule: `NumberFormat` in `ExpressionConstants.cs` of actions/runner, which is "G15", and its uses in
# `EvaluationResult.cs` and `ToJson.cs` (read and not run); kjanat/actionlint issue 47 measured it on GitHub.
#
# Output seen on 2026-11-29 (number: text of the package; "G15" gives):
#   1764412800123456: 1764412800123456; 1.76441280012346E+15
#   1e21: 1e+21; 1E+21
#   12345678.123456789: 12345678.12345679; 12345678.1234568
#   0.00001: 0.00001; 1E-05
#   0.00000000000000012: 0; 1.2E-16
#   0.30000000000000004: 0.3; 0.3
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error @actions/expressions@0.3.61
cat > run.mjs <<'JS'
import { data, Evaluator, Lexer, Parser } from "@actions/expressions";
const textOf = (number) => {
  const { tokens } = new Lexer(`format('{0}', fromJSON('${number}'))`).lex();
  return new Evaluator(new Parser(tokens, [], []).parse(), new data.Dictionary()).evaluate().coerceString();
};
const expected = [
  ["1764412800123456", "1764412800123456", "1.76441280012346E+15"],
  ["1e21", "1e+21", "1E+21"],
  ["12345678.123456789", "12345678.12345679", "12345678.1234568"],
  ["0.00001", "0.00001", "1E-05"],
  ["0.00000000000000012", "0", "1.2E-16"],
  ["0.30000000000000004", "0.3", "0.3"],
];
let same = true;
for (const [number, known, runner] of expected) {
  const text = textOf(number);
  console.log(`${number}: ${text}; ${runner}`);
  same &&= text === known;
}
process.exit(same ? 0 : 1);
JS
node run.mjs
