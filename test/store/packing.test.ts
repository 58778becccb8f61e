import { deflateSync } from "node:zlib";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Attempt, Delivery } from "../../app/domain/records/delivery.ts";
import { Packing } from "../../app/store/aws/packing.ts";
import { DICTIONARY } from "../../app/store/aws/packing-dictionary.ts";
import { Reads } from "../../app/store/aws/reads.ts";
import { DynamoTable } from "../../app/store/aws/table.ts";
import { Writes } from "../../app/store/aws/writes.ts";
import { absent, equals } from "../../app/store/ports.ts";
import { buildDelivery } from "../domain/delivery/build-delivery.ts";

const deliveries = new Packing("deliveries");
const runs = new Packing("runs");

/** The bytes that DynamoDB counts for an item: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
function sizeOf(value: unknown): number {
  if (value === null || typeof value === "boolean") return 1;
  if (typeof value === "number") return Math.ceil(String(value).length / 2) + 1;
  if (typeof value === "string") return Buffer.byteLength(value);
  if (value instanceof Uint8Array) return value.length;
  const parts = Object.entries(value as object);
  const names = Array.isArray(value) ? 0 : Buffer.byteLength(parts.map(([name]) => name).join(""));
  return 3 + names + parts.reduce((sum, [, part]) => sum + 1 + sizeOf(part), 0);
}
const itemSize = (item: object): number =>
  Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + sizeOf(value), 0);

const DEPLOY = ".github/workflows/deploy-production.yml";
const ID = "5f1c8a20-3f5b-5d0e-9a57-0c2f6d7e8b91";
const AT = "2027-03-04T11:22:33.444Z";

const attempt = (number: number): Attempt => ({
  number,
  startedAt: AT,
  holder: null,
  endedAt: "2027-03-04T11:22:33.601Z",
  status: 204,
  outcome: "dispatched",
  possibleDuplicate: false,
  failure: null,
  response: {
    headers: {
      date: "Thu, 04 Mar 2027 11:22:33 GMT",
      "x-github-request-id": `C4B${number}:1AD24:9E88B0:F15257:65E5A1F9`,
      "x-ratelimit-limit": "15000",
      "x-ratelimit-remaining": "14321",
      "x-ratelimit-reset": "1804159353",
      "x-ratelimit-resource": "core",
    },
    body: null,
  },
});

/** A durable delivery of a message that has ended, with names as long as they are at work. */
const COMPLETED: Delivery = buildDelivery(`delivery-${ID}`, {
  eventId: `event-${ID}`,
  messageId: `message-${ID}`,
  subscriptionId: `subscription-${ID}`,
  correlationId: "17123456789",
  providerRepositoryId: "712345678",
  providerOwnerId: "12345678",
  consumerRepositoryId: "723456789",
  workflow: DEPLOY,
  archiveKey: `events/712345678/17123456789/event-${ID}/message-${ID}.json`,
  source: {
    serviceId: `service-${ID}`,
    slug: "payments-releases",
    provider: "northwind-engineering",
    repo: "northwind-engineering/payments-gateway",
    runFields: ["id", "name", "path", "conclusion", "head_branch", "head_sha", "html_url"],
  },
  trace: { hops: 1, causedBy: `delivery-${ID}` },
  status: "Completed",
  isFinalized: true,
  attempts: [attempt(1)],
  owners: {
    [DEPLOY]: {
      workflow: DEPLOY,
      runId: "17123456999",
      runAttempt: 1,
      jobId: "49123456789",
      confirmedAt: AT,
      completedAt: AT,
      conclusion: "success",
      via: "action",
      duplicates: [],
    },
  },
  firstOwner: DEPLOY,
});
const keys = (delivery: Delivery) => ({ ...delivery, pk: delivery.deliveryId, sk: "delivery" });

describe("a delivery", () => {
  test("that has ended takes one write unit, packed, where it took three", () => {
    expect(itemSize(keys(COMPLETED))).toBeGreaterThan(1500);
    expect(itemSize(deliveries.pack(keys(COMPLETED)))).toBeLessThan(900);
  });

  test("that was tried five times takes one as well", () => {
    const tried = { ...COMPLETED, attempts: [1, 2, 3, 4, 5].map(attempt) };
    expect(itemSize(keys(tried))).toBeGreaterThan(2500);
    expect(itemSize(deliveries.pack(keys(tried)))).toBeLessThan(1024);
  });

  test("shows DynamoDB its keys, those of its indexes, its version and its status, and little else", () => {
    const stored = deliveries.pack({
      ...keys(COMPLETED),
      dueShard: "1",
      dueAt: AT,
      dueSetAt: AT,
      expiresAt: 1,
    });
    expect(Object.keys(stored).sort()).toEqual([
      "consumerRepositoryId",
      "correlationId",
      "createdAt",
      "dueAt",
      "dueSetAt",
      "dueShard",
      "expiresAt",
      "packed",
      "pk",
      "providerRepositoryId",
      "sk",
      "status",
      "subscriptionId",
      "version",
    ]);
  });

  test("is what it was once it is unpacked", () => {
    expect(deliveries.unpack(deliveries.pack(keys(COMPLETED)))).toEqual(keys(COMPLETED));
  });

  test("that a version before packing wrote is read as it is", () => {
    expect(deliveries.unpack(keys(COMPLETED))).toEqual(keys(COMPLETED));
  });

  test("that a version before packing changed has what that version wrote", () => {
    const changed = { ...deliveries.pack(keys(COMPLETED)), conclusion: "failure" };
    expect(deliveries.unpack(changed)).toEqual({ ...keys(COMPLETED), conclusion: "failure" });
  });

  test("that was packed long ago is read for ever", () => {
    const packed = Buffer.from(PACKED_ONCE, "base64");
    expect(deliveries.unpack({ pk: "a", packed })).toEqual({ pk: "a", ...ONCE });
  });

  test("that another dictionary packed is refused, and not read as something else", () => {
    const packed = deflateSync('{"eventType":"built"}', { dictionary: Buffer.from('"eventType":"other"') });
    expect(() => deliveries.unpack({ pk: "a", packed })).toThrow("a later version of Zekt packed it");
  });

  test("that is damaged is refused", () => {
    const packed = Buffer.from(deliveries.pack(keys(COMPLETED)).packed as Uint8Array);
    packed[packed.length - 1] = (packed.at(-1) as number) ^ 1;
    expect(() => deliveries.unpack({ pk: "a", packed })).toThrow("or it is damaged");
  });
});

test.each([
  ["no JSON", "AKIA-secret-of-a-provider"],
  ["no attributes", '["AKIA-secret-of-a-provider"]'],
])("packed bytes that hold %s are refused, and nothing of them is said", (_, text) => {
  const packed = deflateSync(text, { dictionary: Buffer.from(DICTIONARY) });
  const refused = (): unknown => deliveries.unpack({ pk: "a", packed });
  expect(refused).toThrow("or it is damaged");
  expect(refused).not.toThrow("AKIA");
});

test("any item is what it was once it is unpacked, whatever it holds", () => {
  // Neither JSON nor DynamoDB knows a zero below zero.
  const value = fc.jsonValue().map((one) => JSON.parse(JSON.stringify(one)) as unknown);
  const delivery = fc.record({
    pk: fc.string(),
    attempts: value,
    owners: value,
    status: value,
    other: value,
  });
  const event = fc.record({ plan: value, run: value, body: value, other: value });
  fc.assert(
    fc.property(delivery, event, (one, another) => {
      expect(deliveries.unpack(deliveries.pack(one))).toEqual(one);
      expect(runs.unpack(runs.pack(another))).toEqual(another);
    }),
  );
});

test("attributes that are undefined are not stored", () => {
  expect(deliveries.pack({ pk: "a", dueAt: undefined, stall: undefined })).toEqual({ pk: "a" });
});

describe("a condition", () => {
  test("that names what is packed with others is an error, and not one that never holds", () => {
    expect(() => deliveries.condition([equals("dueFor", "dispatch")])).toThrow("dueFor is packed");
    expect(() => deliveries.condition([absent("failure")])).toThrow("failure is packed");
  });

  test("may ask whether what is packed alone is there, and not for its value", () => {
    expect(runs.condition([absent("plan")])).toEqual([absent("plan")]);
    expect(() => runs.condition([equals("body", "text")])).toThrow("body is packed");
  });

  test("of what is not packed is passed on", () => {
    expect(deliveries.condition([equals("version", 3)])).toEqual([equals("version", 3)]);
  });
});

test("an update cannot set or remove what is packed with others", async () => {
  expect(() => deliveries.value("attempts", [])).toThrow("attempts is packed");
  expect(deliveries.value("dueAt", AT)).toBe(AT);
  const documents = { send: () => Promise.reject(new Error("Something was sent.")) };
  const client = documents as unknown as DynamoDBDocumentClient;
  const together = {
    reads: new Reads(client),
    writes: new Writes(client),
    packing: deliveries,
    report: () => {},
  };
  const table = new DynamoTable(client, together, "deliveries", { now: () => 0 });
  const key = { pk: "a", sk: "delivery" };
  await expect(table.update(key, { dueAt: undefined, failure: undefined })).rejects.toThrow(
    "failure is packed",
  );
});

test("a version before packing finds no body and no run, whose bytes it would archive as they are", () => {
  expect(Object.keys(runs.pack({ pk: "a", body: '{"n":1}', bodyKey: null }))).toEqual([
    "pk",
    "bodyKey",
    "packed",
  ]);
  expect(Object.keys(runs.pack({ pk: "a", run: { id: 1 }, plan: null }))).toEqual(["pk", "plan", "packed"]);
});

test("a body that was packed alone is read", () => {
  const body = deliveries.pack({ pk: "a", eventType: "built" }).packed;
  expect(runs.unpack({ pk: "a", body })).toEqual({ pk: "a", body: { eventType: "built" } });
});

/** As it was packed by the first version that did. */
const ONCE = { eventType: "built", attempts: [attempt(1)], dueFor: null };
const PACKED_ONCE =
  "eLvqYGhPq0apaUDdCFDpSUzRAmmeG+samIQYGloZGVkZG+uZmJhE4S5ysGoxMzCMom8JEZJRqqNgYKLgm1gEKiHMFWBuwVtCOJs4GVoZOroYmVhZulpYOBlYuRmaGpmaW5mZupo6GrqhZ3biixBjI0NcRYiFgYmhqaWxqTHJJQks1YAFANqXlQQ=";
