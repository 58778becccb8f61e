import { expect, test } from "vitest";
import { Tally } from "../../bench/support/tally.ts";
import { startLocalAws } from "../../harness/local-aws.ts";

test("a tally counts what DynamoDB, S3 and SQS are asked, by kind of item", async () => {
  const aws = await startLocalAws();
  try {
    const tally = Tally.of(aws.clients);
    const table = aws.storage.table("guards", { now: () => 0 });
    await table.put({ pk: "budget#7", sk: "budget", text: "x".repeat(1500) });
    await table.putAll([
      { pk: "owner#1#2", sk: "owner" },
      { pk: "owner#1#3", sk: "owner" },
    ]);
    await table.get({ pk: "budget#7", sk: "budget" });
    await aws.storage.archive.put("one", "text");
    await aws.storage.queue("routing").send([{ body: "{}", group: "1" }]);
    tally.stop();
    await table.get({ pk: "budget#7", sk: "budget" });
    expect(tally).toMatchObject({ dynamodb: 3, writeUnits: 4, readUnits: 1, s3Puts: 1, s3Gets: 0, sqs: 1 });
    expect(Object.fromEntries(tally.kinds)).toEqual({
      "PutItem guards budget": { requests: 1, units: 2, indexUnits: 0 },
      "BatchWriteItem 2 guards owner": { requests: 1, units: 2, indexUnits: 0 },
      "GetItem guards budget": { requests: 1, units: 1, indexUnits: 0 },
    });
  } finally {
    await aws.close();
  }
});
