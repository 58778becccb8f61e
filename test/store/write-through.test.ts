import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EmbeddedAws, startEmbeddedAws } from "../../app/store/embedded.ts";
import { databaseOfDynalite } from "../../app/store/write-through.ts";

const TableName = "zekt-deliveries";
const folder = mkdtempSync(join(tmpdir(), "write-through-"));
const written: { keys: string[]; sync: unknown }[] = [];
let aws: EmbeddedAws;

const client = () => DynamoDBDocumentClient.from(aws.clients.dynamodb);
const itemOf = (n: number) => ({
  pk: `delivery-${n}`,
  sk: "delivery",
  providerRepositoryId: "1",
  createdAt: `2026-01-01T00:00:00.${String(n).padStart(3, "0")}Z`,
});

beforeAll(async () => {
  const database = databaseOfDynalite();
  const batch = database._batch;
  database._batch = function (operations, options) {
    written.push({
      keys: operations.map(({ key }) => String(key)),
      sync: (options as { sync?: boolean }).sync,
    });
    return batch.call(this, operations, options);
  };
  aws = await startEmbeddedAws({ dataDir: folder });
});

afterAll(async () => {
  await aws.close();
  rmSync(folder, { recursive: true });
});

test("an item reaches the disk for good, and together with its places in the indexes", async () => {
  written.length = 0;
  await client().send(new PutCommand({ TableName, Item: itemOf(0) }));
  const withItem = written.find(({ keys }) => keys.some((key) => key.startsWith(`item-${TableName}~`)));
  expect(withItem?.keys.some((key) => key.startsWith(`index-global~${TableName}~byProvider`))).toBe(true);
  expect(written.every(({ sync }) => sync === true)).toBe(true);
});

test("what many write at once goes to the disk in few turns", async () => {
  written.length = 0;
  await Promise.all(
    Array.from({ length: 40 }, (_, n) => client().send(new PutCommand({ TableName, Item: itemOf(n + 1) }))),
  );
  expect(written.length).toBeLessThan(40);
});

test("what was answered is there after a start anew, in the table and in its indexes", async () => {
  await aws.clients.s3.send(new PutObjectCommand({ Bucket: aws.names.bucket, Key: "a", Body: "b" }));
  await aws.close();
  aws = await startEmbeddedAws({ dataDir: folder });
  const { Item } = await client().send(
    new GetCommand({ TableName, Key: { pk: "delivery-7", sk: "delivery" } }),
  );
  expect(Item).toEqual(itemOf(7));
  const { Count } = await client().send(
    new QueryCommand({
      TableName,
      IndexName: "byProvider",
      KeyConditionExpression: "providerRepositoryId = :id",
      ExpressionAttributeValues: { ":id": "1" },
    }),
  );
  expect(Count).toBe(41);
});
