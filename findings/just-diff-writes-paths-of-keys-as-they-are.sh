#!/usr/bin/env bash
# just-diff 6.0.2: a change of the key "a/b" becomes a JSON Patch that changes the key "b" within "a".
#
# Guess written down first: a patch from `diff` makes the first value the second, also where a key holds a slash or a
# tilde. `jsonPatchPathConverter` writes the paths of JSON Patch, as the README says.
#
# Behaviour: the converter joins keys with slashes, and writes neither "~1" for a slash nor "~0" for a tilde. A patch
# for ".github/workflows/ci.yml" names a way through objects that are not there, and is refused. Where they are there,
# it changes something else, and nothing is said. Without the converter paths are lists of keys, and right.
#
# Why it matters here: keys with slashes are everyday: paths of files, "owner/repo", media types, the paths of OpenAPI.
# Use the lists of keys, and write the pointers oneself. Zekt sends no JSON Patch.
# Source: RFC 6901, section 3.
#
# Output seen on 2026-11-29:
#   just-diff: [{"op":"replace","path":"/acme/app","value":"paused"}]
#   applied: {"acme/app":"active","acme":{"app":"paused"}}
#   fast-json-patch: [{"op":"replace","path":"/acme~1app","value":"paused"}]
#   applied: {"acme/app":"paused","acme":{"app":"active"}}
#   just-diff, of a file's path: /files/.github/workflows/ci.yml
#   applied: refused
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error just-diff@6.0.2 fast-json-patch@3.1.1
cat > run.mjs <<'JS'
import fastJsonPatch from "fast-json-patch";
import { diff, jsonPatchPathConverter } from "just-diff";
const before = { "acme/app": "active", acme: { app: "active" } };
const after = { "acme/app": "paused", acme: { app: "active" } };
const applied = (value, patch) => JSON.stringify(fastJsonPatch.applyPatch(structuredClone(value), patch).newDocument);
const patch = diff(before, after, jsonPatchPathConverter);
const other = fastJsonPatch.compare(before, after);
const file = (state) => ({ files: { ".github/workflows/ci.yml": state } });
const ofFile = diff(file(1), file(2), jsonPatchPathConverter);
let answer = "taken";
try {
  applied(file(1), ofFile);
} catch {
  answer = "refused";
}
const seen = `just-diff: ${JSON.stringify(patch)}
applied: ${applied(before, patch)}
fast-json-patch: ${JSON.stringify(other)}
applied: ${applied(before, other)}
just-diff, of a file's path: ${ofFile[0].path}
applied: ${answer}`;
console.log(seen);
const expected = `just-diff: [{"op":"replace","path":"/acme/app","value":"paused"}]
applied: {"acme/app":"active","acme":{"app":"paused"}}
fast-json-patch: [{"op":"replace","path":"/acme~1app","value":"paused"}]
applied: {"acme/app":"paused","acme":{"app":"active"}}
just-diff, of a file's path: /files/.github/workflows/ci.yml
applied: refused`;
process.exit(seen === expected ? 0 : 1);
JS
node run.mjs
