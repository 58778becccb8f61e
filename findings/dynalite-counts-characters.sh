#!/usr/bin/env bash
# dynalite 4.0.0: the size of an item is counted in characters, not in bytes of UTF-8.
#
# Guess written down first: an item of 205,000 letters "ä", two bytes each in UTF-8, is
# refused, since DynamoDB's limit is 400 KB (409,600 bytes) of UTF-8 an item.
#
# Behaviour: it is stored. The same number of bytes in ASCII letters is refused.
#
# Why it matters here: messages and payloads are text in any language. A store that passes
# its tests on dynalite can still be refused by DynamoDB with items between half the limit
# and the limit, so the boundary has to be tested by bytes, against something else.
# Source of the limit: "Service, account, and table quotas", Amazon DynamoDB Developer Guide.
#
# Output seen on 2026-11-27:
#   410000 bytes as two-byte letters: stored
#   410000 bytes as one-byte letters: ValidationException
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  dynalite@4.0.0 @aws-sdk/client-dynamodb@3.1164.0
cat > run.mjs <<'JS'
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";
const server = dynalite({ createTableMs: 0 });
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const client = new DynamoDBClient({
  endpoint: `http://127.0.0.1:${server.address().port}`,
  region: "us-east-1",
  credentials: { accessKeyId: "none", secretAccessKey: "none" },
});
const TableName = "texts";
await client.send(new CreateTableCommand({
  TableName,
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
  KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
}));
await new Promise((done) => setTimeout(done, 200));
const put = (text) =>
  client.send(new PutItemCommand({ TableName, Item: { pk: { S: "1" }, text: { S: text } } }))
    .then(() => "stored", ({ name }) => name);
const wide = await put("ä".repeat(205_000));
const narrow = await put("a".repeat(410_000));
console.log(`410000 bytes as two-byte letters: ${wide}`);
console.log(`410000 bytes as one-byte letters: ${narrow}`);
process.exit(wide === "stored" && narrow === "ValidationException" ? 0 : 1);
JS
node run.mjs 2> /dev/null
