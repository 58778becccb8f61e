#!/usr/bin/env bash
# cloudevents 10.0.0: of a content type with a charset it knows the one that it writes itself.
#
# Guess written down first: a media type's names and its charset are read without regard to case, and
# blanks beside the semicolon are optional. So `application/cloudevents+json; charset=UTF-8`, the
# example of the HTTP binding, is an event in JSON just as `charset=utf-8` is.
#
# Behaviour: content types are looked up in a list, letter by letter. `; charset=utf-8` is read.
# `; charset=UTF-8`, and `;charset=utf-8` without a blank, are refused as an invalid content type. In
# binary mode the same spellings are no error: `data` is then the JSON's text in place of its value.
#
# Why it matters here: servers of other languages, and proxies that write headers anew, spell it either
# way. A consumer that reads `event.data.version` gets undefined. Zekt sends a notification's CloudEvent
# as `application/cloudevents+json` without a charset, which this package reads, and has to stay so.
# Source of the rules: sections 8.3.1 and 8.3.2 of RFC 9110; section 3.2.1 of CloudEvents' HTTP binding 1.0.2.
#
# Output seen on 2026-11-28:
#   no charset: structured 1.4.0, binary 1.4.0
#   ; charset=utf-8: structured 1.4.0, binary 1.4.0
#   ; charset=UTF-8: structured refused, binary undefined
#   ;charset=utf-8: structured refused, binary undefined
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error cloudevents@10.0.0
cat > run.mjs <<'JS'
import { HTTP } from "cloudevents";
const event = { specversion: "1.0", id: "1", source: "/acme/library", type: "built" };
const data = { version: "1.4.0" };
const headers = Object.fromEntries(Object.entries(event).map(([name, value]) => [`ce-${name}`, value]));
const version = (type, body, others = {}) => {
  try {
    return String(HTTP.toEvent({ headers: { ...others, "content-type": type }, body: JSON.stringify(body) }).data.version);
  } catch {
    return "refused";
  }
};
const seen = ["", "; charset=utf-8", "; charset=UTF-8", ";charset=utf-8"].map((parameter) => {
  const structured = version(`application/cloudevents+json${parameter}`, { ...event, data });
  const binary = version(`application/json${parameter}`, data, headers);
  return `${parameter || "no charset"}: structured ${structured}, binary ${binary}`;
});
console.log(seen.join("\n"));
const isRead = (line) => line.endsWith("structured 1.4.0, binary 1.4.0");
const isNot = (line) => line.endsWith("structured refused, binary undefined");
process.exit(seen.slice(0, 2).every(isRead) && seen.slice(2).every(isNot) ? 0 : 1);
JS
node run.mjs
