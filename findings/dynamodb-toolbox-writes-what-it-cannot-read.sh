#!/usr/bin/env bash
# dynamodb-toolbox 2.10.6: an update of an item that is gone writes one that no read of its partition gets past.
#
# Guess written down first: an update of an absent item makes a whole one, with the schema's defaults, as a put would.
# Where a required attribute has no default, the update is refused, since the schema judges what is written.
#
# Behaviour: an update asks for the key alone. It writes what it was given, and neither defaults nor what is required.
# A GetItem of that item then throws "Missing required attribute for formatting", and so does each query and scan that
# meets it, though all other items are whole. A condition that a required attribute exists refuses the update.
#
# Why it matters here: an attempt is counted on a delivery just as its time to live, or its owner, removes it. From
# then on the list of that tenant's deliveries fails, and none of them can be seen. Zekt writes its conditions itself:
# an update of what is gone changes nothing.
# Source: DynamoDB's UpdateItem makes an absent item, as its reference says; the toolbox's schemas say what items look
# like.
#
# Output seen on 2026-11-29:
#   query of two items: 1 2
#   update of item 2, removed in between: taken
#   get of item 2: formatter.missingAttribute
#   query: formatter.missingAttribute
#   update of item 3, never there, under a condition: ConditionalCheckFailedException
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  dynamodb-toolbox@2.10.6 dynalite@4.0.0 @aws-sdk/client-dynamodb@3.1164.0 @aws-sdk/lib-dynamodb@3.1162.0
cat > run.mjs <<'JS'
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import dynalite from "dynalite";
import {
  $add,
  DeleteItemCommand,
  Entity,
  GetItemCommand,
  item,
  number,
  PutItemCommand,
  QueryCommand,
  string,
  Table,
  UpdateItemCommand,
} from "dynamodb-toolbox";
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
  AttributeDefinitions: ["tenant", "id"].map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
  KeySchema: [
    { AttributeName: "tenant", KeyType: "HASH" },
    { AttributeName: "id", KeyType: "RANGE" },
  ],
}));
await new Promise((done) => setTimeout(done, 200));
const table = new Table({
  name: "deliveries",
  documentClient: DynamoDBDocumentClient.from(client),
  partitionKey: { name: "tenant", type: "string" },
  sortKey: { name: "id", type: "string" },
});
const schema = item({
  tenant: string().key(),
  id: string().key(),
  state: string().enum("new", "sent").default("new"),
  tries: number().default(0),
});
const Delivery = new Entity({ name: "Delivery", table, schema });
const key = (id) => ({ tenant: "acme", id });
const codeOr = (promise, text) => promise.then(text, ({ code, name }) => code ?? name);
const query = () =>
  codeOr(table.build(QueryCommand).entities(Delivery).query({ partition: "acme" }).send(), ({ Items }) =>
    Items.map(({ id }) => id).join(" "),
  );
const update = (id, options = {}) =>
  codeOr(
    Delivery.build(UpdateItemCommand).item({ ...key(id), tries: $add(1) }).options(options).send(),
    () => "taken",
  );
for (const id of ["1", "2"]) await Delivery.build(PutItemCommand).item(key(id)).send();
const before = await query();
await Delivery.build(DeleteItemCommand).key(key("2")).send();
const gone = await update("2");
const get = await codeOr(Delivery.build(GetItemCommand).key(key("2")).send(), () => "read");
const after = await query();
const guarded = await update("3", { condition: { attr: "state", exists: true } });
console.log(`query of two items: ${before}`);
console.log(`update of item 2, removed in between: ${gone}`);
console.log(`get of item 2: ${get}`);
console.log(`query: ${after}`);
console.log(`update of item 3, never there, under a condition: ${guarded}`);
const missing = "formatter.missingAttribute";
const same = [before, gone, get, after].join() === ["1 2", "taken", missing, missing].join();
process.exit(same && guarded === "ConditionalCheckFailedException" ? 0 : 1);
JS
node run.mjs
