#!/usr/bin/env bash
# @bufbuild/cel 0.6.1: a key whose value is null counts as absent.
#
# Guess written down first: `'a' in {'a': null}` is true, since the map has the key, and
# has({'a': null}.a) is true for the same reason. CEL tells a null value from no key.
#
# Behaviour: both are false, for a map of the expression, a Map and an object. The map's
# size counts the key all the same, and reading it gives null.
#
# Why it matters here: subscriptions filter JSON messages, where null is a usual value. A
# filter that asks whether a field was sent answers no where it was sent as null. To tell
# the two apart, compare the size, or have senders leave the field out.
# Source of the rule: "Field Selection" and "Macros" in the CEL language definition.
#
# Output seen on 2026-11-27:
#   'a' in {'a': null}: false
#   has({'a': null}.a): false
#   size({'a': null}): 1
#   {'a': null}.a == null: true
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error @bufbuild/cel@0.6.1
cat > run.mjs <<'JS'
import { run } from "@bufbuild/cel";
const seen = ["'a' in {'a': null}", "has({'a': null}.a)", "size({'a': null})", "{'a': null}.a == null"].map(
  (expression) => [expression, String(run(expression))],
);
for (const [expression, value] of seen) console.log(`${expression}: ${value}`);
process.exit(seen.map(([, value]) => value).join() === "false,false,1,true" ? 0 : 1);
JS
node run.mjs
