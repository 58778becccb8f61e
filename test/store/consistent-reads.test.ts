import { expect, test } from "vitest";
import { intakeStorage } from "../../app/store/aws/intake-storage.ts";
import { Catalog } from "../../app/store/catalog.ts";

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

const KEY = { pk: "service#s", sk: "subscription#1" };

/** A catalog whose index knows a subscription once it was asked so often, and what its table was asked. */
function lagging(behind: number) {
  const asked: string[] = [];
  const documents = {
    async send({ input }: { input: { IndexName?: string } }) {
      asked.push(input.IndexName ?? "table");
      if (!input.IndexName) return { Item: { ...KEY, subscriptionId: "1" } };
      return { Items: asked.length > behind ? [{ ...KEY, subscriptionId: "1", serviceId: "s" }] : [] };
    },
  };
  const storage = intakeStorage({ documents, sqs: {} } as never, {
    tablePrefix: "zekt",
    queueUrls: {} as never,
  });
  return { asked, catalog: new Catalog(storage.table("catalog", { now: Date.now }), {} as never) };
}

test("what was just stored is found by its id, though the index does not know it yet", async () => {
  const { asked, catalog } = lagging(2);
  expect(await catalog.findSubscription("1")).toMatchObject({ subscriptionId: "1" });
  expect(asked).toEqual(["byId", "byId", "byId", "table"]);
});

test("an id that there is not is looked for a few times, and no longer", async () => {
  const { asked, catalog } = lagging(Number.POSITIVE_INFINITY);
  const began = performance.now();
  expect(await catalog.findService("1")).toBeNull();
  expect(asked).toEqual(Array(5).fill("byId"));
  expect(performance.now() - began).toBeLessThan(2000);
});
