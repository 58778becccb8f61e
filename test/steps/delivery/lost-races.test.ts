import { expect, test } from "vitest";
import { iso, MINUTE, SECOND } from "../../../app/domain/clock.ts";
import { park, startAttempt } from "../../../app/domain/delivery/attempt.ts";
import { PAUSE_AFTER } from "../../../app/domain/delivery/connection-state.ts";
import type { ConnectionState } from "../../../app/domain/records/connection-state.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import { decideSubscription } from "../../../app/steps/catalog/decide-subscription.ts";
import { deliver } from "../../../app/steps/delivery/deliver.ts";
import { probeConnections } from "../../../app/steps/delivery/probe-connections.ts";
import { recordFailure } from "../../../app/steps/delivery/record-outcome.ts";
import { track } from "../../../app/steps/delivery/track.ts";
import { deliveryJob } from "../../../app/store/queues.ts";
import { BY_ANOTHER, beforeNext, overtake } from "../../support/another-writer.ts";
import { DEPLOY, type DeliveryScene, DURABLE, scenesForEachTest } from "../../support/delivery-scene.ts";

/* Somebody else changes a delivery, a connection or a book of runs between what a step has read and what it writes. */

const scenes = scenesForEachTest();

const stateOf = ({ deps, subscription }: DeliveryScene): Promise<ConnectionState> =>
  deps.store.connections.get(subscription.subscriptionId);

async function changeConnection(scene: DeliveryScene, change: Partial<ConnectionState>): Promise<void> {
  const state = await stateOf(scene);
  expect(await scene.deps.store.connections.replace(state, { ...state, ...change })).toBe(true);
}

async function pause(scene: DeliveryScene): Promise<void> {
  const failure = { stage: "github", kind: "service-unavailable", reason: "down", status: 502 } as const;
  const now = iso(scene.clock.at);
  await changeConnection(scene, { failures: PAUSE_AFTER, pausedAt: now, failure, dueAt: now });
}

const resume = (scene: DeliveryScene): Promise<void> =>
  changeConnection(scene, { failures: 0, pausedAt: null, failure: null, dueAt: null });

/** Routes an event whose delivery is enqueued nowhere. */
async function routed(scene: DeliveryScene): Promise<Delivery> {
  const delivery = await scene.route();
  scene.queues.deliveries.splice(0);
  return delivery;
}

/** Routes an event whose delivery waits for its connection. */
async function setAside(scene: DeliveryScene): Promise<Delivery> {
  const delivery = await routed(scene);
  await scene.deps.store.deliveries.replace(delivery, park(delivery, scene.clock.at));
  return await scene.reread(delivery);
}

const take = ({ deps }: DeliveryScene, delivery: Delivery): Promise<void> =>
  deliver(deps, deliveryJob(delivery));

test("of two sweeps that probe a connection at once, one does", async () => {
  const scene = await scenes.build();
  await setAside(scene);
  await pause(scene);
  beforeNext(scene.deps.store.connections, "replace", () => probeConnections(scene.deps, 10));
  await probeConnections(scene.deps, 10);
  expect(scene.queues.deliveries).toMatchObject([{ probe: true }]);
});

test("a waiting delivery that somebody else changes just before it is released is left to them", async () => {
  const scene = await scenes.build();
  const delivery = await setAside(scene);
  await changeConnection(scene, { dueAt: iso(scene.clock.at) });
  overtake(scene.deps.store.deliveries, delivery);
  await probeConnections(scene.deps, 10);
  expect(await scene.reread(delivery)).toMatchObject({ ...BY_ANOTHER, parkedAt: delivery.parkedAt });
  expect(scene.queues.deliveries).toEqual([]);
  scene.clock.at += 2 * MINUTE;
  await probeConnections(scene.deps, 10);
  expect(scene.queues.deliveries).toMatchObject([{ deliveryId: delivery.deliveryId }]);
});

test("of two workers that find a lease whose worker is gone, one plans the look for its run", async () => {
  const scene = await scenes.build({ durable: DURABLE });
  const delivery = await routed(scene);
  const start = startAttempt(delivery, "before", scene.clock.at);
  if (!("go" in start)) throw new Error("It was not leased.");
  await scene.deps.store.deliveries.replace(delivery, start.go);
  Object.assign(scene.deps.settings, { soleWorker: "after" });
  scene.clock.at += SECOND;
  beforeNext(scene.deps.store.deliveries, "replace", () => take(scene, delivery));
  await take(scene, delivery);
  expect(scene.queues.deliveries).toMatchObject([{ delaySeconds: 29 }]);
});

test("a delivery that somebody else changes just before it is set aside is left to them, though its connection resumed", async () => {
  const scene = await scenes.build();
  const delivery = await routed(scene);
  await pause(scene);
  beforeNext(scene.deps.store.deliveries, "replace", async () => {
    await scene.deps.store.deliveries.replace(delivery, { ...delivery, ...BY_ANOTHER });
    await resume(scene);
  });
  await take(scene, delivery);
  const left = await scene.reread(delivery);
  expect([left.conclusion, left.parkedAt ?? null]).toEqual([BY_ANOTHER.conclusion, null]);
  expect(scene.queues.deliveries).toEqual([]);
});

test("a delivery that is set aside just after its connection resumed is enqueued at once", async () => {
  const scene = await scenes.build();
  const delivery = await routed(scene);
  await pause(scene);
  beforeNext(scene.deps.store.deliveries, "replace", () => resume(scene));
  await take(scene, delivery);
  expect(scene.queues.deliveries).toMatchObject([{ deliveryId: delivery.deliveryId }]);
  await scene.work();
  expect(scene.sent).toHaveLength(1);
});

test("a delivery that waits for its slot is enqueued for it, unless somebody else changed it first", async () => {
  const scene = await scenes.build();
  const [first, second] = [await routed(scene), await routed(scene)];
  await scene.deps.store.budgets.closeUntil(scene.consumer, scene.clock.at + MINUTE);
  await take(scene, first);
  expect(scene.queues.deliveries.splice(0)).toMatchObject([
    { deliveryId: first.deliveryId, delaySeconds: 60 },
  ]);
  overtake(scene.deps.store.deliveries, second);
  await take(scene, second);
  const left = await scene.reread(second);
  expect([left.conclusion, left.slotAt ?? null]).toEqual([BY_ANOTHER.conclusion, null]);
  expect(scene.queues.deliveries).toEqual([]);
});

test("GitHub's answer is recorded once, on the delivery as somebody else has changed it meanwhile", async () => {
  const scene = await scenes.build();
  const delivery = await routed(scene);
  const dispatched: unknown[] = [];
  const { log } = scene.deps;
  scene.deps.log = Object.assign(Object.create(log), {
    info: ({ event }: { event: string }) => event === "delivery.dispatched" && dispatched.push(event),
  });
  scene.answers.push(async () => {
    const leased = await scene.reread(delivery);
    await scene.deps.store.deliveries.replace(leased, { ...leased, ...BY_ANOTHER });
    return { status: 204 };
  });
  await take(scene, delivery);
  expect(await scene.reread(delivery)).toMatchObject({
    ...BY_ANOTHER,
    status: "Dispatched",
    attempts: [{ outcome: "dispatched" }],
  });
  expect(dispatched).toHaveLength(1);
});

test("a delivery that somebody else changes just before it is refused is among no failures until it is", async () => {
  const scene = await scenes.build();
  const { deps, subscription } = scene;
  const delivery = await routed(scene);
  await decideSubscription(deps, subscription.subscriptionId, "revoked", "mona");
  const failures = async (): Promise<number> =>
    (await deps.store.failures.last(subscription.subscriptionId, 10)).length;
  overtake(scene.deps.store.deliveries, delivery);
  await take(scene, delivery);
  expect(await scene.reread(delivery)).toMatchObject({ ...BY_ANOTHER, status: "Pending" });
  expect(await failures()).toBe(0);
  await take(scene, delivery);
  expect(await scene.reread(delivery)).toMatchObject({ status: "Failed", dueAt: null });
  expect(await failures()).toBe(1);
});

test("of two failures that are counted at once, both count, and each once", async () => {
  const scene = await scenes.build();
  const delivery = await routed(scene);
  const failure = { stage: "github", kind: "not-found", reason: "gone", status: 404 } as const;
  beforeNext(scene.deps.store.connections, "replace", () => recordFailure(scene.deps, delivery, failure));
  await recordFailure(scene.deps, delivery, failure);
  expect((await stateOf(scene)).failures).toBe(2);
});

/** A followed consumer with a plain workflow, to which two deliveries were dispatched at once. */
async function pairOfDeliveries(): Promise<DeliveryScene> {
  const scene = await scenes.build({ durable: DURABLE });
  await scene.deps.store.accounts.setRepository({ repositoryId: scene.consumer, tracking: true });
  scene.files[DEPLOY] = "on: repository_dispatch\njobs: {}\n";
  await scene.route();
  await scene.route();
  await scene.work();
  scene.clock.at += SECOND;
  return scene;
}

const statuses = async (scene: DeliveryScene) => (await scene.list()).map(({ status }) => status);

test("of two runs that are booked at once, none is lost: both deliveries have theirs", async () => {
  const scene = await pairOfDeliveries();
  const { deps, observed } = scene;
  const hasActed = beforeNext(deps.store.facts, "replace", () => track(deps, observed({ runId: "901" })));
  await track(deps, observed({ runId: "900" }));
  expect(hasActed()).toBe(true);
  expect(await statuses(scene)).toEqual(["Confirmed", "Confirmed"]);
});
