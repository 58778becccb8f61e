import { type BatchGetCommand, BatchWriteCommand, type DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { expect, test } from "vitest";
import { Reads } from "../../app/store/aws/reads.ts";
import { Writes } from "../../app/store/aws/writes.ts";

type Keyed = { pk: string; sk: string };

/** A DynamoDB that does one thing of each batch, and leaves the rest, as a throttled table does. */
function stingy() {
  const requests: { at: number; asked: number }[] = [];
  const stored: Keyed[] = [];
  const seen = (asked: number) => requests.push({ at: performance.now(), asked });
  const client = {
    async send(command: BatchGetCommand | BatchWriteCommand) {
      if (command instanceof BatchWriteCommand) {
        const [first, ...left] = command.input.RequestItems?.a ?? [];
        seen(1 + left.length);
        stored.push(first?.PutRequest?.Item as Keyed);
        return left.length > 0 ? { UnprocessedItems: { a: left } } : {};
      }
      const { Keys: [first, ...left] = [], ConsistentRead } = command.input.RequestItems?.a ?? {};
      seen(1 + left.length);
      return {
        Responses: { a: [{ ...first, consistent: ConsistentRead }] },
        ...(left.length > 0 && { UnprocessedKeys: { a: { Keys: left, ConsistentRead } } }),
      };
    },
  };
  return { client: client as unknown as DynamoDBDocumentClient, requests, stored };
}

const keys = ["1", "2", "3"].map((sk) => ({ pk: "p", sk }));
const pauses = (requests: { at: number }[]) =>
  requests.slice(1).map(({ at }, n) => at - (requests[n]?.at ?? 0));

test("what DynamoDB left unwritten is asked for again until all of it is written", async () => {
  const { client, requests, stored } = stingy();
  await new Writes(client).make(keys.map((put) => ({ table: "a", put })));
  expect(stored).toEqual(keys);
  expect(requests.map(({ asked }) => asked)).toEqual([3, 2, 1]);
});

test("what DynamoDB left unread is asked for again, as consistently", async () => {
  const { client, requests } = stingy();
  const found = await new Reads(client).many("a", keys);
  expect(found).toEqual(keys.map((key) => ({ ...key, consistent: true })));
  expect(requests.map(({ asked }) => asked)).toEqual([3, 2, 1]);
});

test("a table that is throttled is not asked again at once each time", async () => {
  const many = Array.from({ length: 10 }, (_, n) => ({ pk: "p", sk: String(n) }));
  const { client, requests } = stingy();
  await new Writes(client).make(many.map((put) => ({ table: "a", put })));
  expect(Math.max(...pauses(requests))).toBeGreaterThan(50);
});
