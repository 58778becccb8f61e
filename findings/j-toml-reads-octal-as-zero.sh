#!/usr/bin/env bash
# @ltd/j-toml 1.38.0: where whole numbers are to be numbers, `0o755` and `0b11` are 0.
#
# Guess written down first: readers of TOML agree on the examples of TOML's own page, with bases 2, 8 and 16. The
# option `bigint: false` changes the type of a whole number, and not its value.
#
# Behaviour: with `bigint: false` a number in base 8 or 2 is 0, without an error, and one in base 16 is right. The same
# holds for a limit, as `bigint: Number.MAX_SAFE_INTEGER`: "0o755" is 0. As a BigInt, the default, all are right.
#
# Why it matters here: a BigInt goes into no JSON, so that whoever passes settings on asks for numbers. Modes of files
# are what base 8 is for in TOML: `0o755` gives a file that nobody may open. Zekt has no TOML; five other readers agree
# on 493.
# Source: "Integer" in TOML 1.0.0, and `options.bigint` in the package's README.
#
# Output seen on 2026-11-29 (0o755, 0b11, 0xff):
#   @ltd/j-toml, BigInt: 493 3 255
#   @ltd/j-toml, bigint: false: 0 0 255
#   @ltd/j-toml, up to the greatest safe number: 0 0 255
#   smol-toml: 493 3 255
#   js-toml: 493 3 255
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @ltd/j-toml@1.38.0 smol-toml@1.9.1 js-toml@2.0.1
cat > run.mjs <<'JS'
import ltd from "@ltd/j-toml";
import { load } from "js-toml";
import * as smol from "smol-toml";
const text = "mode = 0o755\nmask = 0b11\nsize = 0xff\n";
const words = ({ mode, mask, size }) => `${mode} ${mask} ${size}`;
const seen = `@ltd/j-toml, BigInt: ${words(ltd.parse(text))}
@ltd/j-toml, bigint: false: ${words(ltd.parse(text, { bigint: false }))}
@ltd/j-toml, up to the greatest safe number: ${words(ltd.parse(text, { bigint: Number.MAX_SAFE_INTEGER }))}
smol-toml: ${words(smol.parse(text))}
js-toml: ${words(load(text))}`;
console.log(seen);
const expected = `@ltd/j-toml, BigInt: 493 3 255
@ltd/j-toml, bigint: false: 0 0 255
@ltd/j-toml, up to the greatest safe number: 0 0 255
smol-toml: 493 3 255
js-toml: 493 3 255`;
process.exit(seen === expected ? 0 : 1);
JS
node run.mjs
