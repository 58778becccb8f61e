import { afterAll, beforeAll, expect, test } from "vitest";
import { TEST_EVENT } from "../../app/store/fact-kinds.ts";
import { Facts } from "../../app/store/facts.ts";
import { equals, IF_ABSENT, ifVersion, type Table } from "../../app/store/ports.ts";
import { type LocalAws, startLocalAws } from "../../harness/local-aws.ts";

/*
 * A connection breaks once DynamoDB has written, before its answer arrives. The SDK asks again, and the condition, which
 * held, is broken by the first request.
 */

let aws: LocalAws;
let table: Table;
const clock = { now: () => Date.parse("2026-01-01T00:00:00Z") };
beforeAll(async () => {
  aws = await startLocalAws();
  table = aws.storage.table("guards", clock);
});
afterAll(() => aws.close());

/** Loses DynamoDB's next answer; `meanwhile` happens before the SDK asks again. */
function loseAnswer(meanwhile: () => Promise<unknown> = async () => {}): void {
  const { requestHandler } = aws.clients.dynamodb.config;
  const handle = requestHandler.handle.bind(requestHandler);
  requestHandler.handle = async (...request) => {
    requestHandler.handle = handle;
    await handle(...request);
    await meanwhile();
    throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
  };
}

test("an item that was to be new, and is there from the request whose answer was lost, is written", async () => {
  const item = { pk: "lost#1", sk: "s", holder: "one", nothing: undefined, list: [{ b: 1, a: null }] };
  loseAnswer();
  expect(await table.put(item, IF_ABSENT)).toBe(true);
  expect(await table.put(item, IF_ABSENT)).toBe(false);
});

test("so is one that was to follow on what was read", async () => {
  const key = { pk: "lost#2", sk: "s" };
  await table.put({ ...key, version: 1 });
  loseAnswer();
  expect(await table.put({ ...key, version: 2, holder: "one" }, ifVersion(1))).toBe(true);
  expect(await table.put({ ...key, version: 2, holder: "two" }, ifVersion(1))).toBe(false);
});

test("what somebody else has written since is not taken for one's own", async () => {
  const key = { pk: "lost#3", sk: "s" };
  loseAnswer(() => table.put({ ...key, version: 3, holder: "two" }));
  expect(await table.put({ ...key, version: 1, holder: "one" }, IF_ABSENT)).toBe(false);
  expect(await table.get(key)).toMatchObject({ holder: "two" });
});

test("attributes that were set by the request whose answer was lost are set", async () => {
  const key = { pk: "lost#4", sk: "s" };
  await table.put({ ...key, status: "requested", filter: "old", note: "n" });
  loseAnswer();
  const change = { status: "approved", by: ["one"], filter: undefined };
  const after = { ...key, status: "approved", by: ["one"], note: "n" };
  expect(await table.update(key, change, [equals("status", "requested")])).toEqual(after);
  expect(await table.update(key, change, [equals("status", "requested")])).toBeNull();
});

test("attributes that somebody else has set since are not taken for one's own", async () => {
  const key = { pk: "lost#5", sk: "s" };
  await table.put({ ...key, status: "requested" });
  loseAnswer(() => table.update(key, { status: "revoked" }));
  expect(await table.update(key, { status: "approved" }, [equals("status", "requested")])).toBeNull();
  expect(await table.get(key)).toMatchObject({ status: "revoked" });
});

test("an item that is gone since is not changed", async () => {
  const key = { pk: "lost#6", sk: "s" };
  await table.put({ ...key, status: "requested" });
  loseAnswer(() => table.delete(key));
  expect(await table.update(key, { status: undefined }, [equals("status", "requested")])).toBeNull();
});

test("an item that the request whose answer was lost removed is removed", async () => {
  const key = { pk: "lost#7", sk: "s" };
  await table.put({ ...key, version: 1 });
  loseAnswer();
  expect(await table.delete(key, ifVersion(1))).toBe(true);
  expect(await table.delete(key, ifVersion(1))).toBe(false);
});

test("an item that is another one since is not removed", async () => {
  const key = { pk: "lost#8", sk: "s" };
  await table.put({ ...key, version: 1 });
  loseAnswer(() => table.put({ ...key, version: 2 }));
  expect(await table.delete(key, ifVersion(1))).toBe(false);
  expect(await table.get(key)).toMatchObject({ version: 2 });
});

test("of two that claim the same within a second one wins, though a request of each is repeated", async () => {
  const facts = new Facts(table, clock);
  const claim = () => facts.claim(TEST_EVENT.of({ subscriptionId: "lost" }), {});
  const { requestHandler } = aws.clients.dynamodb.config;
  const handle = requestHandler.handle.bind(requestHandler);
  let other: boolean | null = null;
  requestHandler.handle = async () => {
    requestHandler.handle = handle;
    // The connection breaks before DynamoDB has the request.
    other = (await claim()).won;
    throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
  };
  const { won } = await claim();
  expect({ won, other }).toEqual({ won: false, other: true });
});
