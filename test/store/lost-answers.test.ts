import { afterAll, beforeAll, expect, test } from "vitest";
import { equals, IF_ABSENT, ifVersion, type Table } from "../../app/store/ports.ts";
import { type LocalAws, startLocalAws } from "../../harness/local-aws.ts";

/*
 * A connection breaks once DynamoDB has written, before its answer arrives. The SDK asks again, and the condition, which
 * held, is broken by the first request.
 */

let aws: LocalAws;
let table: Table;
beforeAll(async () => {
  aws = await startLocalAws();
  table = aws.storage.table("guards", { now: () => Date.parse("2026-01-01T00:00:00Z") });
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

test("a change whose answer was lost is made, and its item is returned", async () => {
  const key = { pk: "lost#4", sk: "s" };
  await table.put({ ...key, status: "requested", by: "one" });
  loseAnswer();
  const changed = await table.update(key, { status: "approved", by: undefined }, [
    equals("status", "requested"),
  ]);
  expect(changed).toEqual({ ...key, status: "approved" });
  expect(await table.update(key, { status: "denied" }, [equals("status", "requested")])).toBeNull();
});

test("a change that somebody else's came before is not made", async () => {
  const key = { pk: "lost#5", sk: "s" };
  await table.put({ ...key, status: "requested" });
  loseAnswer(() => table.update(key, { status: "denied" }));
  expect(await table.update(key, { status: "approved" }, [equals("status", "requested")])).toBeNull();
  loseAnswer(() => table.delete(key));
  expect(await table.update(key, { status: "approved" }, [equals("status", "denied")])).toBeNull();
});
