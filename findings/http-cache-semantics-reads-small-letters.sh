#!/usr/bin/env bash
# http-cache-semantics 4.3.0: a directive of `cache-control` with a capital letter counts as absent.
#
# Guess written down first: the names of directives are read without regard to case, like those of headers. "Max-Age=60"
# is sixty seconds.
#
# Behaviour: names are kept as they are written, and looked up in small letters. By "Max-Age=60" nothing is fresh. By
# "Max-Age=0" an answer is fresh for as long as `Expires` says, which `max-age` overrides.
#
# Why it matters here: a client saves requests by it, such as those for signing keys, whose issuers write what they
# like. With capitals each use is a request, or an answer is used for too long. Turn the header to small letters first;
# no value that has to be read differs by case.
# Source of the rule: RFC 9111, section 5.2: directives are compared case-insensitively; section 5.3: `max-age` comes
# before `Expires`.
#
# Output seen on 2026-11-29 (seconds fresh):
#   max-age=60: 60
#   Max-Age=60: 0
#   max-age=0, with Expires: 0
#   Max-Age=0, with Expires: 60
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error http-cache-semantics@4.3.0
cat > run.mjs <<'JS'
import CachePolicy from "http-cache-semantics";
const now = new Date();
const inAMinute = new Date(now.getTime() + 60_000).toUTCString();
const cases = [
  ["max-age=60", {}, 60],
  ["Max-Age=60", {}, 0],
  ["max-age=0", { expires: inAMinute }, 0],
  ["Max-Age=0", { expires: inAMinute }, 60],
];
let same = true;
for (const [control, more, known] of cases) {
  const headers = { date: now.toUTCString(), "cache-control": control, ...more };
  const request = { method: "GET", url: "/jwks", headers: {} };
  const policy = new CachePolicy(request, { status: 200, headers }, { shared: false });
  const seen = policy.maxAge();
  console.log(`${control}${more.expires ? ", with Expires" : ""}: ${seen}`);
  same &&= seen === known;
}
process.exit(same ? 0 : 1);
JS
node run.mjs
