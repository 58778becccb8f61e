#!/usr/bin/env bash
# fast-json-patch 3.1.1 and rfc6902 5.4.0: where the whole document becomes another kind, neither gets there.
#
# Guess written down first: of two JSON documents each makes a patch, and applied to the first it gives the second. A
# list that becomes an object is one `replace` of the whole document, whose path is "".
#
# Behaviour: fast-json-patch compares members by name, and a list has names, too. From [1] to {"0":1}, and from one
# number to another, it finds nothing to do. One level deeper it sees the change. rfc6902 makes the right patch, and its
# own `applyPatch` answers it with a MissingError and leaves the document. fast-json-patch applies that patch.
#
# Why it matters here: a message may be any JSON, and stored changes of one are replayed to build the last. A list that
# becomes an object counts as unchanged by the one, and by the other the change is lost unless its answer is looked at,
# as it throws nothing. Put documents into an object before they are compared.
# Source of the rule: RFC 6901, section 5: "" is the whole document; RFC 6902, section 4.3, "replace". See also
# chbrown/rfc6902 issue 32.
#
# Output seen on 2026-11-29 (what is reached from the first document):
#   [1] to {"0":1}: fast-json-patch [1], rfc6902 [1]
#   1 to 2: fast-json-patch 1, rfc6902 1
#   {"a":[1]} to {"a":{"0":1}}: fast-json-patch {"a":{"0":1}}, rfc6902 {"a":{"0":1}}
#   [1] by rfc6902's patch and fast-json-patch's applyPatch: {"0":1}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error fast-json-patch@3.1.1 rfc6902@5.4.0
cat > run.mjs <<'JS'
import fast from "fast-json-patch";
import { applyPatch, createPatch } from "rfc6902";
const json = JSON.stringify;
const byFast = (before, patch) => fast.applyPatch(structuredClone(before), patch).newDocument;
const byOther = (before, patch) => {
  const document = structuredClone(before);
  applyPatch(document, patch);
  return document;
};
const cases = [
  [[1], { 0: 1 }, "fast-json-patch [1], rfc6902 [1]"],
  [1, 2, "fast-json-patch 1, rfc6902 1"],
  [{ a: [1] }, { a: { 0: 1 } }, 'fast-json-patch {"a":{"0":1}}, rfc6902 {"a":{"0":1}}'],
];
let same = true;
for (const [before, after, known] of cases) {
  const reached = byFast(before, fast.compare(before, after));
  const other = byOther(before, createPatch(before, after));
  const seen = `fast-json-patch ${json(reached)}, rfc6902 ${json(other)}`;
  console.log(`${json(before)} to ${json(after)}: ${seen}`);
  same &&= seen === known;
}
const mixed = json(byFast([1], createPatch([1], { 0: 1 })));
console.log(`[1] by rfc6902's patch and fast-json-patch's applyPatch: ${mixed}`);
process.exit(same && mixed === '{"0":1}' ? 0 : 1);
JS
node run.mjs
