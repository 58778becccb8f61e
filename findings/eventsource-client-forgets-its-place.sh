#!/usr/bin/env bash
# eventsource-client 1.2.0: an id that a stream sends without data is forgotten when the stream is opened again.
#
# Guess written down first: what the client sends as `Last-Event-ID` is the last id that it read, be it of a message or
# of an id alone, as browsers and the package eventsource do it. Both are built on the same eventsource-parser.
#
# Behaviour: the client takes the id from the messages that it hands on. An id that comes alone makes no message, so
# the request for the next stream has the id of the message before, or none. `lastEventId` of the client says the same.
#
# Why it matters here: a server with a log of events sends an id alone as its heartbeat. So a reader for whom nothing
# was meant need not begin far back. With this client such a reader gets hours of the log again after each break of the
# connection, or an answer that its place is too old. Zekt's stream of changes has no ids: its reader asks for the
# state anew.
# Source of the rule: "dispatch the event" in section 9.2.6 of the HTML standard sets the id before it looks for data.
#
# Output seen on 2026-11-29 (the Last-Event-ID of the second request):
#   message with id 1: eventsource 1, eventsource-client 1
#   message with id 1, then id 7 alone: eventsource 7, eventsource-client 1
#   id 7 alone: eventsource 7, eventsource-client none
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  eventsource-client@1.2.0 eventsource@5.1.5
cat > run.mjs <<'JS'
import { createServer } from "node:http";
import { EventSource } from "eventsource";
import { createEventSource } from "eventsource-client";
const clients = {
  eventsource: (url) => new EventSource(url),
  "eventsource-client": (url) => createEventSource({ url, onMessage() {} }),
};
async function secondId(connect, text) {
  let resolve;
  const promise = new Promise((done) => (resolve = done));
  let requests = 0;
  const server = createServer(({ headers }, response) => {
    requests += 1;
    response.writeHead(200, { "content-type": "text/event-stream" });
    if (requests === 1) return response.end(`retry: 50\n\n${text}`);
    response.flushHeaders();
    resolve(headers["last-event-id"] ?? "none");
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const client = connect(`http://127.0.0.1:${server.address().port}/`);
  const id = await promise;
  client.close();
  server.closeAllConnections();
  server.close();
  return id;
}
const expected = [
  ["message with id 1", "id: 1\ndata: a\n\n", "eventsource 1, eventsource-client 1"],
  ["message with id 1, then id 7 alone", "id: 1\ndata: a\n\nid: 7\n\n", "eventsource 7, eventsource-client 1"],
  ["id 7 alone", "id: 7\n\n", "eventsource 7, eventsource-client none"],
];
let same = true;
for (const [name, text, known] of expected) {
  const ids = [];
  for (const [client, connect] of Object.entries(clients)) ids.push(`${client} ${await secondId(connect, text)}`);
  console.log(`${name}: ${ids.join(", ")}`);
  same &&= ids.join(", ") === known;
}
process.exit(same ? 0 : 1);
JS
node run.mjs
