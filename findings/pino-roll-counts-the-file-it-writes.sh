#!/usr/bin/env bash
# pino-roll 4.0.0: "keep one old file" keeps none once the files of earlier processes count too.
#
# Guess written down first: of `limit: { count: 1 }` one old file is left beside the one that is written, as the README
# has it: "Maximum number of log files to retain in addition to the active file". It is so with `removeOtherLogFiles`.
#
# Behaviour: without `removeOtherLogFiles` it is so. With it, the file that is written counts, too, so that of 1, 2 and
# 3 none, one and two old ones are left. With a count of 1 the log begins empty at each turn, and what came just before
# is gone. The option `extension` does nothing: "app" with ".json" becomes app.1.log, where the README says app.json.
#
# Why it matters here: without that option a count holds for one process, and each deployment leaves its files, so that
# whoever has a small disk turns it on. The line that tells why a file grew so fast may then be in no file. Count one
# more. Zekt logs to its standard output.
# Source: "limit.count" and "Extension Last Format" in the README.
#
# Output seen on 2026-11-29 (old files left of many):
#   count 1: 1
#   count 2: 2
#   count 3: 3
#   count 1, removeOtherLogFiles: 0
#   count 2, removeOtherLogFiles: 1
#   count 3, removeOtherLogFiles: 2
#   file app, extension .json: app.1.log
#   file app.log, extension .json: app.1.log
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error pino-roll@4.0.0
cat > run.mjs <<'JS'
import { mkdtempSync, readdirSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import build from "pino-roll";
const newFolder = () => mkdtempSync("logs-");
const ended = (stream) =>
  new Promise((done) => {
    stream.on("close", done);
    stream.end();
  });
const numberOf = (name) => Number(name.split(".")[1]);
async function oldFiles(limit) {
  const folder = newFolder();
  const stream = await build({ file: `${folder}/app`, size: "1k", limit });
  // Until the sixth file is begun, so that there were more than enough to keep.
  while (!readdirSync(folder).some((name) => numberOf(name) >= 6)) {
    stream.write(`${"x".repeat(300)}\n`);
    await wait(10);
  }
  await wait(300);
  const names = readdirSync(folder);
  await ended(stream);
  return names.length - 1;
}
async function nameOf(file, extension) {
  const folder = newFolder();
  await ended(await build({ file: `${folder}/${file}`, extension }));
  return readdirSync(folder).join(" ");
}
const lines = [];
for (const removeOtherLogFiles of [false, true]) {
  for (const count of [1, 2, 3]) {
    const left = await oldFiles({ count, removeOtherLogFiles });
    lines.push(`count ${count}${removeOtherLogFiles ? ", removeOtherLogFiles" : ""}: ${left}`);
  }
}
for (const file of ["app", "app.log"]) lines.push(`file ${file}, extension .json: ${await nameOf(file, ".json")}`);
console.log(lines.join("\n"));
const expected = `count 1: 1
count 2: 2
count 3: 3
count 1, removeOtherLogFiles: 0
count 2, removeOtherLogFiles: 1
count 3, removeOtherLogFiles: 2
file app, extension .json: app.1.log
file app.log, extension .json: app.1.log`;
process.exit(lines.join("\n") === expected ? 0 : 1);
JS
node run.mjs
