import { expect, test } from "vitest";
import { clientPayload } from "../../../app/domain/intake/client-payload.ts";
import type { ArchivedPayload } from "../../../app/domain/records/archived-payload.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";

const delivery = {
  deliveryId: "delivery-1",
  correlationId: "42",
  eventType: "built",
  source: {
    repo: "acme/releases",
    provider: "acme",
    slug: "releases",
    runFields: ["id", "conclusion"],
    serviceId: "s",
  },
  messageAttempt: 1,
  replayOf: null,
  durable: null,
  trace: { hops: 0, causedBy: null },
} as Delivery;

const joint = (body: string | null): ArchivedPayload => ({
  run: { id: 42, conclusion: "success", name: "Secret" } as ArchivedPayload["run"],
  body,
  sha256: "hash",
  size: body === null ? 0 : Buffer.byteLength(body),
});

const FIRST = { number: 1, possibleDuplicate: false };
const sizeOf = (payload: object) => Buffer.byteLength(JSON.stringify(payload));

test("only the fields allowed travel, and at most ten properties", () => {
  const payload = clientPayload(delivery, joint('{"a":1}'), FIRST);
  expect(payload.workflow_run).toEqual({ id: 42, conclusion: "success" });
  expect(payload.zekt).toMatchObject({
    correlationId: "42",
    payload: { a: 1 },
    payloadRef: null,
    attempt: 1,
    durable: false,
    isReplay: false,
  });
  expect(Object.keys(payload).length).toBeLessThanOrEqual(10);
  expect(payload.zekt).not.toHaveProperty("possibleDuplicate");
});

test("a message travels up to GitHub's last byte and by reference one byte above", () => {
  const room = 65_535 - sizeOf(clientPayload(delivery, joint('""'), FIRST));
  const fits = clientPayload(delivery, joint(JSON.stringify("x".repeat(room))), FIRST);
  expect(sizeOf(fits)).toBe(65_535);
  expect(fits.zekt.payloadRef).toBeNull();
  const over = clientPayload(delivery, joint(JSON.stringify("x".repeat(room + 1))), FIRST);
  expect(over.zekt).toMatchObject({ payload: null, payloadRef: { size: room + 3, sha256: "hash" } });
});

test("bytes are counted, not characters", () => {
  const body = JSON.stringify("ü".repeat(33_000));
  expect(clientPayload(delivery, joint(body), FIRST).zekt.payloadRef).not.toBeNull();
});

test("a second sending says that it may be a duplicate", () => {
  expect(clientPayload(delivery, joint(null), { number: 2, possibleDuplicate: true }).zekt).toMatchObject({
    attempt: 2,
    possibleDuplicate: true,
    payload: null,
  });
});

test("a number that a runner rounds travels as it was written, and the exact message can be redeemed", () => {
  const body = '{"id":9007199254740993,"x":[1.5]}';
  const sent = clientPayload(delivery, joint(body), FIRST);
  expect(JSON.stringify(sent.zekt.payload)).toBe(body);
  expect(sent.zekt.payloadRef).toEqual({ size: body.length, sha256: "hash" });
});

test("a number beyond what GitHub can read does not travel, and the message can be redeemed", () => {
  expect(clientPayload(delivery, joint("[1e400]"), FIRST).zekt).toMatchObject({
    payload: null,
    payloadRef: { size: 7, sha256: "hash" },
  });
});

test("the message null and no message can be told apart", () => {
  expect(clientPayload(delivery, joint("null"), FIRST).zekt).toMatchObject({
    hasMessage: true,
    payload: null,
  });
  expect(clientPayload(delivery, joint(null), FIRST).zekt).toMatchObject({
    hasMessage: false,
    payload: null,
  });
});
