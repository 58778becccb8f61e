import { afterEach, beforeEach, expect, test } from "vitest";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import { until } from "../../../harness/stage.ts";
import {
  deliveriesTo,
  dispatchesTo,
  publish,
  startWorld,
  type World,
  zektOf,
} from "../../../harness/world.ts";
import { saveAccount } from "../../support/save-account.ts";
import { type Call, clientOf } from "../client.ts";

let world: World;
let request: Call;

beforeEach(async () => {
  world = await startWorld({ eventTypes: ["built"] });
  request = clientOf(world);
});
afterEach(() => world.close());

const CONSUMER = "initech/consumer";
const sent = () => dispatchesTo(world, CONSUMER);
const { stringify } = JSON;

/** Publishes an event with a message, and waits until its delivery has ended. */
async function deliverOne(): Promise<Delivery> {
  const correlationId = await publish(world, "built");
  const found = async () =>
    (await deliveriesTo(world, world.consumer)).find((one) => one.correlationId === correlationId);
  await until(async () => (await found())?.isFinalized === true);
  return (await found()) as Delivery;
}

const replay = (login: string, deliveryId: string, headers: Record<string, string> = {}) =>
  request(login, `/replay/${deliveryId}`, { method: "POST", headers });

test("a replay is a new delivery of the same payload, and the original is marked with it", async () => {
  const original = await deliverOne();
  const { status, json } = await replay("initech-dev", original.deliveryId);
  expect(status).toBe(201);
  expect(json).toMatchObject({ replayOf: original.deliveryId });
  await until(() => sent().length === 2);
  const [first, second] = sent().map(zektOf);
  expect(second).toMatchObject({
    ...first,
    deliveryId: json?.deliveryId,
    isReplay: true,
    replayOf: original.deliveryId,
  });
  const marked = await world.server.deps.store.deliveries.get(original.deliveryId);
  expect(marked).toEqual({ ...original, replayedBy: json?.deliveryId, version: original.version + 1 });
});

test("the same idempotency key makes one replay, another key another", async () => {
  const { deliveryId } = await deliverOne();
  const ask = async (key: string) =>
    (await replay("initech-dev", deliveryId, { "idempotency-key": key })).json?.deliveryId;
  const first = await ask("once");
  expect(await ask("once")).toBe(first);
  expect(await ask("twice")).not.toBe(first);
  await until(() => sent().length === 3);
});

test.each([
  [
    "revoked",
    (world: World) => world.api("acme-dev", "POST", `/subscriptions/${world.subscriptionId}/revoke`),
    409,
    /is revoked/,
  ],
  [
    "removed",
    (world: World) => world.api("initech-dev", "DELETE", `/subscriptions/${world.subscriptionId}`),
    409,
    /is removed/,
  ],
  [
    "of a consumer that was disabled",
    (world: World) =>
      world.api("initech-dev", "PATCH", `/repositories/${world.consumer}`, { consumer: false }),
    409,
    /not enabled/,
  ],
  [
    "no more in the archive",
    async (world: World) => {
      const [delivery] = await deliveriesTo(world, world.consumer);
      await world.server.deps.store.archive.removeAll([delivery?.archiveKey ?? ""]);
    },
    410,
    /90 days/,
  ],
  [
    "of an owner who switched replays off",
    async (world: World) => {
      const [delivery] = await deliveriesTo(world, world.consumer);
      const ownerId = delivery?.consumerOwnerId ?? "";
      await saveAccount(world.server.deps.store.accounts, { ownerId, login: "initech", replay: false });
    },
    403,
    /switched off for initech/,
  ],
  [
    "of an owner who switched replays off and got the repository from another",
    async (world: World) => {
      const { accounts, deliveries } = world.server.deps.store;
      const [delivery] = await deliveriesTo(world, world.consumer);
      if (!delivery) throw new Error("There is no delivery.");
      await deliveries.replace(delivery, { ...delivery, consumerOwnerId: "4711" });
      const ownerId = delivery.consumerOwnerId;
      await saveAccount(accounts, { ownerId, login: "initech", replay: false });
    },
    403,
    /switched off for initech/,
  ],
] as const)("what is %s is not replayed, and the answer says why", async (_, spoil, status, reason) => {
  const { deliveryId } = await deliverOne();
  await spoil(world);
  const answer = await replay("initech-dev", deliveryId);
  expect([answer.status, answer.json?.detail]).toEqual([status, expect.stringMatching(reason)]);
  expect(sent()).toHaveLength(1);
});

test("a delivery that has not ended is not replayed", async () => {
  const original = await deliverOne();
  await world.server.deps.store.deliveries.replace(original, { ...original, isFinalized: false });
  expect((await replay("initech-dev", original.deliveryId)).status).toBe(409);
});

test("a provider replays only where its service says so", async () => {
  const { deliveryId } = await deliverOne();
  const refused = await replay("acme-dev", deliveryId);
  expect([refused.status, refused.json?.detail]).toEqual([403, expect.stringContaining("providerReplay")]);
  await world.api("acme-dev", "PATCH", `/services/${world.serviceId}`, { providerReplay: true });
  expect((await replay("acme-dev", deliveryId)).status).toBe(201);
});

const bulk = async (body: object) =>
  await request("initech-dev", "/replay", {
    method: "POST",
    body: { subscriptionId: world.subscriptionId, ...body },
  });
const job = async (jobId: unknown) => (await request("initech-dev", `/replay/jobs/${jobId}`)).json;

test("a bulk replay counts first, then replays what failed, oldest first, and nothing twice", async () => {
  const good = await deliverOne();
  world.github.faults.add({ route: "**/dispatches", status: 502, count: 3 });
  const failed = [await deliverOne(), await deliverOne(), await deliverOne()];
  const dry = await bulk({ dryRun: true });
  expect(dry.status).toBe(202);
  await until(async () => (await job(dry.json?.jobId))?.state === "done");
  expect(await job(dry.json?.jobId)).toMatchObject({ examined: 4, matched: 3, replayed: 0, refused: {} });
  expect(sent()).toHaveLength(1);
  const real = await bulk({});
  await until(async () => (await job(real.json?.jobId))?.state === "done");
  expect(await job(real.json?.jobId)).toMatchObject({ matched: 3, replayed: 3, refused: {} });
  await until(() => sent().length === 4);
  const replayed = sent().slice(1).map(zektOf);
  expect(replayed.map(({ replayOf }) => replayOf).sort()).toEqual(
    failed.map(({ deliveryId }) => deliveryId).sort(),
  );
  expect(stringify(replayed)).not.toContain(good.deliveryId);
  const again = await bulk({});
  await until(async () => (await job(again.json?.jobId))?.state === "done");
  expect(await job(again.json?.jobId)).toMatchObject({ matched: 0, replayed: 0 });
});

test("a bulk replay keeps to its time and status, and can be stopped", async () => {
  const { createdAt } = await deliverOne();
  const shift = (ms: number) => new Date(Date.parse(createdAt) + ms).toISOString();
  expect((await bulk({ from: shift(3_600_000) })).status).toBe(400);
  const none = await bulk({ from: shift(-2000), to: shift(-1000), status: ["Dispatched"] });
  await until(async () => (await job(none.json?.jobId))?.state === "done");
  expect(await job(none.json?.jobId)).toMatchObject({ examined: 0 });
  for (let n = 0; n < 11; n++) await deliverOne();
  const many = await bulk({ status: ["Dispatched"] });
  await until(async () => Number((await job(many.json?.jobId))?.replayed) === 10);
  const stopped = await request("initech-dev", `/replay/jobs/${many.json?.jobId}`, { method: "DELETE" });
  expect(stopped.json).toMatchObject({ state: "cancelled", replayed: 10 });
});

test("a bulk replay without a connection, or of an unknown one, is refused", async () => {
  expect((await request("initech-dev", "/replay", { method: "POST", body: {} })).status).toBe(400);
  const unknown = { subscriptionId: "subscription-none" };
  expect((await request("initech-dev", "/replay", { method: "POST", body: unknown })).status).toBe(404);
});
