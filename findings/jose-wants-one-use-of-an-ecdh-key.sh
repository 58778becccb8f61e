#!/usr/bin/env bash
# jose 6.2.18: of the two uses that RFC 7517 has for key agreement, `key_ops` may name one, and in
# the private key alone.
#
# Guess written down first: ECDH-ES+A256KW takes an EC key whose `key_ops` names "deriveKey", since
# deriving a key is what the algorithm does with it. It takes "deriveBits" too. Both halves of a pair
# may say the same.
#
# Behaviour: jose derives bits by Web Crypto and asks for just that. A private key with "deriveKey"
# alone decrypts nothing: a TypeError, which is none of jose's own errors and has no code. A public
# key with any use at all is refused with a SyntaxError of Web Crypto, "deriveBits" included. With
# [], as Web Crypto exports it, or without `key_ops`, it is taken.
#
# Why it matters here: people make the pairs that messages are encrypted to with what they have. Web
# Crypto writes "deriveKey" where it was asked for it. José (Debian's jose 11-2) writes "wrapKey"
# into both halves. The key is good, and only the member beside it is in the way. Zekt keeps `kty`,
# `crv`, `x` and `y` of a public key and drops the rest. Anyone who gives jose a private key has to drop
# `key_ops` first as well, and must not take a failure for a message that was altered.
# Source of the rule: section 4.3 of RFC 7517.
#
# Output seen on 2026-11-28:
#   encrypt to a public key: none encrypted, [] encrypted, deriveKey SyntaxError, deriveBits SyntaxError, wrapKey SyntaxError
#   decrypt by a private key: none decrypted, deriveKey TypeError, deriveBits decrypted, deriveKey+deriveBits decrypted, unwrapKey TypeError
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error jose@6.2.18
cat > run.mjs <<'JS'
import { webcrypto } from "node:crypto";
import { FlattenedEncrypt, flattenedDecrypt } from "jose";
const { privateKey } = await webcrypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveKey"]);
const { kty, crv, x, y, d, key_ops: exported } = await webcrypto.subtle.exportKey("jwk", privateKey);
if (exported.join() !== "deriveKey") process.exit(1);
const used = (jwk, uses) => (uses === undefined ? jwk : { ...jwk, key_ops: uses });
const encrypt = (uses) =>
  new FlattenedEncrypt(new TextEncoder().encode("{}"))
    .setProtectedHeader({ alg: "ECDH-ES+A256KW", enc: "A256GCM" })
    .encrypt(used({ kty, crv, x, y }, uses));
const jwe = await encrypt();
const decrypt = (uses) => flattenedDecrypt(jwe, used({ kty, crv, x, y, d }, uses));
const tried = async (list, act, done) => {
  const seen = [];
  for (const uses of list) {
    const name = uses === undefined ? "none" : uses.join("+") || "[]";
    seen.push(`${name} ${await act(uses).then(() => done, (error) => error.name)}`);
  }
  return seen.join(", ");
};
const to = await tried([undefined, [], ["deriveKey"], ["deriveBits"], ["wrapKey"]], encrypt, "encrypted");
const by = await tried(
  [undefined, ["deriveKey"], ["deriveBits"], ["deriveKey", "deriveBits"], ["unwrapKey"]],
  decrypt,
  "decrypted",
);
console.log(`encrypt to a public key: ${to}`);
console.log(`decrypt by a private key: ${by}`);
const expected = [
  "none encrypted, [] encrypted, deriveKey SyntaxError, deriveBits SyntaxError, wrapKey SyntaxError",
  "none decrypted, deriveKey TypeError, deriveBits decrypted, deriveKey+deriveBits decrypted, unwrapKey TypeError",
];
process.exit([to, by].join("\n") === expected.join("\n") ? 0 : 1);
JS
node run.mjs
