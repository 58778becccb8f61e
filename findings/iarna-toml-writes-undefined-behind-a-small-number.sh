#!/usr/bin/env bash
# @iarna/toml 3.0.0: 0.0000001 is written as `1e-7.undefined`, which no reader of TOML takes.
#
# Guess written down first: what one library of TOML writes the others read as the same value, and it reads it itself.
#
# Behaviour: a number that JavaScript writes with an exponent and without a point has "undefined" behind a point of its
# own. Those are the numbers below a millionth of one digit that counts, as 2e-9. `1.5e-7` has a point and is right, and
# so is 1e21. There is no error at writing. Reading fails, in this package and in others.
#
# Why it matters here: a rate or a share in a file of settings is such a number, as "one delivery in ten million". The
# program that saves its settings works on, and does not start again. Zekt has no TOML; smol-toml writes what all read.
# Source: the package's issue 47 tells of it in 2.2.5, where it was `1e-11.0`; pull request 62 is open.
#
# Output seen on 2026-11-29:
#   written: share = 1e-7.undefined
#   @iarna/toml reads: fails
#   smol-toml reads: fails
#   written of 1.5e-7: share = 1.5e-7
#   smol-toml writes: share = 1e-7
#   @iarna/toml reads: 1e-7
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error @iarna/toml@3.0.0 smol-toml@1.9.1
cat > run.mjs <<'JS'
import iarna from "@iarna/toml";
import * as smol from "smol-toml";
function read(library, text) {
  try {
    return library.parse(text).share;
  } catch {
    return "fails";
  }
}
const written = iarna.stringify({ share: 1e-7 }).trim();
const other = smol.stringify({ share: 1e-7 }).trim();
const seen = `written: ${written}
@iarna/toml reads: ${read(iarna, written)}
smol-toml reads: ${read(smol, written)}
written of 1.5e-7: ${iarna.stringify({ share: 1.5e-7 }).trim()}
smol-toml writes: ${other}
@iarna/toml reads: ${read(iarna, other)}`;
console.log(seen);
const expected = `written: share = 1e-7.undefined
@iarna/toml reads: fails
smol-toml reads: fails
written of 1.5e-7: share = 1.5e-7
smol-toml writes: share = 1e-7
@iarna/toml reads: 1e-7`;
process.exit(seen === expected ? 0 : 1);
JS
node run.mjs
