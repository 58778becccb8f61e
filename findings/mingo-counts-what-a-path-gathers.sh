#!/usr/bin/env bash
# mingo 7.2.7: `$size` counts what a path gathers from a list, and `$all` finds nothing in a single value.
#
# Guess written down first: both do as in MongoDB, to whose manual the README refers, with "strict MongoDB
# compatibility" switched on. `$size` asks for the length of one list that the path leads to. `{$all: ["x"]}` is the
# same as asking for "x", which a single value may be.
#
# Behaviour: where a path goes through a list, `$size` counts all that it finds: of two commits with one file each it
# says two, and never one. It counts numbers, too, which are no lists. `$all` is false of whatever is not a list.
# Neither is among the differences that the README lists.
#
# Why it matters here: filters of this language choose messages in consoles, tests and some queues. One that asks for a
# commit with a single file chooses pushes of a single commit, and a field that a sender writes as one text instead of a
# list of one is not found. Zekt filters by CEL, where `commits.exists(c, size(c.files) == 1)` says which of them is
# meant.
# Source of the rules: `$all` ("Equivalent to $and Operation") and `$size` in MongoDB's manual; sift 17.1.4 does so. See
# also kofrasa/mingo issue 576.
#
# Output seen on 2026-11-29 (by mingo, by sift):
#   {"commits.files":{"$size":1}} of one file each: false, true
#   {"commits.files":{"$size":2}} of one file each: true, false
#   {"commits.id":{"$size":2}} of one file each: true, false
#   {"labels":{"$all":["bug"]}} of a list: true, true
#   {"labels":{"$all":["bug"]}} of a text: false, true
#   {"labels":"bug"} of a text: true, true
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error mingo@7.2.7 sift@17.1.4
cat > run.mjs <<'JS'
import { Query } from "mingo";
import sift from "sift";
const messages = {
  "one file each": { commits: [{ id: 1, files: ["a"] }, { id: 2, files: ["b"] }] },
  "a list": { labels: ["bug", "ci"] },
  "a text": { labels: "bug" },
};
const expected = [
  [{ "commits.files": { $size: 1 } }, "one file each", "false, true"],
  [{ "commits.files": { $size: 2 } }, "one file each", "true, false"],
  [{ "commits.id": { $size: 2 } }, "one file each", "true, false"],
  [{ labels: { $all: ["bug"] } }, "a list", "true, true"],
  [{ labels: { $all: ["bug"] } }, "a text", "false, true"],
  [{ labels: "bug" }, "a text", "true, true"],
];
let same = true;
for (const [query, name, known] of expected) {
  const seen = `${new Query(query).test(messages[name])}, ${sift(query)(messages[name])}`;
  console.log(`${JSON.stringify(query)} of ${name}: ${seen}`);
  same &&= seen === known;
}
process.exit(same ? 0 : 1);
JS
node run.mjs
