import { S3ServiceException } from "@aws-sdk/client-s3";
import type { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { S3Archive } from "../../app/store/aws/archive.ts";
import { SqsQueue } from "../../app/store/aws/queue.ts";

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
