#!/usr/bin/env bash
# @actions/expressions 0.3.61: of the doubled quotes in a text only the first is read as one quote.
#
# Guess written down first: `''` within a text stands for one quote, wherever it is, as GitHub's
# documentation of literals says.
#
# Behaviour: the first pair becomes one quote. Each later pair stays two. The expression is valid,
# and there is no error.
#
# Why it matters here: what writes a value into an expression doubles its quotes, and consumers
# compare messages with such texts. An editor or a stand-in that evaluates with this package says
# false where GitHub says true, but only for a text with two quotes or more. The runner in
# `fake-github` reads the texts of its tokens anew for that.
# Source of the rule: "Literals" in "Evaluate expressions in workflows and actions", GitHub Docs.
#
# Output seen on 2026-11-28:
#   'it''s': it's
#   'it''s five o''clock': it's five o''clock
#   '''quoted''': 'quoted''
#   fromJSON('"it\u0027s five o\u0027clock"') == 'it''s five o''clock': false
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error @actions/expressions@0.3.61
cat > run.mjs <<'JS'
import { data, Evaluator, Lexer, Parser } from "@actions/expressions";
const valueOf = (expression) => {
  const tree = new Parser(new Lexer(expression).lex().tokens, [], []).parse();
  return new Evaluator(tree, new data.Dictionary()).evaluate().coerceString();
};
const expected = [
  ["'it''s'", "it's"],
  ["'it''s five o''clock'", "it's five o''clock"],
  ["'''quoted'''", "'quoted''"],
  [String.raw`fromJSON('"it\u0027s five o\u0027clock"') == 'it''s five o''clock'`, "false"],
];
const seen = expected.map(([expression]) => [expression, valueOf(expression)]);
for (const [expression, value] of seen) console.log(`${expression}: ${value}`);
process.exit(JSON.stringify(seen) === JSON.stringify(expected) ? 0 : 1);
JS
node run.mjs
