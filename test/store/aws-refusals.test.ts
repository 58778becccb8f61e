import { S3ServiceException } from "@aws-sdk/client-s3";
import type { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { S3Archive } from "../../app/store/aws/archive.ts";
import { SqsQueue } from "../../app/store/aws/queue.ts";
import { Reads } from "../../app/store/aws/reads.ts";
import { Writes } from "../../app/store/aws/writes.ts";

/* Answers of AWS that say what was not done, which services of this machine never give. */

test("a message of a batch that SQS refuses fails whoever sent it, and nobody else", async () => {
  let requests = 0;
  const sqs = {
    async send({ input: { Entries = [] } }: SendMessageBatchCommand) {
      requests += 1;
      return {
        Failed: Entries.filter(({ MessageBody }) => MessageBody === "b").map(({ Id }) => ({
          Id,
          Code: "InternalError",
        })),
      };
    },
  };
  const queue = new SqsQueue(sqs as unknown as SQSClient, "queue");
  const sent = await Promise.allSettled(["a", "b", "c"].map((body) => queue.send([{ body, group: "g" }])));
  expect(sent.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(sent[1]).toMatchObject({ reason: { message: expect.stringContaining("InternalError") } });
  expect(requests).toBe(1);
});

/** An archive in a bucket that answers so, by the name of the command. */
function archiveOf(answers: Record<string, () => unknown>): S3Archive {
  const s3 = { send: async (command: object) => answers[command.constructor.name]?.() };
  return new S3Archive(s3 as never, "bucket");
}

test("an object that S3 does not remove is no removed one", async () => {
  const archive = archiveOf({
    DeleteObjectsCommand: () => ({ Errors: [{ Key: "a", Code: "InternalError" }] }),
  });
  await expect(archive.removeAll(["a", "b"])).rejects.toThrow("InternalError");
});

test.each<[string, string[], boolean]>([
  ["is not there, where its list has no such key", ["a.json"], true],
  ["is refused, where its list has the key", ["a"], false],
])("an object whose reading S3 denies %s", async (_, keys, isGone) => {
  const archive = archiveOf({
    GetObjectCommand() {
      throw new S3ServiceException({ name: "AccessDenied", $fault: "client", $metadata: {} });
    },
    ListObjectsV2Command: () => ({ Contents: keys.map((Key) => ({ Key })) }),
  });
  if (isGone) expect(await archive.get("a")).toBeNull();
  else await expect(archive.get("a")).rejects.toMatchObject({ name: "AccessDenied" });
});

test("S3, which refuses a list of nothing, is not asked to remove nothing", async () => {
  const archive = archiveOf({
    DeleteObjectsCommand() {
      throw new S3ServiceException({ name: "MalformedXML", $fault: "client", $metadata: {} });
    },
  });
  await archive.removeAll([]);
});

test.each<[string, number]>([
  ["ProvisionedThroughputExceededException", 1],
  ["ValidationException", 4],
])("of a batch that DynamoDB refuses with %s, %i requests are made in all", async (name, requests) => {
  let asked = 0;
  const client = {
    async send() {
      asked += 1;
      throw Object.assign(new Error(name), { name });
    },
  };
  const keys = ["a", "b", "c"].map((pk) => ({ pk, sk: "s" }));
  const reads = new Reads(client as never);
  await expect(reads.many("table", keys)).rejects.toThrow(name);
  expect(asked).toBe(requests);
  asked = 0;
  const writes = new Writes(client as never);
  await expect(writes.make(keys.map((put) => ({ table: "table", put })))).rejects.toThrow(name);
  expect(asked).toBe(requests);
});
