#!/usr/bin/env bash
# @actions/expressions 0.3.61: `fromJSON` loses the key "constructor", and of two keys that differ in
# case it keeps the first one's value, where GitHub's runner keeps the last one's.
#
# Guess written down first: names are read without regard to case, so {"id":1,"ID":2} has one value
# by either name. As with JSON's own doubled keys, it is the last. Any other name is a key like
# another.
#
# Behaviour: the package's dictionary leaves a key out when its name in lower case is there already.
# It looks in an object that has JavaScript's own members, so that "constructor" counts as there from
# the beginning. Both ways the value is gone without a word, for `toJSON` too.
#
# Why it matters here: GitHub's editor services and stand-ins evaluate expressions with this package,
# and so does the runner in `fake-github`. A message such as {"constructor":"Ferrari"} is empty in a
# workflow there, and whole on GitHub. Its runner is written in C#, and its dictionary sets the value
# of a name that it has (`DictionaryContextData.cs` in actions/runner, read and not run), so that it
# gives {"id":2}. Keys that every evaluator is to keep differ in more than case.
#
# Output seen on 2026-11-28:
#   toJSON(fromJSON('{"constructor":1,"other":2}')): {"other":2}
#   fromJSON('{"constructor":1,"other":2}').constructor: empty
#   toJSON(fromJSON('{"id":1,"ID":2}')): {"id":1}
#   toJSON(fromJSON('{"id":1,"id":2}')): {"id":2}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error @actions/expressions@0.3.61
cat > run.mjs <<'JS'
import { data, Evaluator, Lexer, Parser } from "@actions/expressions";
const valueOf = (expression) => {
  const tree = new Parser(new Lexer(expression).lex().tokens, [], []).parse();
  return new Evaluator(tree, new data.Dictionary()).evaluate().coerceString().replaceAll(/\s/g, "");
};
const expected = [
  [`toJSON(fromJSON('{"constructor":1,"other":2}'))`, '{"other":2}'],
  [`fromJSON('{"constructor":1,"other":2}').constructor`, ""],
  [`toJSON(fromJSON('{"id":1,"ID":2}'))`, '{"id":1}'],
  [`toJSON(fromJSON('{"id":1,"id":2}'))`, '{"id":2}'],
];
const seen = expected.map(([expression]) => [expression, valueOf(expression)]);
for (const [expression, value] of seen) console.log(`${expression}: ${value || "empty"}`);
process.exit(JSON.stringify(seen) === JSON.stringify(expected) ? 0 : 1);
JS
node run.mjs
