import { expect, test } from "vitest";
import { intakeStorage } from "../../app/store/aws/intake-storage.ts";

/* The stand-in for DynamoDB has what was just written in every answer; DynamoDB has it where it is asked to. */

interface Input {
  ConsistentRead?: boolean;
  RequestItems?: Record<string, { ConsistentRead?: boolean }>;
}

test("items and partitions are read as they are now, and an index, which cannot be, is not asked to", async () => {
  const inputs: Input[] = [];
  const documents = {
    async send({ input }: { input: Input }) {
      inputs.push(input);
      return {};
    },
  };
  const table = intakeStorage({ documents, sqs: {} } as never, {
    tablePrefix: "zekt",
    queueUrls: {} as never,
  }).table("runs", { now: Date.now });
  await table.get({ pk: "a", sk: "s" });
  await table.getMany(["a", "b"].map((pk) => ({ pk, sk: "s" })));
  await table.page({ hash: ["pk", "a"] });
  await table.page({ index: "byRepository", hash: ["repositoryId", "1"], range: "receivedAt" });
  const isConsistent = ({ ConsistentRead, RequestItems }: Input) =>
    RequestItems ? Object.values(RequestItems).map((one) => one.ConsistentRead) : [ConsistentRead];
  expect(inputs.map(isConsistent)).toEqual([[true], [true], [true], [false]]);
});
