#!/usr/bin/env bash
# parse-sse 0.1.0: a chunk that ends between CR and LF cuts an event in two, and an event that was cut off counts.
#
# Guess written down first: events are the same wherever the chunks end, and what has no blank line behind it when the
# stream ends is left out. The README calls the parser spec-compliant.
#
# Behaviour: the CR ends a line, and the LF that comes with the next chunk ends an empty one, which sends the event off
# too early. Of two lines of data each becomes an event; a name before the border is lost, and the data comes as a
# "message". When the connection ends, half an event is given as a whole one, and its id is taken as the last.
#
# Why it matters here: a console follows deliveries by such streams. A server or proxy that writes CRLF breaks them by
# chance, at full buffers. Half a JSON text comes after each broken connection, and a client that connects again with
# that id never gets the whole. Zekt writes LF alone; read its streams with `EventSource`, which has both right.
# Source of the rules: "Interpreting an event stream" in HTML's chapter on server-sent events. eventsource-parser 4.1.3
# follows them.
#
# Output seen on 2026-11-29 (name, data and id of each event, by parse-sse; by eventsource-parser):
#   data: a CRLF data: b in one chunk: message "a\nb"; message "a\nb"
#   data: a CR | LF data: b: message "a", message "b"; message "a\nb"
#   event: done CR | LF data: a: message "a"; done "a"
#   id: 7, data: {"a": cut off: message "{\"a\":" 7; none
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error parse-sse@0.1.0 eventsource-parser@4.1.3
cat > run.mjs <<'JS'
import { EventSourceParserStream } from "eventsource-parser/stream";
import { parseServerSentEvents } from "parse-sse";
const answerOf = (chunks) => {
  const body = ReadableStream.from(chunks.map((chunk) => new TextEncoder().encode(chunk)));
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
};
const words = (events) =>
  events.map(([name, data, id]) => `${name} ${JSON.stringify(data)}${id ? ` ${id}` : ""}`).join(", ") || "none";
async function byParseSse(chunks) {
  const events = [];
  for await (const { type, data, lastEventId } of parseServerSentEvents(answerOf(chunks))) {
    events.push([type, data, lastEventId]);
  }
  return words(events);
}
async function byParser(chunks) {
  const events = [];
  const texts = answerOf(chunks).body.pipeThrough(new TextDecoderStream());
  for await (const { event = "message", data, id } of texts.pipeThrough(new EventSourceParserStream())) {
    events.push([event, data, id]);
  }
  return words(events);
}
const expected = [
  ["data: a CRLF data: b in one chunk", ["data: a\r\ndata: b\r\n\r\n"], String.raw`message "a\nb"; message "a\nb"`],
  ["data: a CR | LF data: b", ["data: a\r", "\ndata: b\r\n\r\n"], String.raw`message "a", message "b"; message "a\nb"`],
  ["event: done CR | LF data: a", ["event: done\r", "\ndata: a\r\n\r\n"], 'message "a"; done "a"'],
  ['id: 7, data: {"a": cut off', ['id: 7\ndata: {"a":'], String.raw`message "{\"a\":" 7; none`],
];
let same = true;
for (const [what, chunks, known] of expected) {
  const seen = `${await byParseSse(chunks)}; ${await byParser(chunks)}`;
  console.log(`${what}: ${seen}`);
  same &&= seen === known;
}
process.exit(same ? 0 : 1);
JS
node run.mjs
