#!/usr/bin/env bash
# jose 6.2.18: keys of a remote set are not used past `cacheMaxAge` while its address is down.
#
# Guess written down first: when the set cannot be fetched anew, a token whose key id is
# among the keys fetched before is still verified with that key.
#
# Behaviour: after `cacheMaxAge` (ten minutes by default) each verification fetches first,
# and where that fails the verification fails, though the set still holds the key
# (`jwks.jwks()` lists it).
#
# Why it matters here: if GitHub's keys cannot be fetched for more than ten minutes, every
# workflow step of every tenant is refused. A service that must go on has to keep the last
# set and fall back on it, and to say so.
#
# Output seen on 2026-11-27:
#   fresh: verified
#   past cacheMaxAge, address answers 503: refused, keys still listed: 1
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error jose@6.2.18
cat > run.mjs <<'JS'
import { createServer } from "node:http";
import { createRemoteJWKSet, exportJWK, generateKeyPair, jwtVerify, SignJWT } from "jose";
const { publicKey, privateKey } = await generateKeyPair("RS256");
const key = { ...(await exportJWK(publicKey)), kid: "k1", alg: "RS256", use: "sig" };
let up = true;
const server = createServer((_, response) => {
  if (!up) return response.writeHead(503).end();
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ keys: [key] }));
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const address = new URL(`http://127.0.0.1:${server.address().port}/`);
const keys = createRemoteJWKSet(address, { cacheMaxAge: 500, cooldownDuration: 100 });
const token = await new SignJWT({})
  .setProtectedHeader({ alg: "RS256", kid: "k1" })
  .setExpirationTime("1h")
  .sign(privateKey);
const verdict = () => jwtVerify(token, keys).then(() => "verified", () => "refused");
const fresh = await verdict();
up = false;
await new Promise((done) => setTimeout(done, 700));
const later = await verdict();
const listed = keys.jwks()?.keys.length;
server.close();
console.log(`fresh: ${fresh}`);
console.log(`past cacheMaxAge, address answers 503: ${later}, keys still listed: ${listed}`);
if (fresh !== "verified" || later !== "refused" || listed !== 1) process.exit(1);
JS
node run.mjs
