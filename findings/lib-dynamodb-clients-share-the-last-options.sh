#!/usr/bin/env bash
# @aws-sdk/lib-dynamodb 3.1162.0: of two document clients over one client, both have the options of the later one.
#
# Guess written down first: a document client that wraps numbers gives a NumberValue for each, whatever else is made of
# the same client. `from(client, options)` makes a client of its own, as its name and its types say.
#
# Behaviour: the options are written into the configuration of the client beneath, which all document clients over it
# share. The last one made decides for all, from then on: a module that makes one without options takes them from
# every other. Nothing is said. Each over a client of its own keeps its options.
#
# Why it matters here: one client for all, so that sockets are shared, is what AWS advises for Lambda. A library that is
# given the client and wraps it anew switches `removeUndefinedValues` off for the application, whose next write with an
# undefined member throws, or turns its numbers into another type. Zekt makes one document client, in one place.
# Source: issue 6545 of aws-sdk-js-v3, closed; the README says nothing of it.
#
# Output seen on 2026-11-29:
#   wrapping client, alone: NumberValue
#   wrapping client, once a plain one was made: number
#   plain client, once one for BigInt was made: bigint
#   put of an undefined member: taken
#   the same put, once a client without options was made: throws
#   over a client of its own: taken
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  dynalite@4.0.0 @aws-sdk/client-dynamodb@3.1164.0 @aws-sdk/lib-dynamodb@3.1162.0
cat > run.mjs <<'JS'
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import dynalite from "dynalite";
const server = dynalite({ createTableMs: 0 });
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const newClient = () =>
  new DynamoDBClient({
    endpoint: `http://127.0.0.1:${server.address().port}`,
    region: "us-east-1",
    credentials: { accessKeyId: "none", secretAccessKey: "none" },
  });
const client = newClient();
const TableName = "counts";
await client.send(new CreateTableCommand({
  TableName,
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
  KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
}));
await new Promise((done) => setTimeout(done, 200));
const typeBy = async (documents) => {
  const { count } = (await documents.send(new GetCommand({ TableName, Key: { id: "1" } }))).Item;
  return typeof count === "object" ? count.constructor.name.replace(/Impl$/, "") : typeof count;
};
const put = (documents) =>
  documents.send(new PutCommand({ TableName, Item: { id: "2", notes: { text: undefined } } })).then(
    () => "taken",
    () => "throws",
  );
const over = (beneath, options) => DynamoDBDocumentClient.from(beneath, options);
const wrapping = over(client, { unmarshallOptions: { wrapNumbers: true } });
await wrapping.send(new PutCommand({ TableName, Item: { id: "1", count: 7 } }));
const lines = [`wrapping client, alone: ${await typeBy(wrapping)}`];
const plain = over(client);
lines.push(`wrapping client, once a plain one was made: ${await typeBy(wrapping)}`);
over(client, { unmarshallOptions: { wrapNumbers: BigInt } });
lines.push(`plain client, once one for BigInt was made: ${await typeBy(plain)}`);
const removing = over(client, { marshallOptions: { removeUndefinedValues: true } });
lines.push(`put of an undefined member: ${await put(removing)}`);
over(client);
lines.push(`the same put, once a client without options was made: ${await put(removing)}`);
const own = over(newClient(), { marshallOptions: { removeUndefinedValues: true } });
over(client);
lines.push(`over a client of its own: ${await put(own)}`);
console.log(lines.join("\n"));
const expected = `wrapping client, alone: NumberValue
wrapping client, once a plain one was made: number
plain client, once one for BigInt was made: bigint
put of an undefined member: taken
the same put, once a client without options was made: throws
over a client of its own: taken`;
process.exit(lines.join("\n") === expected ? 0 : 1);
JS
node run.mjs
