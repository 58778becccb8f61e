#!/usr/bin/env bash
# jose 6.2.18: the general form of a JWE has another shape for one recipient than for two.
#
# Guess written down first: GeneralEncrypt writes a message to one recipient as it writes one
# to two, with an entry fewer in `recipients`. With ECDH-ES+A256KW each entry's header has the
# ephemeral key `epk` that its own key was agreed by.
#
# Behaviour: with two recipients `epk` stands in each entry's header. With one it stands in
# the protected header, which all recipients would share, and the entry's header has only what
# was set there. RFC 7516 allows both, and jose reads both.
#
# Why it matters here: Zekt checks that what is sent as encrypted is a JWE and nothing else,
# without a key to read it by. A check that is written by a message to two subscribers refuses
# each message of a service with one. So the headers are merged before they are checked.
#
# Output seen on 2026-11-27:
#   1 recipient: epk in the protected header
#   2 recipients: epk in each recipient's header
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error jose@6.2.18
cat > run.mjs <<'JS'
import { decodeProtectedHeader, GeneralEncrypt, generateKeyPair } from "jose";
const seen = [];
for (const count of [1, 2]) {
  const jwe = new GeneralEncrypt(new TextEncoder().encode("{}"));
  jwe.setProtectedHeader({ alg: "ECDH-ES+A256KW", enc: "A256GCM" });
  for (let n = 0; n < count; n++) {
    const { publicKey } = await generateKeyPair("ECDH-ES+A256KW", { crv: "P-256" });
    jwe.addRecipient(publicKey).setUnprotectedHeader({ kid: `key-${n}` });
  }
  const sent = await jwe.encrypt();
  const shared = "epk" in decodeProtectedHeader(sent);
  const own = sent.recipients.every(({ header }) => "epk" in (header ?? {}));
  const where = shared ? "the protected header" : own ? "each recipient's header" : "neither";
  console.log(`${count} recipient${count > 1 ? "s" : ""}: epk in ${where}`);
  seen.push(`${shared} ${own}`);
}
process.exit(seen.join() === "true false,false true" ? 0 : 1);
JS
node run.mjs
