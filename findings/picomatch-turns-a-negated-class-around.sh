#!/usr/bin/env bash
# picomatch 4.0.7: `[!0]` is "0 or an exclamation mark", and the option that mends it is named for another thing.
#
# Guess written down first: picomatch and minimatch agree on `[!a]`: any one character but "a", as in each shell. The
# README promises all of Bash's globbing.
#
# Behaviour: the exclamation mark is one of the characters, so that the class holds what it was to leave out, and
# nothing else. `[^0]` is right. With `posix: true`, which the README has for names as [:digit:], `[!0]` is right too.
# minimatch and Node's own `path.matchesGlob` read it as shells do.
#
# Why it matters here: a filter of branches or tags as "v[!0]*", every release but the early ones, lets just the early
# ones through. A rule that is tried in a shell, or by Node, means its opposite in a tool on picomatch, of which there
# are many. Zekt matches branches by code of its own, after GitHub's page of patterns.
# Source: issue 187 of picomatch; a change is merged (196) and in no release yet.
#
# Output seen on 2026-11-29 (v0.1, v1.0, v2.0):
#   picomatch, v[!0]*: v0.1
#   picomatch, v[^0]*: v1.0 v2.0
#   picomatch with posix, v[!0]*: v1.0 v2.0
#   minimatch, v[!0]*: v1.0 v2.0
#   bash, v[!0]*: v1.0 v2.0
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error picomatch@4.0.7 minimatch@11.0.9
cat > run.mjs <<'JS'
import { execFileSync } from "node:child_process";
import { minimatch } from "minimatch";
import picomatch from "picomatch";
const tags = ["v0.1", "v1.0", "v2.0"];
const inBash = (tag) => execFileSync("bash", ["-c", `case ${tag} in v[!0]*) echo yes;; esac`]).length > 0;
const words = (isMatch) => tags.filter((tag) => isMatch(tag)).join(" ");
const seen = `picomatch, v[!0]*: ${words(picomatch("v[!0]*"))}
picomatch, v[^0]*: ${words(picomatch("v[^0]*"))}
picomatch with posix, v[!0]*: ${words(picomatch("v[!0]*", { posix: true }))}
minimatch, v[!0]*: ${words((tag) => minimatch(tag, "v[!0]*"))}
bash, v[!0]*: ${words(inBash)}`;
console.log(seen);
const expected = `picomatch, v[!0]*: v0.1
picomatch, v[^0]*: v1.0 v2.0
picomatch with posix, v[!0]*: v1.0 v2.0
minimatch, v[!0]*: v1.0 v2.0
bash, v[!0]*: v1.0 v2.0`;
process.exit(seen === expected ? 0 : 1);
JS
node run.mjs
