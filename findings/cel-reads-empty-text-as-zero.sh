#!/usr/bin/env bash
# @bufbuild/cel 0.6.1: int(""), uint("") and double("") are 0, and double of any other word is NaN.
#
# Guess written down first: a text that is no number is an error. So a filter with such a
# conversion fails, and says why.
#
# Behaviour: the texts go to JavaScript's BigInt and Number. An empty text, and one of blanks,
# becomes 0; "0x10" becomes 16. double() of a word is NaN, which is neither below nor above
# any number. Only int() and uint() of a word give an error.
#
# Why it matters here: a subscription's filter may be `double(message.score) < 5.0`. A message whose
# score is an empty text would pass it, and one with "n/a" would be left out as if it had been judged,
# without the reason that an error leaves. Zekt looks at the text before it lets the package convert it.
# The language definition calls it a type conversion and says no more. Its implementation in Go
# gives an error for each of these texts (`common/types/string.go` in google/cel-go, read and not run).
#
# Output seen on 2026-11-28:
#   double("") < 5.0: true
#   double("n/a") < 5.0: false
#   double("n/a") >= 5.0: false
#   int("") == 0: true
#   int("   ") == 0: true
#   int("0x10") == 16: true
#   int("n/a") == 0: error
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error @bufbuild/cel@0.6.1
cat > run.mjs <<'JS'
import { isCelError, run } from "@bufbuild/cel";
const seen = [
  'double("") < 5.0', 'double("n/a") < 5.0', 'double("n/a") >= 5.0', 'int("") == 0', 'int("   ") == 0', 'int("0x10") == 16',
  'int("n/a") == 0',
].map((expression) => {
  const value = run(expression);
  return [expression, isCelError(value) ? "error" : String(value)];
});
for (const [expression, value] of seen) console.log(`${expression}: ${value}`);
process.exit(seen.map(([, value]) => value).join() === "true,false,false,true,true,true,error" ? 0 : 1);
JS
node run.mjs
