import { expect, test } from "vitest";
import { clientPayload, workflowInputs } from "../../../app/domain/intake/client-payload.ts";
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
  for (const number of ["9007199254740993", "1764412800123456", "0.8333333333333334"]) {
    const body = `{"id":${number},"x":[1.5]}`;
    const sent = clientPayload(delivery, joint(body), FIRST);
    expect(JSON.stringify(sent.zekt.payload)).toBe(body);
    expect(sent.zekt.payloadRef).toEqual({ size: body.length, sha256: "hash" });
  }
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

test("a payload says what its delivery is: a replay, a durable one, a test, and in which trace", () => {
  const durable = { confirmWithin: 60, completeWithin: 60, maxAttempts: 1, retryOnFailure: false };
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const special = { ...delivery, replayOf: "delivery-0", durable, isTest: true } as Delivery;
  expect(clientPayload(special, joint("{}"), { ...FIRST, traceparent }).zekt).toMatchObject({
    isReplay: true,
    replayOf: "delivery-0",
    durable: true,
    isTest: true,
    traceparent,
    service: { slug: "releases", provider: "acme" },
  });
  const plain = clientPayload(delivery, joint("{}"), FIRST).zekt;
  expect(plain).toMatchObject({ isReplay: false, replayOf: null, durable: false });
  for (const name of ["isTest", "traceparent", "possibleDuplicate"]) expect(plain).not.toHaveProperty(name);
  expect(clientPayload(delivery, joint(null), FIRST).zekt).toMatchObject({ payload: null, payloadRef: null });
});

test("the one input of a workflow_dispatch is the payload as JSON, to the last byte of the inputs' limit", () => {
  const inputsOf = (length: number) =>
    workflowInputs(delivery, joint(JSON.stringify("x".repeat(length))), FIRST);
  const isWhole = (length: number): boolean => JSON.parse(inputsOf(length).zekt).zekt.payload !== null;
  const room = 64_000 - sizeOf(inputsOf(0));
  expect(sizeOf(inputsOf(room))).toBe(64_000);
  expect([isWhole(room), isWhole(room + 1)]).toEqual([true, false]);
  expect(JSON.parse(inputsOf(room + 1).zekt).zekt.payloadRef).toMatchObject({ sha256: "hash" });
});
