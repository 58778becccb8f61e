#!/usr/bin/env bash
# cloudevents 10.0.0: in binary mode texts go into headers as they are, and come out of them as they are.
#
# Guess written down first: `HTTP.binary` writes attributes percent-encoded, since the HTTP binding demands
# it of blanks, quotes, the percent sign and all that is not ASCII. `HTTP.toEvent` decodes them.
#
# Behaviour: neither. The type "release für Köln" is written with its "ü" and "ö", and "frei → prod" with
# its arrow, at which `fetch` throws before anything is sent. What another library encoded by the rule is
# read with its percent signs: "release%20f%C3%BCr" is another type than "release für".
#
# Why it matters here: the `type` of Zekt's CloudEvents is the message's event type, any text of up to 100
# characters. It comes in structured mode, where nothing has to be encoded. What hands it on in binary mode
# by this package fails for some types alone, and a reader that chooses by type misses others.
# Source of the rule: section 3.1.3.2 of CloudEvents' HTTP binding 1.0.2.
#
# Output seen on 2026-11-28:
#   written: release für Köln
#   by the rule: release%20f%C3%BCr%20K%C3%B6ln
#   read from that: release%20f%C3%BCr%20K%C3%B6ln
#   an arrow, by fetch: TypeError, requests received: 0
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error cloudevents@10.0.0
cat > run.mjs <<'JS'
import { createServer } from "node:http";
import { CloudEvent, HTTP } from "cloudevents";
const binary = (type) => HTTP.binary(new CloudEvent({ id: "1", source: "/acme/library", type, data: { version: "1.4.0" } }));
const type = "release für Köln";
const written = binary(type).headers["ce-type"];
const ruled = encodeURIComponent(type);
const read = HTTP.toEvent({ ...binary(type), headers: { ...binary(type).headers, "ce-type": ruled } }).type;
let received = 0;
const server = createServer((_, response) => {
  received += 1;
  response.end();
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const { headers, body } = binary("frei → prod");
const sent = await fetch(`http://127.0.0.1:${server.address().port}`, { method: "POST", headers, body }).then(
  ({ status }) => String(status),
  ({ name }) => name,
);
console.log(`written: ${written}\nby the rule: ${ruled}\nread from that: ${read}`);
console.log(`an arrow, by fetch: ${sent}, requests received: ${received}`);
server.close();
process.exit(written === type && read === ruled && sent === "TypeError" && received === 0 ? 0 : 1);
JS
node run.mjs
