#!/usr/bin/env bash
# undici 8.13.1: an answer with two cookies that `SnapshotAgent` plays back has one, whose value is both.
#
# Guess written down first: an answer that is played back is the answer that was recorded: status, headers and body.
#
# Behaviour: the file keeps one header with a comma between, and played back `getSetCookie` gives that as a single text.
# The request that was recorded had two. Other headers may be joined so; cookies may not, and their dates have commas of
# their own.
#
# Why it matters here: a console's sign-in sets a session and takes its state back in one answer. A test that is
# recorded passes on the day it is written; played back, the second cookie is part of the first one's attributes and is
# never set or cleared. Zekt's tests ask real servers on loopback.
# Source of the rule: section 3 of RFC 6265 ("Origin servers SHOULD NOT fold multiple Set-Cookie header fields"). The
# page of `SnapshotAgent` tells of no difference.
#
# Output seen on 2026-11-29:
#   recorded: ["session=a; Path=/","state=; Max-Age=0"]
#   in the file: "session=a; Path=/, state=; Max-Age=0"
#   played back: ["session=a; Path=/, state=; Max-Age=0"]
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error undici@8.13.1
cat > run.mjs <<'JS'
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { fetch, SnapshotAgent } from "undici";
const cookies = ["session=a; Path=/", "state=; Max-Age=0"];
const server = createServer((_, response) => response.writeHead(200, { "set-cookie": cookies }).end("in"));
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const url = `http://127.0.0.1:${server.address().port}/callback`;
async function cookiesOf(mode) {
  const dispatcher = new SnapshotAgent({ mode, snapshotPath: "snapshots.json" });
  const answer = await fetch(url, { dispatcher });
  await answer.text();
  if (mode === "record") await dispatcher.saveSnapshots();
  await dispatcher.close();
  return JSON.stringify(answer.headers.getSetCookie());
}
const recorded = await cookiesOf("record");
server.closeAllConnections();
server.close();
const [{ snapshot }] = JSON.parse(await readFile("snapshots.json", "utf8"));
const kept = JSON.stringify(snapshot.responses[0].headers["set-cookie"]);
const played = await cookiesOf("playback");
console.log(`recorded: ${recorded}\nin the file: ${kept}\nplayed back: ${played}`);
const joined = cookies.join(", ");
const same = recorded === JSON.stringify(cookies) && kept === JSON.stringify(joined);
process.exit(same && played === JSON.stringify([joined]) ? 0 : 1);
JS
node run.mjs 2> /dev/null
