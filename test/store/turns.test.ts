import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { JournalSync } from "../../app/store/embedded/journal-sync.ts";
import { Turns } from "../../app/store/embedded/turns.ts";
import { type EmbeddedAws, startEmbeddedAws } from "../../app/store/embedded.ts";

const TableName = "zekt-deliveries";
const folder = mkdtempSync(join(tmpdir(), "turns-"));
let aws: EmbeddedAws;
/** How often the disk was waited for, and what it waits for itself. */
let syncs = 0;
let disk: Promise<void> = Promise.resolve();

const client = () => DynamoDBDocumentClient.from(aws.clients.dynamodb);
const itemOf = (n: number) => ({
  pk: `delivery-${n}`,
  sk: "delivery",
  providerRepositoryId: "1",
  createdAt: `2026-01-01T00:00:00.${String(n).padStart(3, "0")}Z`,
});
const put = (n: number, condition: object = {}) =>
  client().send(new PutCommand({ TableName, Item: itemOf(n), ...condition }));
const get = (n: number) =>
  client().send(new GetCommand({ TableName, Key: { pk: `delivery-${n}`, sk: "delivery" } }));
const ofProvider = () =>
  client().send(
    new QueryCommand({
      TableName,
      IndexName: "byProvider",
      KeyConditionExpression: "providerRepositoryId = :id",
      ExpressionAttributeValues: { ":id": "1" },
    }),
  );

beforeAll(async () => {
  const { sync } = JournalSync.prototype;
  vi.spyOn(JournalSync.prototype, "sync").mockImplementation(async function (this: JournalSync) {
    syncs += 1;
    await disk;
    await sync.call(this);
  });
  aws = await startEmbeddedAws({ dataDir: folder });
});

beforeEach(() => {
  syncs = 0;
  disk = Promise.resolve();
});

afterAll(async () => {
  await aws.close();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** Whether something is answered within so many milliseconds. */
const isAnswered = async (asked: Promise<unknown>, ms = 60): Promise<boolean> =>
  await Promise.race([asked.then(() => true), wait(ms).then(() => false)]);

test("a write is answered once it is on the disk for good", async () => {
  const full = Promise.withResolvers<void>();
  disk = full.promise;
  const written = put(0);
  expect(await isAnswered(written)).toBe(false);
  full.resolve();
  await written;
  expect(syncs).toBe(1);
});

test("nobody is told of what is not on the disk yet, and everybody else is", async () => {
  await put(1);
  const slow = Promise.withResolvers<void>();
  disk = slow.promise;
  const written = put(2);
  await wait(10);
  const answered = {
    "the item": isAnswered(get(2)),
    "its place in an index": isAnswered(ofProvider()),
    "that it is there already": isAnswered(
      put(2, { ConditionExpression: "attribute_not_exists(pk)" }).catch(() => {}),
    ),
    "another item": isAnswered(get(1)),
  };
  const told = Object.fromEntries(
    await Promise.all(Object.entries(answered).map(async ([what, is]) => [what, await is])),
  );
  slow.resolve();
  await written;
  expect(told).toEqual({
    "the item": false,
    "its place in an index": false,
    "that it is there already": false,
    "another item": true,
  });
});

test("what many write at once goes to the disk in few turns", async () => {
  await Promise.all(Array.from({ length: 40 }, (_, n) => put(n + 1)));
  expect(syncs).toBeLessThan(10);
});

test("what many count at once is counted once each", async () => {
  const count = () =>
    client().send(
      new UpdateCommand({
        TableName: "zekt-guards",
        Key: { pk: "count", sk: "count" },
        UpdateExpression: "ADD n :one",
        ExpressionAttributeValues: { ":one": 1 },
        ReturnValues: "UPDATED_NEW",
      }),
    );
  const answers = await Promise.all(Array.from({ length: 30 }, count));
  expect(answers.map(({ Attributes }) => Attributes?.n).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 30 }, (_, n) => n + 1),
  );
});

test("what was answered is there after a start anew, in the table and in its indexes", async () => {
  await aws.clients.s3.send(new PutObjectCommand({ Bucket: aws.names.bucket, Key: "a", Body: "b" }));
  await aws.close();
  aws = await startEmbeddedAws({ dataDir: folder });
  expect((await get(7)).Item).toEqual(itemOf(7));
  expect((await ofProvider()).Count).toBe(41);
});

test("a request that fails halfway leaves nothing, and nothing is written after it", async () => {
  const file = join(folder, "turns.db");
  const turns = new Turns("CREATE TABLE IF NOT EXISTS t (key TEXT UNIQUE NOT NULL)", file);
  const write = (key: string | null) =>
    turns.whenStored(async () => turns.write(key ?? "", "INSERT INTO t VALUES (?)", key as string));
  await write("stored");
  const sameTurn = [write("before"), write(null), write("after")];
  expect((await Promise.allSettled(sameTurn)).map(({ status }) => status)).toEqual(Array(3).fill("rejected"));
  await expect(write("later")).rejects.toThrow("NOT NULL");
  await turns.close();
  const anew = new Turns("", file);
  expect(anew.prepare("SELECT key FROM t").all()).toEqual([{ key: "stored" }]);
  await anew.close();
});
