#!/usr/bin/env bash
# smee-client 5.0.0: one bad answer while it connects again ends it for good.
#
# Guess written down first: when the stream ends, the client connects again, and goes on
# trying with a growing wait when that is answered 502.
#
# Behaviour: it connects again once. A 502 then closes the event source: `readyState` is 2,
# there is no third connection, and the process that started it goes on without webhooks.
# The standard of event sources asks for this (an answer that is not 200 fails the
# connection), and the client adds nothing of its own.
#
# Why it matters here: `npm start` behind a channel stays up and deaf after a restart of
# the channel's server. Whoever uses the client has to watch its state and start it anew.
#
# Output seen on 2026-11-27:
#   connections: 2, state: 2 (closed)
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error smee-client@5.0.0
cat > run.mjs <<'JS'
import { createServer } from "node:http";
import SmeeClient from "smee-client";
let connections = 0;
const server = createServer((_, response) => {
  connections += 1;
  if (connections === 2) return response.writeHead(502).end();
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write("event: ready\ndata: {}\n\n");
  // The first stream ends as it does when the channel's server restarts.
  if (connections === 1) setTimeout(() => response.end(), 200);
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const source = `http://127.0.0.1:${server.address().port}/channel`;
const logger = { info() {}, error() {} };
const client = new SmeeClient({ source, target: "http://127.0.0.1:9/", logger });
const events = await client.start();
await new Promise((done) => setTimeout(done, 12_000));
console.log(`connections: ${connections}, state: ${events.readyState} (closed)`);
process.exit(connections === 2 && events.readyState === 2 ? 0 : 1);
JS
node run.mjs
