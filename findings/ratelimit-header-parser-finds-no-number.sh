#!/usr/bin/env bash
# ratelimit-header-parser 0.1.0: of today's `RateLimit` header it makes an answer in which nothing is a number.
#
# Guess written down first: the header of the newer drafts, a list of policies with `r` and `t`, is read. Or it is not
# known and gives nothing, as an answer without such headers does.
#
# Behaviour: the header is taken for one of draft 7. The answer has all its fields: three are NaN, and the moment of the
# reset is no date. NaN is neither above nor below anything, so that `remaining === 0` and `remaining < 1` are false.
# Older headers beside it, which could be read, are left aside.
#
# Why it matters here: a client that waits where nothing remains never waits, and one that sleeps until the reset sleeps
# for NaN milliseconds, which is none. Each request is then answered 429.
# Source of the header: draft-ietf-httpapi-ratelimit-headers, version 8 and later, "RateLimit Field".
#
# Output seen on 2026-11-29 (limit, remaining, seconds to the reset):
#   draft 7: 100, 0, 30
#   since draft 8: NaN, NaN, NaN
#   since draft 8, with x-ratelimit-remaining: NaN, NaN, NaN
#   x-ratelimit-remaining alone: 100, 0, 30
#   no header: nothing
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error ratelimit-header-parser@0.1.0
cat > run.mjs <<'JS'
import { parseRateLimit } from "ratelimit-header-parser";
const today = { ratelimit: '"default";r=0;t=30', "ratelimit-policy": '"default";q=100;w=60' };
const older = { "x-ratelimit-limit": "100", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "30" };
const cases = [
  ["draft 7", { ratelimit: "limit=100, remaining=0, reset=30" }, "100, 0, 30"],
  ["since draft 8", today, "NaN, NaN, NaN"],
  ["since draft 8, with x-ratelimit-remaining", { ...today, ...older }, "NaN, NaN, NaN"],
  ["x-ratelimit-remaining alone", older, "100, 0, 30"],
  ["no header", { date: "now" }, "nothing"],
];
let same = true;
for (const [name, headers, known] of cases) {
  const found = parseRateLimit(headers);
  const seconds = found && Math.round((found.reset.getTime() - Date.now()) / 1000);
  const seen = found ? `${found.limit}, ${found.remaining}, ${seconds}` : "nothing";
  console.log(`${name}: ${seen}`);
  same &&= seen === known;
}
process.exit(same ? 0 : 1);
JS
node run.mjs
