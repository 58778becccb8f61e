#!/usr/bin/env bash
# @aws-lambda-powertools/idempotency 2.35.0: events that lack every part of a composed key are one and the same event.
#
# Guess written down first: an event in which the expression of the key finds nothing runs without idempotency, as the
# API reference says of `throwOnNoIdempotencyKey: false`. It does not matter if the expression names one part or two.
#
# Behaviour: so it is for one path. For "[delivery, action]", and for a hash of the same paths, the package warns that
# no value was found, and goes on with the key [null, null] all the same. The first such event runs; for an hour each
# other is taken for a repetition of it, whatever it holds. `throwOnNoIdempotencyKey: true` refuses them.
#
# Why it matters here: a webhook's delivery id and action are such a key. An event that has neither is taken for done
# though nothing was done, and only the warning says so. Compose a key of parts that each event has, or switch the
# refusal on. Zekt takes a delivery's id from the header, and refuses a request without one.
# Source of the rule: `throwOnNoIdempotencyKey` in the API reference of IdempotencyConfig. The package for Python was
# changed by aws-powertools/powertools-lambda-python issue 2465.
#
# Output seen on 2026-11-29 (results of two different events without the key's parts):
#   delivery: done for a, done for b
#   [delivery, action]: done for a, done for a (warned 4 times)
#   {d: delivery, a: action}: done for a, done for a (warned 4 times)
#   [delivery, action], throwing: refused, refused
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @aws-lambda-powertools/idempotency@2.35.0 dynalite@4.0.0 \
  @aws-sdk/client-dynamodb@3.1164.0 @aws-sdk/lib-dynamodb@3.1162.0
cat > run.mjs <<'JS'
import { IdempotencyConfig, makeIdempotent } from "@aws-lambda-powertools/idempotency";
import { DynamoDBPersistenceLayer } from "@aws-lambda-powertools/idempotency/dynamodb";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";
const server = dynalite({ createTableMs: 0 });
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const awsSdkV3Client = new DynamoDBClient({
  endpoint: `http://127.0.0.1:${server.address().port}`,
  region: "us-east-1",
  credentials: { accessKeyId: "none", secretAccessKey: "none" },
});
let warned = 0;
console.warn = (text) => (warned += /^No value found for idempotency_key/.test(text) ? 1 : 0);
async function results(tableName, options) {
  await awsSdkV3Client.send(new CreateTableCommand({
    TableName: tableName,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
  }));
  await new Promise((done) => setTimeout(done, 200));
  const config = new IdempotencyConfig(options);
  config.registerLambdaContext({ getRemainingTimeInMillis: () => 60_000 });
  const persistenceStore = new DynamoDBPersistenceLayer({ tableName, awsSdkV3Client });
  const work = makeIdempotent(async ({ repository }) => `done for ${repository}`, { persistenceStore, config });
  const before = warned;
  const seen = [];
  for (const repository of ["a", "b"]) seen.push(await work({ repository }).catch(() => "refused"));
  return seen.join(", ") + (warned > before ? ` (warned ${warned - before} times)` : "");
}
const one = await results("one-path", { eventKeyJmesPath: "delivery" });
const list = await results("list", { eventKeyJmesPath: "[delivery, action]" });
const hash = await results("hash", { eventKeyJmesPath: "{d: delivery, a: action}" });
const throwing = await results("throwing", { eventKeyJmesPath: "[delivery, action]", throwOnNoIdempotencyKey: true });
console.log(`delivery: ${one}`);
console.log(`[delivery, action]: ${list}`);
console.log(`{d: delivery, a: action}: ${hash}`);
console.log(`[delivery, action], throwing: ${throwing}`);
const same = (text) => text.startsWith("done for a, done for a (warned");
process.exit(one === "done for a, done for b" && same(list) && same(hash) && throwing === "refused, refused" ? 0 : 1);
JS
node run.mjs
