#!/usr/bin/env bash
# @typedorm/core 1.15.4: a default of 0, false or "" is none, and such an item is in no index that asks for it.
#
# Guess written down first: an attribute with a default has it once the item is made, and a default of 0 or false is one
# like any other.
#
# Behaviour: "new" and 1 are written, and 0, false and "" are not. A function that returns 0 is a default. Given by the
# caller, 0 and false are written. A key of an index that names such an attribute cannot be made, and the item is left
# out of that index. Nothing is said.
#
# Why it matters here: "no tries yet" and "not paused" are the defaults that most items have. A list by state and tries
# does not show a delivery until it was tried once, so that it is never tried; a condition `paused = false` finds no
# subscription. Write `default: () => 0`. Zekt's records are written whole.
# Source: "default" in the decorator's types, with any text, number or boolean.
#
# Output seen on 2026-11-29:
#   made: {"state":"new","weight":1}
#   by a function: 0
#   index by state and tries: 0 items
#   where paused is false: 0 items
#   made with 0 and false given: {"state":"new","weight":1,"tries":0,"paused":false}
#   index by state and tries: 1 items
#   where paused is false: 1 items
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error --legacy-peer-deps \
  @typedorm/core@1.15.4 @typedorm/common@1.15.4 @typedorm/document-client@1.15.4 reflect-metadata@0.1.14 \
  dynalite@4.0.0 @aws-sdk/client-dynamodb@3.1164.0 @aws-sdk/lib-dynamodb@3.1162.0
cat > run.cjs <<'JS'
require("reflect-metadata");
const { CreateTableCommand, DynamoDBClient } = require("@aws-sdk/client-dynamodb");
const { Attribute, Entity, INDEX_TYPE, Table } = require("@typedorm/common");
const { createConnection, getEntityManager } = require("@typedorm/core");
const { DocumentClientV3 } = require("@typedorm/document-client");
const dynalite = require("dynalite");
class Delivery {}
const ATTRIBUTES = {
  tenant: [String],
  id: [String],
  state: [String, "new"],
  weight: [Number, 1],
  tries: [Number, 0],
  paused: [Boolean, false],
  note: [String, ""],
  byFunction: [Number, () => 0],
};
for (const [name, [type, ...given]] of Object.entries(ATTRIBUTES)) {
  // The metadata that TypeScript emits for a decorated property.
  Reflect.defineMetadata("design:type", type, Delivery.prototype, name);
  Attribute(given.length === 0 ? {} : { default: given[0] })(Delivery.prototype, name);
}
Entity({
  name: "delivery",
  primaryKey: { partitionKey: "TENANT#{{tenant}}", sortKey: "DELIVERY#{{id}}" },
  indexes: { index: { type: INDEX_TYPE.GSI, partitionKey: "STATE#{{state}}", sortKey: "TRIES#{{tries}}" } },
})(Delivery);
const table = new Table({
  name: "deliveries",
  partitionKey: "pk",
  sortKey: "sk",
  indexes: { index: { type: INDEX_TYPE.GSI, partitionKey: "ik", sortKey: "is" } },
});
const keys = (hash, sort) => [
  { AttributeName: hash, KeyType: "HASH" },
  { AttributeName: sort, KeyType: "RANGE" },
];
async function main() {
  const server = dynalite({ createTableMs: 0 });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${server.address().port}`,
    region: "us-east-1",
    credentials: { accessKeyId: "none", secretAccessKey: "none" },
  });
  await client.send(new CreateTableCommand({
    TableName: "deliveries",
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: ["pk", "sk", "ik", "is"].map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
    KeySchema: keys("pk", "sk"),
    GlobalSecondaryIndexes: [
      { IndexName: "index", KeySchema: keys("ik", "is"), Projection: { ProjectionType: "ALL" } },
    ],
  }));
  await new Promise((done) => setTimeout(done, 200));
  createConnection({ table, entities: [Delivery], documentClient: new DocumentClientV3(client) });
  const manager = getEntityManager();
  const made = async (id, given) => {
    await manager.create(Object.assign(new Delivery(), { tenant: "acme", id, ...given }));
    return manager.findOne(Delivery, { tenant: "acme", id });
  };
  const words = ({ state, weight, tries, paused, note }) => JSON.stringify({ state, weight, tries, paused, note });
  const inIndex = async () => (await manager.find(Delivery, { state: "new" }, { queryIndex: "index" })).items.length;
  const where = { paused: { EQ: false } };
  const unpaused = async () => (await manager.find(Delivery, { tenant: "acme" }, { where })).items.length;
  const first = await made("1", {});
  const lines = [
    `made: ${words(first)}`,
    `by a function: ${first.byFunction ?? "absent"}`,
    `index by state and tries: ${await inIndex()} items`,
    `where paused is false: ${await unpaused()} items`,
    `made with 0 and false given: ${words(await made("2", { tries: 0, paused: false }))}`,
    `index by state and tries: ${await inIndex()} items`,
    `where paused is false: ${await unpaused()} items`,
  ];
  console.log(lines.join("\n"));
  const expected = `made: {"state":"new","weight":1}
by a function: 0
index by state and tries: 0 items
where paused is false: 0 items
made with 0 and false given: {"state":"new","weight":1,"tries":0,"paused":false}
index by state and tries: 1 items
where paused is false: 1 items`;
  process.exit(lines.join("\n") === expected ? 0 : 1);
}
main();
JS
node run.cjs
