#!/usr/bin/env bash
# @aws-lambda-powertools/event-handler 2.35.0: of two cookies one is sent, and a cookie with a date becomes two.
#
# Guess written down first: a handler may answer with a `Response` of Fetch. All its `set-cookie` headers are in the
# result's `cookies` for an HTTP API, and in `multiValueHeaders` for a REST API, each as it was set.
#
# Behaviour: where a response has several, only the last is left. What is left is cut at each comma, and the date of
# `Expires` has one: a broken cookie, and another that is none. A header such as `link` keeps both values.
#
# Why it matters here: a sign-in sets a session and ends the state of OAuth in one answer. The session is lost if the
# other comes last, and what was to be removed by a date in the past stays. Set one cookie an answer, with `Max-Age`.
# Source of the rule: RFC 6265, section 3: several `Set-Cookie` are not folded into one. See also
# aws-powertools/powertools-lambda-typescript issue 5674.
#
# Output seen on 2026-11-29:
#   two cookies, HTTP API: ["state=; Max-Age=0"]
#   two cookies, REST API: ["state=; Max-Age=0"]
#   a date, HTTP API: ["session=1; Expires=Wed","21 Oct 2026 07:28:00 GMT; Path=/"]
#   a date, REST API: ["session=1; Expires=Wed","21 Oct 2026 07:28:00 GMT; Path=/"]
#   two links, HTTP API: "</a>; rel=next, </b>; rel=last"
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @aws-lambda-powertools/event-handler@2.35.0
cat > run.mjs <<'JS'
import { Router } from "@aws-lambda-powertools/event-handler/http";
const answers = {
  "/cookies": [["set-cookie", "session=1; Path=/"], ["set-cookie", "state=; Max-Age=0"]],
  "/date": [["set-cookie", "session=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/"]],
  "/links": [["link", "</a>; rel=next"], ["link", "</b>; rel=last"]],
};
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const app = new Router({ logger: silent });
for (const [path, headers] of Object.entries(answers)) {
  app.get(path, async () => new Response("", { headers }));
}
const http = (path) => ({
  version: "2.0",
  routeKey: "$default",
  rawPath: path,
  rawQueryString: "",
  headers: { host: "a.example" },
  isBase64Encoded: false,
  requestContext: {
    accountId: "1",
    apiId: "a",
    domainName: "a.example",
    domainPrefix: "a",
    requestId: "r",
    routeKey: "$default",
    stage: "$default",
    time: "29/Nov/2026:00:00:00 +0000",
    timeEpoch: 1795910400000,
    http: { method: "GET", path, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "u" },
  },
});
const rest = (path) => ({
  version: "1.0",
  resource: path,
  path,
  httpMethod: "GET",
  headers: { host: "a.example" },
  multiValueHeaders: { host: ["a.example"] },
  queryStringParameters: null,
  multiValueQueryStringParameters: null,
  pathParameters: null,
  stageVariables: null,
  body: null,
  isBase64Encoded: false,
  requestContext: {
    accountId: "1",
    apiId: "a",
    domainName: "a.example",
    httpMethod: "GET",
    identity: { sourceIp: "192.0.2.1", userAgent: "u" },
    path,
    protocol: "HTTP/1.1",
    requestId: "r",
    requestTimeEpoch: 1795910400000,
    resourceId: "r",
    resourcePath: path,
    stage: "$default",
  },
});
const cookies = ({ cookies, headers = {}, multiValueHeaders = {} }) =>
  JSON.stringify(cookies ?? multiValueHeaders["set-cookie"] ?? [headers["set-cookie"]]);
const seen = [
  `two cookies, HTTP API: ${cookies(await app.resolve(http("/cookies"), {}))}`,
  `two cookies, REST API: ${cookies(await app.resolve(rest("/cookies"), {}))}`,
  `a date, HTTP API: ${cookies(await app.resolve(http("/date"), {}))}`,
  `a date, REST API: ${cookies(await app.resolve(rest("/date"), {}))}`,
  `two links, HTTP API: ${JSON.stringify((await app.resolve(http("/links"), {})).headers.link)}`,
];
console.log(seen.join("\n"));
const cut = '["session=1; Expires=Wed","21 Oct 2026 07:28:00 GMT; Path=/"]';
const expected = [
  'two cookies, HTTP API: ["state=; Max-Age=0"]',
  'two cookies, REST API: ["state=; Max-Age=0"]',
  `a date, HTTP API: ${cut}`,
  `a date, REST API: ${cut}`,
  'two links, HTTP API: "</a>; rel=next, </b>; rel=last"',
];
process.exit(seen.join("\n") === expected.join("\n") ? 0 : 1);
JS
node run.mjs
