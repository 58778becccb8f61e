#!/usr/bin/env bash
# nock 15.0.6: a request that no interceptor matches is answered, with 501, where nock 14 failed it.
#
# Guess written down first: a request to a mocked host that no interceptor matches fails, with the code
# ERR_NOCK_NO_MATCH, as nock 14.0.17 has it. The README of 15.0.6 says in two places that it gets an error.
#
# Behaviour: it gets an answer 501 with the code and the request as JSON. `fetch` resolves. Octokit rejects as with any
# answer of the API, by an HttpError with status 501. Only hosts without an interceptor still fail, as the network does
# when it is out of reach.
#
# Why it matters here: what is sent on is tried against receivers that refuse. A test that a refused delivery stays
# refused passes with a misspelt path, since 501 is a refusal too; and what is tried again after 5xx is tried again.
# Ask `scope.isDone()`, or listen to "no match". Zekt's test with nock ends by asking that no interceptor is left; the
# others talk to servers.
# Source: nock/nock pull request 2868 made it so on purpose.
#
# Output seen on 2026-11-29:
#   nock 14.0.17: fetch rejected ERR_NOCK_NO_MATCH, octokit 500, other host ENETUNREACH, done: false
#   nock 15.0.6: fetch answered 501 ERR_NOCK_NO_MATCH, octokit 501, other host ENETUNREACH, done: false
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  nock@15.0.6 nock-14@npm:nock@14.0.17 @octokit/core@7.0.8
cat > run.mjs <<'JS'
import { Octokit } from "@octokit/core";
const [, , name] = process.argv;
const { default: nock } = await import(name);
nock.disableNetConnect();
const baseUrl = "https://receiver.example.test";
const scope = nock(baseUrl).post("/hook").reply(410);
const codeOf = (error) => error.code ?? error.cause?.code;
const sent = await fetch(`${baseUrl}/hok`, { method: "POST" }).then(
  async (answer) => `answered ${answer.status} ${(await answer.json()).code}`,
  (error) => `rejected ${codeOf(error)}`,
);
const log = { debug() {}, info() {}, warn() {}, error() {} };
const { status } = await new Octokit({ baseUrl, log }).request("POST /hok").catch((error) => error);
const other = await fetch("https://other.example.test/").catch(codeOf);
console.log(`fetch ${sent}, octokit ${status}, other host ${other}, done: ${scope.isDone()}`);
process.exit();
JS
old=$(node run.mjs nock-14)
new=$(node run.mjs nock)
echo "nock 14.0.17: $old"
echo "nock 15.0.6: $new"
[ "$old" = "fetch rejected ERR_NOCK_NO_MATCH, octokit 500, other host ENETUNREACH, done: false" ]
[ "$new" = "fetch answered 501 ERR_NOCK_NO_MATCH, octokit 501, other host ENETUNREACH, done: false" ]
