#!/usr/bin/env bash
# @stoplight/prism-cli 5.16.0: of JSON and JSON with a suffix, one is judged by the schema of the other.
#
# Guess written down first: a request is judged by the media type that names its own. Where none does, a range that
# covers it is next. `application/*+json` covers `application/cloudevents+json`, and not `application/json`.
#
# Behaviour: the first entry of the document is taken for both. To Prism `application/*+json` matches plain JSON, and
# `application/json` matches a CloudEvent. Whichever is first, messages of the other type are refused for want of what
# only the first has, though an entry names theirs exactly.
#
# Why it matters here: an address that takes events both plain and as CloudEvents says so by these two entries. A client
# that is tried against Prism fails there, and works on the service.
# Source of the rule: OpenAPI 3.1, "Request Body Object": of keys that match, the most specific applies; RFC 6838,
# section 4.2.8: a suffix is what follows the last "+".
#
# Output seen on 2026-11-29 (order: application/json, application/cloudevents+json):
#   *+json first: 422 must have required property 'specversion', 204
#   json first: 204, 422 must have required property 'message'
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error @stoplight/prism-cli@5.16.0
cat > run.mjs <<'JS'
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
const object = (...required) => ({ schema: { type: "object", required } });
const plain = { "application/json": object("message") };
const events = { "application/*+json": object("specversion", "data") };
const freePort = () =>
  new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
async function answers(name, content) {
  const responses = { 204: { description: "Taken" } };
  const paths = { "/events": { post: { requestBody: { required: true, content }, responses } } };
  writeFileSync(name, JSON.stringify({ openapi: "3.1.0", info: { title: "t", version: "1" }, paths }));
  const port = await freePort();
  const command = ["node_modules/@stoplight/prism-cli/dist/index.js", "mock", name, "-p", port];
  const prism = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((done) => prism.once("close", done));
  await new Promise((done, fail) => {
    prism.stdout.on("data", (text) => `${text}`.includes("listening") && done());
    prism.once("close", () => fail(new Error("Prism ended")));
  });
  const ask = async (type, body) => {
    const options = { method: "POST", headers: { "content-type": type }, body: JSON.stringify(body) };
    const response = await fetch(`http://127.0.0.1:${port}/events`, options);
    if (response.status !== 422) return `${response.status}`;
    const [{ message }] = (await response.json()).validation;
    return `422 ${message.replace("Request body ", "")}`;
  };
  const ofPlain = await ask("application/json", { message: "built" });
  const ofEvent = await ask("application/cloudevents+json", { specversion: "1.0", data: "built" });
  prism.kill();
  await ended;
  return `${ofPlain}, ${ofEvent}`;
}
const first = await answers("one.json", { ...events, ...plain });
const second = await answers("two.json", { ...plain, ...events });
console.log(`*+json first: ${first}`);
console.log(`json first: ${second}`);
const missing = (name) => `422 must have required property '${name}'`;
const expected = [`${missing("specversion")}, 204`, `204, ${missing("message")}`];
process.exit(first === expected[0] && second === expected[1] ? 0 : 1);
JS
node run.mjs
