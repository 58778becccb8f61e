#!/usr/bin/env bash
# jwks-rsa 4.1.0: each key of a set costs a request for the whole set, and a limit refuses keys that were fetched.
#
# Guess written down first: the fetched set is what is cached. A second key that was in it needs no request, and
# `jwksRequestsPerMinute` counts requests for keys that the set does not have.
#
# Behaviour: the cache holds single keys by id. The first token of each key fetches the set, throws the other keys away,
# and counts as a request. With `rateLimit` the next key is refused, though it came twice in the last second. An address
# that is down fails the same, though all keys were in its last answer.
#
# Why it matters here: GitHub's set for the tokens of Actions has several keys, and tokens of more than one come in. A
# limit below the size of the set refuses valid tokens after a start, and every ten minutes anew. Set it above the
# number of keys, or give the set by `getKeysInterceptor`. Zekt keeps the whole set, for twelve hours if it has to.
# Source of the rule: EXAMPLES.md. A key "will be cached" by its id, `cacheMaxAge` is for "a cached JWKS", and the limit
# is against many random ids.
#
# Output seen on 2026-11-29 (a set of three keys, two requests a minute):
#   key 1: found; requests 1
#   key 1: found; requests 1
#   key 2: found; requests 2
#   key 3: JwksRateLimitError; requests 2
#   without a limit, key 1: found; then the address is down, key 2: JwksError
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error jwks-rsa@4.1.0
cat > run.mjs <<'JS'
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import jwksRsa from "jwks-rsa";
const keys = ["1", "2", "3"].map((kid) => {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { ...publicKey.export({ format: "jwk" }), kid, alg: "ES256", use: "sig" };
});
let requests = 0;
let isUp = true;
const server = createServer((_, response) => {
  requests += 1;
  response.writeHead(isUp ? 200 : 503, { "content-type": "application/json" });
  response.end(JSON.stringify(isUp ? { keys } : {}));
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const jwksUri = `http://127.0.0.1:${server.address().port}/`;
const verdict = (client, kid) => client.getSigningKey(kid).then(() => "found", ({ name }) => name);
const limited = jwksRsa({ jwksUri, cache: true, rateLimit: true, jwksRequestsPerMinute: 2 });
const lines = [];
for (const kid of ["1", "1", "2", "3"]) {
  lines.push(`key ${kid}: ${await verdict(limited, kid)}; requests ${requests}`);
}
const free = jwksRsa({ jwksUri, cache: true });
const first = await verdict(free, "1");
isUp = false;
const second = await verdict(free, "2");
lines.push(`without a limit, key 1: ${first}; then the address is down, key 2: ${second}`);
server.close();
console.log(lines.join("\n"));
const expected = `key 1: found; requests 1
key 1: found; requests 1
key 2: found; requests 2
key 3: JwksRateLimitError; requests 2
without a limit, key 1: found; then the address is down, key 2: JwksError`;
process.exit(lines.join("\n") === expected ? 0 : 1);
JS
node run.mjs
