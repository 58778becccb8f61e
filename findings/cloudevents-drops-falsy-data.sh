#!/usr/bin/env bash
# cloudevents 10.0.0: data that is 0, false or an empty text is gone once an event is read.
#
# Guess written down first: `HTTP.toEvent` of an event in JSON gives the `data` that it
# holds, whatever JSON value that is. Null may well read as absent.
#
# Behaviour: 1, true and a text stay. 0, false and "" are left out without a word, so that
# the event reads as one without data. In a batch they stay, and so they do where an event
# is made with `new CloudEvent` and written with `HTTP.structured`.
#
# Why it matters here: a message is any JSON, and a subscription may take its events as
# CloudEvents. A consumer that reads `client_payload.cloudevent` with this package cannot
# tell a message of 0 from none. Take `data` from the JSON itself, or send an object.
# Source of the rule: "Handling of data" in CloudEvents' JSON format 1.0.2.
#
# Output seen on 2026-11-28:
#   read:  1 -> 1, true -> true, "a" -> "a", [] -> [], 0 -> absent, false -> absent, "" -> absent
#   batch: 0 -> 0
#   made and written: 0 -> 0, false -> false, "" -> ""
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error cloudevents@10.0.0
cat > run.mjs <<'JS'
import { CloudEvent, HTTP } from "cloudevents";
const event = { specversion: "1.0", id: "1", source: "/acme/library", type: "built", datacontenttype: "application/json" };
const shown = (value) => (value === undefined ? "absent" : JSON.stringify(value));
const listed = (values, of) => values.map((data) => `${JSON.stringify(data)} -> ${shown(of(data))}`).join(", ");
const read = (type, body) => HTTP.toEvent({ headers: { "content-type": type }, body: JSON.stringify(body) });
const single = listed([1, true, "a", [], 0, false, ""], (data) => read("application/cloudevents+json", { ...event, data }).data);
const batch = listed([0], (data) => read("application/cloudevents-batch+json", [{ ...event, data }])[0].data);
const written = listed([0, false, ""], (data) => JSON.parse(HTTP.structured(new CloudEvent({ ...event, data })).body).data);
console.log(`read:  ${single}`);
console.log(`batch: ${batch}`);
console.log(`made and written: ${written}`);
const expected = [
  '1 -> 1, true -> true, "a" -> "a", [] -> [], 0 -> absent, false -> absent, "" -> absent',
  "0 -> 0",
  '0 -> 0, false -> false, "" -> ""',
];
process.exit([single, batch, written].join("\n") === expected.join("\n") ? 0 : 1);
JS
node run.mjs
