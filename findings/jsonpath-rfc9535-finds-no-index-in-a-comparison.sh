#!/usr/bin/env bash
# jsonpath-rfc9535 1.3.0: within a comparison an index finds nothing, so that two indexes are always equal.
#
# Guess written down first: the package gives what json-p3 gives, and what RFC 9535 has. Its README says that it passes
# all of the JSONPath Compliance Test Suite. `@.labels[0] == "bug"` is true where the first label is "bug".
#
# Behaviour: an index on either side of a comparison, at any place of its path, finds nothing. So it never equals a
# value and is unequal to each; it equals all else that is absent. Names between brackets work, and so do indexes that
# are tested without a comparison.
#
# Why it matters here: JSONPath chooses events in AWS and in many tools, and lists are usual in GitHub's payloads: a
# condition on the first label or commit chooses none, and its contrary chooses all. There is no error. Zekt filters by
# CEL. To choose by a list in JSONPath, ask for any member: `@.labels[?@ == "bug"]`.
# Source of the rule: section 2.3.5.2.2 of RFC 9535 (comparisons) and its singular queries, which have indexes.
#
# Output seen on 2026-11-29 (number of events chosen out of three, by json-p3 2.3.1 and by jsonpath-rfc9535):
#   $[?@.labels[0] == "bug"]: 1, 0
#   $[?@.labels[0] != "bug"]: 2, 3
#   $[?@.labels[0] == @.labels[1]]: 1, 3
#   $[?@.commits[0].id == "a"]: 1, 0
#   $[?@["title"] == "one"]: 1, 1
#   $[?@.labels[1]]: 2, 2
#   $[?@.labels[?@ == "bug"]]: 2, 2
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error jsonpath-rfc9535@1.3.0 json-p3@2.3.1
cat > run.mjs <<'JS'
import { jsonpath } from "json-p3";
import { query } from "jsonpath-rfc9535";
const events = [
  { title: "one", labels: ["bug", "ci"], commits: [{ id: "a" }] },
  { title: "two", labels: ["ci", "bug"], commits: [{ id: "b" }] },
  { title: "three", labels: [], commits: [] },
];
const expected = [
  ['$[?@.labels[0] == "bug"]', "1, 0"],
  ['$[?@.labels[0] != "bug"]', "2, 3"],
  ["$[?@.labels[0] == @.labels[1]]", "1, 3"],
  ['$[?@.commits[0].id == "a"]', "1, 0"],
  ['$[?@["title"] == "one"]', "1, 1"],
  ["$[?@.labels[1]]", "2, 2"],
  ['$[?@.labels[?@ == "bug"]]', "2, 2"],
];
let same = true;
for (const [path, known] of expected) {
  const seen = `${jsonpath.query(path, events).values().length}, ${query(events, path).length}`;
  console.log(`${path}: ${seen}`);
  same &&= seen === known;
}
process.exit(same ? 0 : 1);
JS
node run.mjs
