import { expect, test } from "vitest";
import { HOUR, iso, MINUTE } from "../../../app/domain/clock.ts";
import { park } from "../../../app/domain/delivery/attempt.ts";
import { PAUSE_AFTER, RELEASED_AT_ONCE } from "../../../app/domain/delivery/connection-state.ts";
import { ARCHIVE_TTL } from "../../../app/domain/limits.ts";
import type { ConnectionState } from "../../../app/domain/records/connection-state.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import { endSubscription, updateSubscription } from "../../../app/steps/catalog/update-subscription.ts";
import { confirm } from "../../../app/steps/delivery/confirm.ts";
import { probeConnections } from "../../../app/steps/delivery/probe-connections.ts";
import { sweep } from "../../../app/steps/jobs/sweep.ts";
import { type DeliveryScene, DURABLE, scenesForEachTest } from "../../support/delivery-scene.ts";

/* A paused connection: how it is tried, and how what waited for it gets on. */

const scenes = scenesForEachTest();

const stateOf = ({ deps, subscription }: DeliveryScene): Promise<ConnectionState> =>
  deps.store.connections.get(subscription.subscriptionId);

/** Builds a scene whose consumer has used the confirm action, so that something can confirm its deliveries. */
async function buildConfirming(durable: typeof DURABLE): Promise<DeliveryScene> {
  const scene = await scenes.build({ durable });
  const confirmedAt = iso(scene.clock.at);
  await scene.deps.store.accounts.setRepository({ repositoryId: scene.consumer, confirmedAt });
  return scene;
}

/** Pauses the scene's connection, with a probe due now. */
async function pause(scene: DeliveryScene): Promise<void> {
  const state = await stateOf(scene);
  const { durable } = scene.subscription;
  const stage = durable ? "confirmation" : "github";
  const failure = { stage, kind: "service-unavailable", reason: "down", status: 502 } as const;
  const now = iso(scene.clock.at);
  const paused = { ...state, failures: PAUSE_AFTER, pausedAt: now, failure, dueAt: now };
  expect(await scene.deps.store.connections.replace(state, paused)).toBe(true);
}

/** Routes an event whose delivery waits for the connection. */
async function setAside(scene: DeliveryScene): Promise<Delivery> {
  const delivery = await scene.route();
  await scene.deps.store.deliveries.replace(delivery, park(delivery, scene.clock.at));
  scene.queues.take();
  return await scene.reread(delivery);
}

test("a paused connection is probed with what waited longest, and lets all out once that arrived", async () => {
  const scene = await scenes.build();
  const waiting: Delivery[] = [];
  for (let n = 0; n < 3; n++) {
    waiting.push(await setAside(scene));
    scene.clock.at += 1000;
  }
  await pause(scene);
  expect(await probeConnections(scene.deps, 10)).toBe(1);
  expect(scene.queues.deliveries).toMatchObject([{ deliveryId: waiting[0]?.deliveryId, probe: true }]);
  await scene.work();
  expect(scene.sent).toHaveLength(1);
  expect(await stateOf(scene)).toMatchObject({ pausedAt: null, failures: 0 });
  await probeConnections(scene.deps, 10);
  await scene.work();
  expect(scene.sent).toHaveLength(3);
});

test("a probe that fails leaves the connection paused, and its delivery waiting without an attempt", async () => {
  const scene = await scenes.build();
  const delivery = await setAside(scene);
  await pause(scene);
  scene.answers.push({ status: 502 });
  await probeConnections(scene.deps, 10);
  await scene.work();
  expect(await scene.reread(delivery)).toMatchObject({ status: "Pending", attempts: [], dueAt: null });
  expect(await stateOf(scene)).toMatchObject({ probes: 1, dueAt: iso(scene.clock.at + 2 * MINUTE) });
  expect((await stateOf(scene)).pausedAt).not.toBeNull();
});

test("a probe is made with what can still be sent: what waited longer than its payload is kept fails, and says so", async () => {
  const scene = await scenes.build();
  const gone = [await setAside(scene), await setAside(scene)];
  scene.clock.at += ARCHIVE_TTL;
  const fresh = await setAside(scene);
  await pause(scene);
  await probeConnections(scene.deps, 10);
  expect(scene.queues.deliveries).toMatchObject([{ deliveryId: fresh.deliveryId, probe: true }]);
  for (const one of gone) {
    expect(await scene.reread(one)).toMatchObject({
      status: "Failed",
      failure: { stage: "before-github", kind: "payload", reason: "The payload is not archived any more." },
    });
  }
  // That says nothing of the connection.
  expect(await stateOf(scene)).toMatchObject({ failures: PAUSE_AFTER, failure: { reason: "down" } });
  await scene.work();
  expect(scene.sent).toHaveLength(1);
  expect(await stateOf(scene)).toMatchObject({ pausedAt: null });
});

test("deliveries whose payloads are past their days pause no connection", async () => {
  const scene = await scenes.build();
  const deliveries: Delivery[] = [];
  for (let n = 0; n < PAUSE_AFTER; n++) deliveries.push(await scene.route());
  scene.clock.at += ARCHIVE_TTL;
  await scene.work();
  for (const one of deliveries)
    expect(await scene.reread(one)).toMatchObject({ status: "Failed", failure: { kind: "payload" } });
  expect(await stateOf(scene)).toMatchObject({ failures: 0, pausedAt: null });
});

test("what was set aside in the moment of resuming is let out by a second look", async () => {
  const scene = await scenes.build();
  await setAside(scene);
  await pause(scene);
  await probeConnections(scene.deps, 10);
  await scene.work();
  const other = await setAside(scene);
  // The first look lets that one out; the next one is set aside right after it.
  await probeConnections(scene.deps, 10);
  await scene.work();
  const last = await setAside(scene);
  expect(scene.sent).toHaveLength(2);
  scene.clock.at += 2 * MINUTE;
  await probeConnections(scene.deps, 10);
  await scene.work();
  expect(await scene.reread(other)).toMatchObject({ status: "Dispatched" });
  expect(await scene.reread(last)).toMatchObject({ status: "Dispatched" });
});

/** Hides once from the index what waits. */
function lagOnce({ deps }: DeliveryScene): void {
  const { deliveries } = deps.store;
  const { parked } = deliveries;
  deliveries.parked = async () => {
    deliveries.parked = parked;
    return [];
  };
}

test("what was set aside while a probe found nothing yet is dispatched all the same", async () => {
  const scene = await scenes.build();
  await pause(scene);
  const delivery = await setAside(scene);
  lagOnce(scene);
  await probeConnections(scene.deps, 10);
  expect(await stateOf(scene)).toMatchObject({ pausedAt: null, failures: PAUSE_AFTER - 1 });
  scene.clock.at += 2 * MINUTE;
  await probeConnections(scene.deps, 10);
  await scene.work();
  expect(await scene.reread(delivery)).toMatchObject({ status: "Dispatched" });
  scene.clock.at += 2 * MINUTE;
  await probeConnections(scene.deps, 10);
  expect((await stateOf(scene)).dueAt).toBeNull();
});

test("what was set aside while the first letting out found nothing yet is let out by the next", async () => {
  const scene = await scenes.build();
  await setAside(scene);
  await pause(scene);
  await probeConnections(scene.deps, 10);
  await scene.work();
  const other = await setAside(scene);
  lagOnce(scene);
  await probeConnections(scene.deps, 10);
  scene.clock.at += 2 * MINUTE;
  await probeConnections(scene.deps, 10);
  await scene.work();
  expect(await scene.reread(other)).toMatchObject({ status: "Dispatched" });
});

test.each<[string, string, (scene: DeliveryScene) => Promise<unknown>]>([
  [
    "its approval is revoked",
    "The subscription is revoked; its provider has to approve it.",
    ({ deps, subscription }) => updateSubscription(deps, subscription, () => ({ status: "revoked" })),
  ],
  [
    "its subscription is removed",
    "The subscription is removed; its provider has to approve it.",
    ({ deps, subscription }) => endSubscription(deps, subscription),
  ],
])("all that waits for a paused connection ends with the next sweep where %s", async (_, reason, end) => {
  const scene = await scenes.build();
  await pause(scene);
  const waiting = [await setAside(scene), await setAside(scene), await setAside(scene)];
  // Long before the next probe is due.
  const state = await stateOf(scene);
  await scene.deps.store.connections.replace(state, { ...state, dueAt: iso(scene.clock.at + 30 * MINUTE) });
  await end(scene);
  await probeConnections(scene.deps, 10);
  await scene.work();
  for (const delivery of waiting)
    expect(await scene.reread(delivery)).toMatchObject({
      status: "Failed",
      failure: { stage: "before-github", reason },
      attempts: [],
    });
  expect(scene.sent).toEqual([]);
});

test("a revocation ends forty that wait with the next sweep, in pages whose size has a bound", async () => {
  const scene = await scenes.build();
  await pause(scene);
  for (let n = 0; n < 40; n++) await setAside(scene);
  const state = await stateOf(scene);
  await scene.deps.store.connections.replace(state, { ...state, dueAt: iso(scene.clock.at + 30 * MINUTE) });
  const limits: number[] = [];
  const { deliveries } = scene.deps.store;
  const { parked } = deliveries;
  deliveries.parked = (subscriptionId, limit) => {
    limits.push(limit);
    return parked.call(deliveries, subscriptionId, limit);
  };
  await updateSubscription(scene.deps, scene.subscription, () => ({ status: "revoked" }));
  await sweep(scene.deps);
  await scene.work();
  const all = await scene.list();
  expect(all).toHaveLength(40);
  for (const one of all) expect(one).toMatchObject({ status: "Failed", isFinalized: true, attempts: [] });
  expect(limits).toEqual([RELEASED_AT_ONCE]);
  expect(scene.sent).toEqual([]);
});

test.each<[string, (scene: DeliveryScene) => Promise<unknown>]>([
  ["its approval ended unnoticed", ({ changeSubscription }) => changeSubscription({ status: "revoked" })],
  [
    "the App left its repository",
    ({ deps, consumer }) => deps.store.accounts.setRepository({ repositoryId: consumer, reachable: false }),
  ],
])("all that waits for a paused connection ends with the next probe where %s", async (_, end) => {
  const scene = await scenes.build();
  await pause(scene);
  const waiting = [await setAside(scene), await setAside(scene)];
  await end(scene);
  for (let n = 0; n < 2; n++) {
    await probeConnections(scene.deps, 10);
    await scene.work();
  }
  for (const delivery of waiting) expect(await scene.reread(delivery)).toMatchObject({ status: "Failed" });
  expect(await stateOf(scene)).toMatchObject({ pausedAt: null });
});

test("probes that GitHub takes and no run confirms use up no attempt of what waits", async () => {
  const scene = await buildConfirming({ ...DURABLE, maxAttempts: 1 });
  const { deps, clock } = scene;
  for (let n = 0; n < 6; n++) await setAside(scene);
  await pause(scene);
  const end = clock.at + HOUR;
  while (clock.at < end) {
    clock.at += MINUTE;
    await sweep(deps);
    await scene.work();
  }
  expect(scene.sent.length).toBeGreaterThan(4);
  for (const { isFinalized, attempts } of await scene.list()) {
    expect(isFinalized).toBe(false);
    expect(attempts.filter(({ probe }) => !probe)).toEqual([]);
  }
  // One that is confirmed at last resumes the connection, and its delivery goes on.
  const tried = (await scene.list()).find(({ attempts }) => attempts.length > 0) as Delivery;
  const named = { deliveryId: tried.deliveryId, correlationId: null };
  await confirm(deps, scene.identity(), named);
  expect(await stateOf(scene)).toMatchObject({ pausedAt: null });
  expect(await scene.reread(tried)).toMatchObject({ status: "Confirmed", dueFor: "completion" });
}, 40_000);

test("what waits while nothing is confirmed for two days uses up none of its time, and all of it arrives", async () => {
  const durable = { ...DURABLE, maxAttempts: 3 };
  const scene = await buildConfirming(durable);
  const { deps, clock } = scene;
  for (let n = 0; n < 24; n++) await scene.route();
  await scene.work();
  const end = clock.at + 48 * HOUR;
  while (clock.at < end) {
    clock.at += 10 * MINUTE;
    await sweep(deps);
    await scene.work();
  }
  expect((await stateOf(scene)).pausedAt).not.toBeNull();
  expect((await scene.list()).filter(({ isFinalized }) => isFinalized)).toEqual([]);
  // The consumer's workflow is repaired, and one probe is confirmed.
  const [probed] = (await scene.list()).filter(({ dueFor }) => dueFor === "confirmation");
  const { deliveryId } = probed ?? ((await scene.list())[0] as Delivery);
  await confirm(deps, scene.identity(), { deliveryId, correlationId: null });
  const sent = scene.sent.length;
  for (let n = 0; n < 3; n++) {
    await sweep(deps);
    await scene.work();
    clock.at += 3 * MINUTE;
  }
  expect((await stateOf(scene)).pausedAt).toBeNull();
  const again = new Set(scene.sent.slice(sent).map(({ client_payload }) => client_payload.zekt.deliveryId));
  for (const one of await scene.list())
    expect(one.deliveryId === deliveryId || again.has(one.deliveryId)).toBe(true);
}, 120_000);

test.each([
  ["default", null],
  ["durable", DURABLE],
])(
  "while the only waiting delivery, a %s one, is a probe on its way, its connection stays paused",
  async (_, durable) => {
    const scene = await scenes.build({ durable });
    const delivery = await setAside(scene);
    await pause(scene);
    let whileSent: ConnectionState | null = null;
    scene.answers.push(async () => {
      // The next probe is due before GitHub has answered this one.
      scene.clock.at += 2 * MINUTE;
      await probeConnections(scene.deps, 10);
      whileSent = await stateOf(scene);
      return { status: 204 };
    });
    await probeConnections(scene.deps, 10);
    await scene.work();
    expect(whileSent).toMatchObject({ pausedAt: expect.any(String), failures: PAUSE_AFTER });
    expect(await scene.reread(delivery)).toMatchObject({ status: "Dispatched" });
    if (durable === null) return;
    // GitHub has taken it and no run has confirmed it: that proves nothing.
    scene.clock.at += 5 * MINUTE;
    await probeConnections(scene.deps, 10);
    expect((await stateOf(scene)).pausedAt).not.toBeNull();
    expect(scene.sent).toHaveLength(1);
  },
);
