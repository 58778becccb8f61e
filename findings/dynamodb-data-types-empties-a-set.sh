#!/usr/bin/env bash
# dynamodb-data-types 4.0.1: a Set is written as an empty map, bytes as a map of numbers, and a BigInt not at all.
#
# Guess written down first: `unwrap(wrap(item))` is the item, with sets, bytes and whole numbers of any size, or `wrap`
# throws at a type that it does not know. `updateExpr` gives an attribute's name a placeholder where it needs one.
#
# Behaviour: a Set and a Map become {"M":{}}, with all their members lost. A Uint8Array becomes a map with a key for
# each byte; a Buffer is right. A member that is a BigInt is left out. Nothing throws. `updateExpr` knows reserved words
# and nothing else: "run-id" stands in the expression as it is, where a dash is no part of a name, and DynamoDB refuses
# it.
#
# Why it matters here: the SDK's own marshaller writes all of these, and reads sets back as Set. So an item that is read
# by the SDK, changed and written by this package comes back with its labels gone. Zekt writes by lib-dynamodb.
# Source: the README names numbers, texts, lists, objects and buffers, and says what becomes of no other.
#
# Output seen on 2026-11-29:
#   set, by the package: {"M":{}}
#   set, by the SDK: {"SS":["bug","urgent"]}
#   item read by the SDK, written by the package: {"id":"1","labels":{}}
#   BigInt: left out
#   bytes: {"M":{"0":{"N":"1"},"1":{"N":"2"}}}
#   expression: SET run-id = :a
#   in DynamoDB: ValidationException
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  dynamodb-data-types@4.0.1 dynalite@4.0.0 @aws-sdk/client-dynamodb@3.1164.0 @aws-sdk/util-dynamodb@3.996.9
cat > run.mjs <<'JS'
import { CreateTableCommand, DynamoDBClient, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import dynalite from "dynalite";
import types from "dynamodb-data-types";
const { wrap, wrap1 } = types.AttributeValue;
const labels = new Set(["bug", "urgent"]);
const item = unmarshall(marshall({ id: "1", labels }));
const update = types.updateExpr().set({ "run-id": 7 }).expr();
const server = dynalite({ createTableMs: 0 });
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const client = new DynamoDBClient({
  endpoint: `http://127.0.0.1:${server.address().port}`,
  region: "us-east-1",
  credentials: { accessKeyId: "none", secretAccessKey: "none" },
});
const TableName = "runs";
await client.send(new CreateTableCommand({
  TableName,
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
  KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
}));
await new Promise((done) => setTimeout(done, 200));
await client.send(new PutItemCommand({ TableName, Item: wrap(item) }));
const answer = await client.send(new UpdateItemCommand({ TableName, Key: { id: { S: "1" } }, ...update })).then(
  () => "taken",
  ({ name }) => name,
);
const seen = `set, by the package: ${JSON.stringify(wrap1(labels))}
set, by the SDK: ${JSON.stringify(marshall({ labels }).labels)}
item read by the SDK, written by the package: ${JSON.stringify(unmarshall(wrap(item)))}
BigInt: ${"big" in wrap({ big: 2n ** 60n }) ? "written" : "left out"}
bytes: ${JSON.stringify(wrap1(new Uint8Array([1, 2])))}
expression: ${update.UpdateExpression}
in DynamoDB: ${answer}`;
console.log(seen);
const expected = `set, by the package: {"M":{}}
set, by the SDK: {"SS":["bug","urgent"]}
item read by the SDK, written by the package: {"id":"1","labels":{}}
BigInt: left out
bytes: {"M":{"0":{"N":"1"},"1":{"N":"2"}}}
expression: SET run-id = :a
in DynamoDB: ValidationException`;
process.exit(seen === expected ? 0 : 1);
JS
node run.mjs
