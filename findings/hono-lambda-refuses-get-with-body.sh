#!/usr/bin/env bash
# hono 4.13.19, adapter hono/aws-lambda: a GET that has a body never reaches the app.
#
# Guess written down first: the body of a GET is dropped,
# and the route answers.
#
# Behaviour: the adapter builds a web Request, which may have no body with GET or HEAD. It
# catches that error itself, prints it with its stack, and answers 400 `text/plain`
# "Invalid request". Neither `app.onError` nor a middleware sees the request.
#
# Why it matters here: API Gateway passes such requests on. An API whose errors are all
# RFC 9457 problems, each in the log with its request id, has two answers that are not.
# The body has to be taken off the event before the adapter gets it.
#
# Output seen on 2026-11-27:
#   GET without body: 200 application/json
#   GET with body: 400 text/plain;charset=UTF-8, onError called 0 times
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error hono@4.13.19
cat > run.mjs <<'JS'
import { Hono } from "hono";
import { handle } from "hono/aws-lambda";
let seen = 0;
const app = new Hono();
app.get("/x", (context) => context.json({ ok: true }));
app.onError((_, context) => {
  seen += 1;
  return context.json({ title: "error" }, 500);
});
const answer = handle(app);
const http = { method: "GET", path: "/x", protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "t" };
const event = (body) => ({
  version: "2.0",
  routeKey: "$default",
  rawPath: "/x",
  rawQueryString: "",
  headers: { host: "api.example.test" },
  isBase64Encoded: false,
  requestContext: { accountId: "1", apiId: "a", domainName: "api.example.test", http, stage: "$default" },
  ...(body === undefined ? {} : { body }),
});
console.error = () => {};
const say = ({ statusCode, headers }) => `${statusCode} ${headers["content-type"]}`;
const without = say(await answer(event()));
const withBody = say(await answer(event("hello")));
console.log(`GET without body: ${without}`);
console.log(`GET with body: ${withBody}, onError called ${seen} times`);
if (!without.startsWith("200 ") || !withBody.startsWith("400 text/plain") || seen !== 0) process.exit(1);
JS
node run.mjs
