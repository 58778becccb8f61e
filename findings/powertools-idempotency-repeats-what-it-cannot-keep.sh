#!/usr/bin/env bash
# @aws-lambda-powertools/idempotency 2.35.0: a result with an undefined member fails done work, which is done again.
#
# Guess written down first: a result is kept as JSON has it. { id: 7, note: undefined } comes back as { id: 7 }, a date
# as a text, and the work is done once. A result of undefined alone is one that the package takes, too.
#
# Behaviour: the store throws at an undefined member and at a date, after the work. The call fails, though the work was
# done. What repeats it fails as well, as "already in progress", and when the first call's time is over the work is
# done once more, and so on. No option hands the store's marshaller the setting that its message asks for.
#
# Why it matters here: a step that sends a dispatch returns what it sent, in which a field may be undefined. The queue
# gives the failed message again, and each time the dispatch is sent once more: at most once became again and again.
# Tests without a store, or whose results are full, pass. Return what went through JSON, or nothing. Zekt leases each
# attempt in the delivery's own record before it dispatches, and records GitHub's answer, no result of a function.
# Source: of undefined headers in a result tells middyjs/middy issue 1498.
#
# Output seen on 2026-11-29 (first call, the second at once, a third when the first one's time is over):
#   { id: 7 }: done, done, done; work was done 1 time
#   undefined: done, done, done; work was done 1 time
#   { id: 7, note: undefined }: failed after the work, in progress, failed after the work; work was done 2 times
#   { id: 7, at: a date }: failed after the work, in progress, failed after the work; work was done 2 times
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @aws-lambda-powertools/idempotency@2.35.0 dynalite@4.0.0 \
  @aws-sdk/client-dynamodb@3.1164.0 @aws-sdk/lib-dynamodb@3.1162.0
cat > run.mjs <<'JS'
import {
  IdempotencyAlreadyInProgressError,
  IdempotencyConfig,
  IdempotencyPersistenceLayerError,
  makeIdempotent,
} from "@aws-lambda-powertools/idempotency";
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
await awsSdkV3Client.send(new CreateTableCommand({
  TableName: "done",
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
  KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
}));
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
await sleep(200);
const outcome = (error) => {
  if (error instanceof IdempotencyPersistenceLayerError) return "failed after the work";
  return error instanceof IdempotencyAlreadyInProgressError ? "in progress" : error.name;
};
async function calls(message, result) {
  const config = new IdempotencyConfig({});
  config.registerLambdaContext({ getRemainingTimeInMillis: () => 1500 });
  const persistenceStore = new DynamoDBPersistenceLayer({ tableName: "done", awsSdkV3Client });
  let times = 0;
  const work = makeIdempotent(async () => {
    times += 1;
    return result;
  }, { persistenceStore, config });
  const call = () => work({ message }).then(() => "done", outcome);
  const seen = [await call(), await call()];
  await sleep(2000);
  seen.push(await call());
  return `${seen.join(", ")}; work was done ${times} ${times === 1 ? "time" : "times"}`;
}
const once = "done, done, done; work was done 1 time";
const again = "failed after the work, in progress, failed after the work; work was done 2 times";
const expected = [
  ["{ id: 7 }", { id: 7 }, once],
  ["undefined", undefined, once],
  ["{ id: 7, note: undefined }", { id: 7, note: undefined }, again],
  ["{ id: 7, at: a date }", { id: 7, at: new Date(0) }, again],
];
let same = true;
for (const [name, result, known] of expected) {
  const seen = await calls(name, result);
  console.log(`${name}: ${seen}`);
  same &&= seen === known;
}
process.exit(same ? 0 : 1);
JS
node run.mjs
