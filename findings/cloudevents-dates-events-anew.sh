#!/usr/bin/env bash
# cloudevents 10.0.0: reading an event gives it another `time` than it came with.
#
# Guess written down first: `HTTP.toEvent` keeps `time` as it is written, since `new CloudEvent` does.
# An event without one, which CloudEvents allows, has none afterwards.
#
# Behaviour: an event without a time has that of its reading, another at each reading, and hands it on
# as if it had come with it. A time that is there is written anew with milliseconds and in UTC: what is
# finer is cut off, the offset is lost, and of "…03Z" it makes "…03.000Z".
#
# Why it matters here: what stands between a sender and a consumer reads an event and writes it again.
# One delivered twice then has two times, so that the two look like two events, or the later like the
# newer state. Two events within a millisecond lose their order. A consumer compares ids, and takes
# `time` from the JSON itself. Zekt's own CloudEvents always have a time, of whole seconds or milliseconds.
# Source of the rule: "time" in CloudEvents 1.0.2 is optional; only the producer may give another time.
#
# Output seen on 2026-11-28:
#   2026-11-28T01:02:03.123456Z -> 2026-11-28T01:02:03.123Z
#   2026-11-28T01:02:03+02:00 -> 2026-11-27T23:02:03.000Z
#   2026-11-28T01:02:03Z -> 2026-11-28T01:02:03.000Z
#   none -> the time of reading, another each time: true
#   new CloudEvent: 2026-11-28T01:02:03.123456Z -> 2026-11-28T01:02:03.123456Z
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error cloudevents@10.0.0
cat > run.mjs <<'JS'
import { setTimeout as sleep } from "node:timers/promises";
import { CloudEvent, HTTP } from "cloudevents";
const event = { specversion: "1.0", id: "1", source: "/acme/library", type: "built" };
const headers = { "content-type": "application/cloudevents+json" };
const handedOn = (time) => JSON.parse(HTTP.structured(HTTP.toEvent({ headers, body: JSON.stringify({ ...event, time }) })).body).time;
const times = ["2026-11-28T01:02:03.123456Z", "2026-11-28T01:02:03+02:00", "2026-11-28T01:02:03Z"];
const seen = times.map((time) => handedOn(time));
for (const [index, time] of times.entries()) console.log(`${time} -> ${seen[index]}`);
const before = Date.now();
const first = handedOn(undefined);
await sleep(20);
const second = handedOn(undefined);
const isOfReading = Date.parse(first) >= before && Date.parse(first) <= Date.now() && second !== first;
console.log(`none -> the time of reading, another each time: ${isOfReading}`);
const made = new CloudEvent({ ...event, time: times[0] }).time;
console.log(`new CloudEvent: ${times[0]} -> ${made}`);
const expected = "2026-11-28T01:02:03.123Z,2026-11-27T23:02:03.000Z,2026-11-28T01:02:03.000Z";
process.exit(seen.join() === expected && isOfReading && made === times[0] ? 0 : 1);
JS
node run.mjs
