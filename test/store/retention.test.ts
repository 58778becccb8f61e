import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { DAY, HOUR, iso } from "../../app/domain/clock.ts";
import { RUN_TTL } from "../../app/domain/limits.ts";
import type { Delivery } from "../../app/domain/records/delivery.ts";
import type { WorkflowEvent } from "../../app/domain/records/event.ts";
import type { Message } from "../../app/domain/records/message.ts";
import { counter, fact, history } from "../../app/store/facts.ts";
import type { Storage } from "../../app/store/ports.ts";
import { openSqlite } from "../../app/store/sqlite/storage.ts";
import { openStore, type Store } from "../../app/store/store.ts";

/*
 * DynamoDB removes what is past its TTL within days, S3 once a day, SQLite two days later:
 * whatever is past its end has to read as gone though it is still stored.
 */

let storage: Storage;
let store: Store;
let now = Date.now();
let ids = 0;

beforeAll(async () => {
  storage = openSqlite();
});
afterAll(() => storage.close());
beforeEach(() => {
  // A new store has nothing in its caches.
  store = openStore(storage, { now: () => now });
  now = Date.now();
  ids += 1;
});

const buildDelivery = (): Delivery =>
  ({
    deliveryId: `delivery-${ids}`,
    subscriptionId: `subscription-${ids}`,
    providerRepositoryId: `provider-${ids}`,
    consumerRepositoryId: `consumer-${ids}`,
    correlationId: `run-${ids}`,
    createdAt: iso(now),
    completedAt: iso(now),
    dueAt: iso(now + 500 * DAY),
    version: 1,
  }) as Delivery;

const run = () => ({ repositoryId: `repository-${ids}`, runId: `run-${ids}`, runAttempt: 1 });
const buildEvent = () =>
  ({
    ...run(),
    eventId: `event-${ids}`,
    ownerId: "9",
    run: {},
    headRepositoryId: null,
    receivedAt: iso(now),
  }) as WorkflowEvent & { ownerId: string };
const buildMessage = () =>
  ({
    ...run(),
    messageId: `message-${ids}`,
    ownerId: "9",
    eventType: "built",
    body: "1",
    receivedAt: iso(now),
  }) as Message & { ownerId: string };

test("a delivery is kept for 396 days, and is in no list after them", async () => {
  const { deliveries } = store;
  const delivery = buildDelivery();
  const { subscriptionId, providerRepositoryId, consumerRepositoryId, correlationId } = delivery;
  const found = async () => [
    (await deliveries.get(delivery.deliveryId)) === null ? 0 : 1,
    (await deliveries.getMany([delivery.deliveryId])).length,
    (await deliveries.list("subscription", subscriptionId)).items.length,
    (await deliveries.list("provider", providerRepositoryId)).items.length,
    (await deliveries.list("consumer", consumerRepositoryId)).items.length,
    (await deliveries.correlated(correlationId, consumerRepositoryId)).length,
  ];
  await deliveries.add(delivery);
  now += 396 * DAY - HOUR;
  expect(await found()).toEqual([1, 1, 1, 1, 1, 1]);
  now += HOUR;
  expect(await found()).toEqual([0, 0, 0, 0, 0, 0]);
  now += 200 * DAY;
  const due: Delivery[] = [];
  for await (const some of deliveries.pastDue()) due.push(...some);
  expect(due.map(({ deliveryId }) => deliveryId)).not.toContain(delivery.deliveryId);
  expect(await deliveries.add(delivery)).toBe(true);
});

test("an event and a message are kept for as long as a run can live, and a day for counting them", async () => {
  const { runs } = store;
  await runs.addEvent(buildEvent());
  await runs.addMessage(buildMessage());
  now += 41 * DAY - HOUR;
  expect(await runs.load(run())).toMatchObject({ events: [{}], messages: [{}] });
  now += HOUR;
  expect(await runs.load(run())).toEqual({ events: [], messages: [] });
  expect(await runs.getEvent(run())).toBeNull();
  expect(await runs.getMessage(buildMessage())).toBeNull();
  expect((await runs.ofRepository(run().repositoryId)).items).toEqual([]);
  const due = await runs.pastDue(1000);
  expect([...due.events, ...due.messages].map(({ runId }) => runId)).not.toContain(run().runId);
});

test("an event past its end is not changed any more, and may come anew", async () => {
  const { runs } = store;
  await runs.addEvent(buildEvent());
  expect(await runs.addEvent(buildEvent())).toBe(false);
  now += 42 * DAY;
  expect(await runs.freezePlan(run(), { planKey: "plans/x" })).toBeNull();
  await runs.endRouting(buildEvent());
  await runs.routeAgain(run());
  expect(await runs.addEvent(buildEvent())).toBe(true);
  expect((await runs.getEvent(run()))?.planKey).toBeUndefined();
});

test("what is past its time and not removed yet hides nothing that stands behind it", async () => {
  const { runs, notices } = store;
  const at = now;
  const run = { repositoryId: "hidden", runId: "1", runAttempt: 1 };
  // Of one run, and so in one shard of what is due.
  for (let n = 0; n < 120; n++)
    await runs.addMessage({ ...run, messageId: `${n}`, ownerId: "9", receivedAt: iso(at) } as never);
  for (let n = 0; n < 501; n++)
    await notices.open({
      repositoryId: "hidden",
      kind: "dead-letter",
      subject: `a${n}`,
      at: iso(at),
    } as never);
  now += RUN_TTL + 2 * DAY;
  await runs.addEvent({ ...run, ownerId: "9", receivedAt: iso(now) } as never);
  await notices.open({ repositoryId: "hidden", kind: "dead-letter", subject: "b", at: iso(now) } as never);
  expect(await notices.list("hidden")).toMatchObject([{ subject: "b" }]);
  now += HOUR;
  const due = await runs.pastDue(100);
  expect(due.events.filter(({ repositoryId }) => repositoryId === "hidden")).toHaveLength(1);
  expect(due.messages.filter(({ repositoryId }) => repositoryId === "hidden")).toEqual([]);
});

test("what is archived can be read for 90 days, from the cache as well", async () => {
  const key = `events/${ids}.json`;
  await store.archive.put(key, "{}");
  const uncached = openStore(storage, { now: () => now }).archive;
  now += 90 * DAY - HOUR;
  expect([await store.archive.get(key), await uncached.get(key)]).toEqual(["{}", "{}"]);
  now += 2 * HOUR;
  expect([await store.archive.get(key), await uncached.get(key)]).toEqual([null, null]);
});

test("hours of usage are kept for 400 days", async () => {
  const { meters } = store;
  const scope = `owner#${ids}`;
  const then = now;
  await meters.record([{ scope, factId: "a", at: iso(now), counts: { messages: 1 } }]);
  now += 2 * DAY;
  await meters.foldClosed(1000);
  now = then + 400 * DAY;
  expect(await meters.total(scope, then - DAY, now)).toEqual({ messages: 1 });
  expect((await meters.byHour(scope, then - DAY, now)).size).toBe(1);
  now += DAY;
  expect(await meters.total(scope, then - DAY, now)).toEqual({});
  expect((await meters.byHour(scope, then - DAY, now)).size).toBe(0);
});

test("which deliveries failed is known for as long as diagnostics look back", async () => {
  const { failures } = store;
  const delivery = buildDelivery();
  await failures.record(delivery);
  now += 30 * DAY;
  expect(await failures.last(delivery.subscriptionId, 10)).toEqual([delivery.deliveryId]);
  now += 2 * DAY;
  expect(await failures.last(delivery.subscriptionId, 10)).toEqual([]);
  // As when it is replayed.
  await failures.record(delivery);
  expect(await failures.last(delivery.subscriptionId, 10)).toEqual([]);
});

test("failures of a connection are forgotten 40 days after the last, unless something waits for it", async () => {
  const { connections } = store;
  const failed = async (subscriptionId: string, dueAt: string | null) => {
    const before = await connections.get(subscriptionId);
    expect(await connections.replace(before, { ...before, failures: before.failures + 1, dueAt })).toBe(true);
  };
  const counted = async () => [
    (await connections.get(`idle-${ids}`)).failures,
    (await connections.get(`waiting-${ids}`)).failures,
  ];
  await failed(`waiting-${ids}`, iso(now + HOUR));
  await failed(`idle-${ids}`, null);
  now += 39 * DAY;
  await failed(`idle-${ids}`, null);
  now += 39 * DAY;
  expect(await counted()).toEqual([2, 1]);
  now += DAY;
  expect(await counted()).toEqual([0, 1]);
  await failed(`idle-${ids}`, null);
  await failed(`waiting-${ids}`, null);
  expect(await counted()).toEqual([1, 2]);
  now += 40 * DAY;
  expect(await counted()).toEqual([0, 0]);
});

test("what was claimed, counted or noted for a while begins anew after it", async () => {
  const { facts } = store;
  const id = String(ids);
  const claimed = fact<{ by: string }>({ kind: "claim", id: () => id, ttl: HOUR }).of();
  const noted = history<void>({ kind: "note", id: () => id, ttl: HOUR }).of();
  const counted = counter<void>({ kind: "count", id: () => id, ttl: HOUR }).of();
  await facts.claim(claimed, { by: "first" });
  await facts.record(noted, iso(now), "something");
  expect([await facts.count(counted), await facts.count(counted)]).toEqual([1, 2]);
  expect(await facts.claim(claimed, { by: "second" })).toEqual({ won: false, value: { by: "first" } });
  now += HOUR;
  expect(await facts.get(claimed)).toBeNull();
  expect(await facts.recorded(noted, "0", "9")).toEqual([]);
  expect([await facts.count(counted), await facts.count(counted)]).toEqual([1, 2]);
  expect(await facts.claim(claimed, { by: "second" })).toEqual({ won: true, value: { by: "second" } });
});
