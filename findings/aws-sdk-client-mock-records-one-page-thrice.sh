#!/usr/bin/env bash
# aws-sdk-client-mock 4.1.0 with a paginator of AWS's SDK 3.1169.0: each recorded page was asked for with the last key.
#
# Guess written down first: `commandCalls(QueryCommand)` shows what was sent, call by call. Of three pages the first was
# asked for without a key, the second and the third with the one that the page before gave.
#
# Behaviour: the three records hold one and the same input. The paginator writes each next key into the object that it
# began with, and the mock records the object, not what is in it. So all three show the last key, also the first call,
# which had none. What an application changes in its own input after a call is shown likewise.
#
# Why it matters here: a test of code that reads a table page by page looks at these calls. It cannot see a page that is
# asked for twice or left out, and a test that demands the right keys fails on right code. Record a copy in a stub
# (`callsFake`), or test against a server. Zekt's tables are tested against one.
#
# Output seen on 2026-11-29:
#   pages read: 1 2 3
#   keys sent: none, 1, 2
#   keys recorded: 2, 2, 2
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  aws-sdk-client-mock@4.1.0 @aws-sdk/client-dynamodb@3.1169.0 @aws-sdk/lib-dynamodb@3.1169.0
cat > run.mjs <<'JS'
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, paginateQuery, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { mockClient } from "aws-sdk-client-mock";
const client = DynamoDBDocumentClient.from(new DynamoDBClient({ region: "us-east-1" }));
const mock = mockClient(client);
const sent = [];
mock.on(QueryCommand).callsFake(({ ExclusiveStartKey: key }) => {
  sent.push(key?.id ?? "none");
  const page = (key?.id ?? 0) + 1;
  return { Items: [{ page }], ...(page < 3 ? { LastEvaluatedKey: { id: page } } : {}) };
});
const read = [];
for await (const { Items } of paginateQuery({ client }, { TableName: "events" })) read.push(Items[0].page);
const recorded = mock.commandCalls(QueryCommand).map(({ args }) => args[0].input.ExclusiveStartKey?.id ?? "none");
console.log(`pages read: ${read.join(" ")}`);
console.log(`keys sent: ${sent.join(", ")}`);
console.log(`keys recorded: ${recorded.join(", ")}`);
const same = read.join() === "1,2,3" && sent.join() === "none,1,2" && recorded.join() === "2,2,2";
process.exit(same ? 0 : 1);
JS
node run.mjs
