import { GetCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { HOUR, iso, MINUTE } from "../../app/domain/clock.ts";
import type { Delivery } from "../../app/domain/records/delivery.ts";
import type { Message } from "../../app/domain/records/message.ts";
import { reportHourly } from "../../app/store/aws/report-hourly.ts";
import { awsStorage } from "../../app/store/aws/storage.ts";
import { type Key, UnreadableItem } from "../../app/store/ports.ts";
import { openStore, type Store } from "../../app/store/store.ts";
import { type TableName, tableName } from "../../app/store/tables.ts";
import { type LocalAws, startLocalAws } from "../../harness/local-aws.ts";
import { buildDelivery } from "../domain/delivery/build-delivery.ts";

/* One item that cannot be unpacked: it holds up nothing else, is named where it is found, and is not looked at for ever. */

const START = Date.parse("2026-01-01T00:00:00Z");
const clock = { at: START, now: () => clock.at };
const reported: UnreadableItem[] = [];

let aws: LocalAws;
let store: Store;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(() => aws.close());
beforeEach(() => {
  clock.at = START;
  reported.splice(0);
  const storage = awsStorage(aws.clients, aws.names, (error) => reported.push(error));
  store = openStore(storage, clock, { perMinute: 80, perHour: 500 });
});

let built: string[] = [];
let number = 0;
const build = (of: Partial<Delivery> = {}): Delivery => {
  const deliveryId = `delivery-${++number}`;
  built.push(deliveryId);
  return buildDelivery(deliveryId, { createdAt: iso(START), ...of });
};
afterEach(async () => {
  await store.deliveries.removeAll(built);
  built = [];
});

/** Sets what an item is packed in to bytes that nothing reads, and returns what it was. */
async function damage(table: TableName, { pk, sk }: Key): Promise<Uint8Array> {
  const where = { TableName: tableName(aws.names.tablePrefix, table), Key: { pk, sk } };
  const { Item } = await aws.clients.documents.send(new GetCommand(where));
  await setPacked(table, { pk, sk }, Buffer.from("of a later version"));
  return Item?.packed as Uint8Array;
}
const setPacked = async (table: TableName, { pk, sk }: Key, packed: Uint8Array): Promise<unknown> =>
  await aws.clients.documents.send(
    new UpdateCommand({
      TableName: tableName(aws.names.tablePrefix, table),
      Key: { pk, sk },
      UpdateExpression: "SET packed = :packed",
      ExpressionAttributeValues: { ":packed": packed },
    }),
  );
const isStored = async (table: TableName, { pk, sk }: Key): Promise<boolean> => {
  const { Item } = await aws.clients.documents.send(
    new GetCommand({ TableName: tableName(aws.names.tablePrefix, table), Key: { pk, sk } }),
  );
  return Item !== undefined;
};
const keyOf = ({ deliveryId }: Delivery): Key => ({ pk: deliveryId, sk: "delivery" });
const idsOf = (deliveries: readonly Delivery[]): string[] =>
  deliveries.map(({ deliveryId }) => deliveryId).sort();
const swept = async (): Promise<Delivery[]> => {
  const found: Delivery[] = [];
  for await (const round of store.deliveries.pastDue()) found.push(...round);
  return found;
};

test("a list leaves an unreadable delivery out, and reports its table and key", async () => {
  const [good, bad] = [build({ subscriptionId: "list" }), build({ subscriptionId: "list" })];
  await Promise.all([good, bad].map((one) => store.deliveries.add(one)));
  await damage("deliveries", keyOf(bad));
  const { items } = await store.deliveries.list("subscription", "list");
  expect(idsOf(items)).toEqual([good.deliveryId]);
  expect(idsOf(await store.deliveries.getMany([good.deliveryId, bad.deliveryId]))).toEqual([good.deliveryId]);
  expect(reported).toMatchObject([{ table: `${aws.names.tablePrefix}-deliveries`, key: keyOf(bad) }]);
});

test("whoever asks for it alone is told its table, its key and what is wrong with it", async () => {
  const bad = build();
  await store.deliveries.add(bad);
  await damage("deliveries", keyOf(bad));
  const asked = store.deliveries.get(bad.deliveryId);
  await expect(asked).rejects.toThrow(
    `The item "delivery" of "${bad.deliveryId}" in table ${aws.names.tablePrefix}-deliveries cannot be read. ` +
      "It cannot be unpacked: a later version of Zekt packed it, or it is damaged (Z_DATA_ERROR).",
  );
  await expect(asked).rejects.toBeInstanceOf(UnreadableItem);
  expect(reported).toHaveLength(1);
});

test("a sweep takes up what is due beside it, meets it ever more seldom, and takes it up once it can be read", async () => {
  const due = { dueFor: "dispatch", dueAt: iso(START) } as const;
  const [good, bad] = [build(due), build(due)];
  await Promise.all([good, bad].map((one) => store.deliveries.add(one)));
  const packed = await damage("deliveries", keyOf(bad));
  const met: number[] = [];
  for (; clock.at < START + 5 * HOUR; clock.at += 2 * MINUTE) {
    const before = await dueAtOf(bad);
    expect(idsOf(await swept())).toEqual([good.deliveryId]);
    if ((await dueAtOf(bad)) !== before) met.push((clock.at - START) / MINUTE);
  }
  expect(met).toEqual([0, 2, 6, 14, 30, 62, 122, 182, 242]);
  await setPacked("deliveries", keyOf(bad), packed);
  clock.at += HOUR;
  const found = (await swept()).find(({ deliveryId }) => deliveryId === bad.deliveryId);
  // Nothing stays of it but that it is due later.
  const stored = { ...keyOf(bad), dueShard: expect.any(String), expiresAt: expect.any(Number) };
  const { dueAt: _, ...rest } = bad;
  expect(found).toEqual({
    ...rest,
    ...stored,
    dueAt: expect.any(String),
    dueSetAt: expect.any(String),
  });
});

const dueAtOf = async (delivery: Delivery): Promise<unknown> => {
  const { Item } = await aws.clients.documents.send(
    new GetCommand({ TableName: `${aws.names.tablePrefix}-deliveries`, Key: keyOf(delivery) }),
  );
  return Item?.dueAt;
};

test("what is asked for what is due without working on it puts nothing off", async () => {
  const bad = build({ dueFor: "dispatch", dueAt: iso(START) });
  await store.deliveries.add(bad);
  await damage("deliveries", keyOf(bad));
  expect(await store.deliveries.dueUntil("9", 100)).toEqual([]);
  expect(await dueAtOf(bad)).toBe(iso(START));
});

test("a paused connection is probed with the oldest delivery that can be read", async () => {
  const parked = { subscriptionId: "paused", dueFor: "dispatch", parkedAt: iso(START) } as const;
  const older = build({ ...parked, createdAt: iso(START - MINUTE) });
  const newer = build(parked);
  await Promise.all([older, newer].map((one) => store.deliveries.add(one)));
  expect(idsOf(await store.deliveries.parked("paused", 1))).toEqual([older.deliveryId]);
  await damage("deliveries", keyOf(older));
  expect(idsOf(await store.deliveries.parked("paused", 1))).toEqual([newer.deliveryId]);
});

const RUN = { repositoryId: "9", runId: "7" };
const message = (messageId: string): Message & { ownerId: string } =>
  ({
    ...RUN,
    ownerId: "1",
    messageId,
    runAttempt: 1,
    eventType: "built",
    body: '{"n":1}',
    receivedAt: iso(START),
  }) as unknown as Message & { ownerId: string };
const messageKey = (messageId: string): Key => ({ pk: "run#9#7", sk: `message#${messageId}` });

test("a run is not read without one of its messages, so that no event is routed without it", async () => {
  await Promise.all(["a", "b"].map((id) => store.runs.addMessage(message(id))));
  await damage("runs", messageKey("b"));
  await expect(store.runs.load(RUN)).rejects.toThrow(
    `The item "message#b" of "run#9#7" in table ${aws.names.tablePrefix}-runs`,
  );
  expect((await store.runs.ofRepository("9")).items).toMatchObject([{ messageId: "a" }]);
  expect((await store.runs.eventsOf(RUN)).events).toEqual([]);
});

test("an erasure removes by their keys what cannot be read, too", async () => {
  const bad = build({ providerRepositoryId: "erased" });
  await store.deliveries.add(bad);
  await damage("deliveries", keyOf(bad));
  await store.runs.addMessage(message("c"));
  await damage("runs", messageKey("c"));
  const { items: ids } = await store.deliveries.listIds("provider", "erased");
  const { items: keys } = await store.runs.keysOfRepository("9");
  await store.deliveries.removeAll(ids);
  await store.runs.removeAll(keys);
  expect(await isStored("deliveries", keyOf(bad))).toBe(false);
  expect(await isStored("runs", messageKey("c"))).toBe(false);
});

test("a page of a partition leaves it out, and goes on behind it", async () => {
  const table = aws.storage.table("runs", clock);
  const keys = ["1", "2", "3"].map((sk) => ({ pk: "page", sk }));
  await table.putAll(keys.map((key) => ({ ...key, body: "text" })));
  await damage("runs", keys[1] as Key);
  const first = await table.page({ hash: ["pk", "page"] }, { limit: 2 });
  expect(first.items).toMatchObject([{ sk: "1", body: "text" }]);
  const second = await table.page({ hash: ["pk", "page"] }, { cursor: first.cursor ?? undefined });
  expect(second.items).toMatchObject([{ sk: "3" }]);
});

test("an item is reported once an hour, however often it is read", () => {
  let now = START;
  const said: string[] = [];
  const report = reportHourly(
    ({ key }) => said.push(key.sk),
    () => now,
  );
  const error = (sk: string): UnreadableItem => new UnreadableItem("zekt-runs", { pk: "a", sk }, new Error());
  for (; now <= START + HOUR; now += MINUTE) report(error("1"));
  report(error("2"));
  expect(said).toEqual(["1", "1", "2"]);
});
