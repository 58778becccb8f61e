#!/usr/bin/env bash
# electrodb 3.9.3: `lte` and `between` on the first part of a sort key leave out what equals their end.
#
# Guess written down first: on a sort key of day and id, lte({ day }) gives that day's items too and gt({ day }) none of
# them. When that was wrong, a second one: with `compare: "attributes"`, gt leaves the day out, lte and between take it in.
#
# Behaviour: by default gt gives the day's items, as gte does, and lte none of them, as lt does; between leaves out its
# last day. `compare: "attributes"`, of which the manual says that the comparison applies to the item's attributes, mends
# gt alone: it adds a filter "day <= :day" to lte, and DynamoDB applies that to what the same range of keys let
# through. Only "v2" gives the last day, and that is deprecated.
#
# Why it matters here: a log or a replay "from Monday to Wednesday" over such keys ends on Tuesday night, with no error,
# and a request whose filter says "<=" reads as if it could not. Ask for less than the next day, or give the end a
# last part higher than each id.
#
# Output seen on 2026-11-29:
#   keys: gt 15th 16th, gte 15th 16th, lt 14th, lte 14th, between 14th
#   attributes: gt 16th, gte 15th 16th, lt 14th, lte 14th, between 14th
#   v2: gt 16th, gte 15th 16th, lt 14th, lte 14th 15th, between 14th 15th
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  electrodb@3.9.3 dynalite@4.0.0 @aws-sdk/client-dynamodb@3.1169.0 @aws-sdk/lib-dynamodb@3.1169.0
cat > run.mjs <<'JS'
import { once } from "node:events";
import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import dynalite from "dynalite";
import { Entity } from "electrodb";
const server = dynalite({ createTableMs: 0 }).listen(0, "127.0.0.1");
await once(server, "listening");
const client = new DynamoDBClient({
  endpoint: `http://127.0.0.1:${server.address().port}`,
  region: "us-east-1",
  credentials: { accessKeyId: "none", secretAccessKey: "none" },
});
const TableName = "events";
await client.send(
  new CreateTableCommand({
    TableName,
    ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 },
    AttributeDefinitions: ["pk", "sk"].map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
    KeySchema: [
      { AttributeName: "pk", KeyType: "HASH" },
      { AttributeName: "sk", KeyType: "RANGE" },
    ],
  }),
);
await waitUntilTableExists({ client, maxWaitTime: 20, minDelay: 1 }, { TableName });
const text = { type: "string", required: true };
const events = new Entity(
  {
    model: { entity: "event", version: "1", service: "log" },
    attributes: { consumer: text, day: text, id: text },
    indexes: { log: { pk: { field: "pk", composite: ["consumer"] }, sk: { field: "sk", composite: ["day", "id"] } } },
  },
  { client: DynamoDBDocumentClient.from(client), table: TableName },
);
const [first, middle, last] = ["2026-01-14", "2026-01-15", "2026-01-16"];
for (const day of [first, middle, last]) await events.create({ consumer: "acme", day, id: "one" }).go();
const all = () => events.query.log({ consumer: "acme" });
const seen = [];
for (const compare of ["keys", "attributes", "v2"]) {
  const days = async (query) => (await query.go({ compare })).data.map(({ day }) => `${day.slice(-2)}th`).join(" ");
  const found = [];
  for (const name of ["gt", "gte", "lt", "lte"]) found.push(`${name} ${await days(all()[name]({ day: middle }))}`);
  found.push(`between ${await days(all().between({ day: first }, { day: middle }))}`);
  seen.push(`${compare}: ${found.join(", ")}`);
}
// Without the option it compares keys.
const plain = (await all().lte({ day: middle }).go()).data.length;
console.log(seen.join("\n"));
server.close();
process.exit(
  plain === 1 &&
    seen[0] === "keys: gt 15th 16th, gte 15th 16th, lt 14th, lte 14th, between 14th" &&
    seen[1] === "attributes: gt 16th, gte 15th 16th, lt 14th, lte 14th, between 14th" &&
    seen[2] === "v2: gt 16th, gte 15th 16th, lt 14th, lte 14th 15th, between 14th 15th"
    ? 0
    : 1,
);
JS
node run.mjs
