#!/usr/bin/env bash
# cache-manager 7.2.9 with keyv 6.1.0: `wrap` calls its function each time, though it stores what comes back.
#
# Guess written down first: `wrap` calls the function once within the time to live, with any store that it takes.
#
# Behaviour: it reads a store by `get(key, { raw: true })`, which keyv 5 knows. Keyv 6 has `getRaw` instead, ignores the
# second argument and gives the bare value. So `wrap` takes what is there for absent, calls the function and writes its
# result, each time. `get`, `set`, `mget` and `del` work, and nothing is reported.
#
# Why it matters here: the README has `import { Keyv } from "keyv"` and no version, and `npm install keyv` brings 6. A
# cache before GitHub's API never answers: every call goes out, and the limit is used up. Let a test count
# the calls, and pin keyv to 5. Zekt's caches are made by lru-cache.
# Source of the rule: "wrap" in the README of cache-manager. Its own dependency is keyv ^5.6.0, for a store by default.
#
# Output seen on 2026-11-29 (calls of the function for three calls of `wrap`; `get` afterwards):
#   keyv 5.6.0: 1; answer 1
#   keyv 6.1.0: 3; answer 3
#   no store given: 1; answer 1
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  cache-manager@7.2.9 keyv@6.1.0 keyv5@npm:keyv@5.6.0
cat > run.mjs <<'JS'
import { createCache } from "cache-manager";
import { Keyv } from "keyv";
import { Keyv as Keyv5 } from "keyv5";
const stores = { "keyv 5.6.0": [new Keyv5()], "keyv 6.1.0": [new Keyv()], "no store given": undefined };
const lines = [];
for (const [name, given] of Object.entries(stores)) {
  const cache = createCache({ ttl: 3_600_000, ...(given && { stores: given }) });
  let calls = 0;
  for (let time = 0; time < 3; time += 1) await cache.wrap("key", () => `answer ${(calls += 1)}`);
  lines.push(`${name}: ${calls}; ${await cache.get("key")}`);
}
console.log(lines.join("\n"));
const expected = `keyv 5.6.0: 1; answer 1
keyv 6.1.0: 3; answer 3
no store given: 1; answer 1`;
process.exit(lines.join("\n") === expected ? 0 : 1);
JS
node run.mjs
