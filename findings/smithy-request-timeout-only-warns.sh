#!/usr/bin/env bash
# @smithy/node-http-handler 4.14.2 (the HTTP handler of the AWS SDK's clients): requestTimeout ends nothing.
#
# Guess written down first: with requestTimeout: 300 a request to a server that never answers is
# rejected with a TimeoutError after 300 ms.
#
# Behaviour: after 300 ms a warning is logged, and the request goes on waiting. It is rejected only
# where throwOnRequestTimeout is set to true as well.
#
# Why it matters here: a Lambda function that asks another service at its start relies on this bound.
# Without the second option one silent connection takes the whole of the function's time.
#
# Output seen on 2026-11-27:
#   requestTimeout alone: still waiting after 2 s, warned: true
#   with throwOnRequestTimeout: TimeoutError
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @smithy/node-http-handler@4.14.2 @smithy/protocol-http@5.4.2
cat > run.mjs <<'JS'
import { createServer } from "node:http";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { HttpRequest } from "@smithy/protocol-http";
const server = createServer(() => {});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
let warned = false;
const logger = { debug() {}, info() {}, error() {}, warn: () => void (warned = true) };
const send = (options) =>
  new NodeHttpHandler({ requestTimeout: 300, logger, ...options }).handle(
    new HttpRequest({ protocol: "http:", hostname: "127.0.0.1", port: server.address().port, path: "/" }),
  );
const after = (ms) => new Promise((resolve) => setTimeout(resolve, ms, `still waiting after ${ms / 1000} s`));
const alone = await Promise.race([send({}).catch((error) => error.name), after(2000)]);
console.log(`requestTimeout alone: ${alone}, warned: ${warned}`);
const thrown = await Promise.race([send({ throwOnRequestTimeout: true }).catch((error) => error.name), after(2000)]);
console.log(`with throwOnRequestTimeout: ${thrown}`);
process.exit(alone === "still waiting after 2 s" && warned && thrown === "TimeoutError" ? 0 : 1);
JS
node run.mjs
