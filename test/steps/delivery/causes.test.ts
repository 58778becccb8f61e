import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { DAY, iso, MINUTE, SECOND } from "../../../app/domain/clock.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import type { WorkflowEvent } from "../../../app/domain/records/event.ts";
import {
  dispatchedBefore,
  dispatchedIn,
  findCause,
  recordDispatch,
} from "../../../app/steps/delivery/causes.ts";
import {
  type DeliveryScene,
  type DeliveryScenes,
  startDeliveryScenes,
} from "../../support/delivery-scene.ts";

/*
 * A run that names no delivery, started by Zekt's dispatch: how deep in a chain it is taken to be, and the deliveries
 * that may have started it. Those are what was dispatched to its repository shortly before it began.
 */

let scenes: DeliveryScenes;
let scene: DeliveryScene;
let made: number;
beforeAll(async () => {
  scenes = await startDeliveryScenes();
});
beforeEach(async () => {
  scene = await scenes.build();
  made = 0;
});
afterAll(() => scenes.close());

/** Records a dispatch to the consumer by a provider, so many hops deep. */
async function dispatch(providerRepositoryId: string, hops: number, eventType = "built"): Promise<void> {
  const deliveryId = `delivery-${scene.consumer}-${++made}`;
  const routed = await scene.route();
  const trace = { hops, causedBy: null };
  const delivery: Delivery = { ...routed, deliveryId, providerRepositoryId, trace, eventType };
  await scene.deps.store.deliveries.add(delivery);
  await recordDispatch(scene.deps, scene.consumer, deliveryId, scene.deps.clock.now());
}

/** The hops of a run that Zekt's bot started in the consumer's repository just now. */
async function hopsOf(title = "Deploy", by = scene.deps.settings.botLogin): Promise<number> {
  const run = {
    event: "repository_dispatch",
    actor: by,
    display_title: title,
    created_at: iso(scene.clock.at),
  };
  const event = { repositoryId: scene.consumer, runId: "70", run } as WorkflowEvent;
  return (await findCause(scene.deps, event)).hops;
}

test("a chain of one provider is as deep as its dispatches of the last minutes", async () => {
  await dispatch("501", 3);
  scene.clock.at += 10 * SECOND;
  await dispatch("501", 5);
  expect(await hopsOf()).toBe(6);
});

test("a provider's deep chain does not block the runs of another provider's dispatches", async () => {
  await dispatch("501", 7);
  await dispatch("502", 0);
  await dispatch("501", 7);
  expect(await hopsOf()).toBe(1);
});

test("a run titled by its event type follows from dispatches of that type alone", async () => {
  await dispatch("501", 7, "audited");
  await dispatch("502", 2, "built");
  await dispatch("503", 0, "tested");
  expect(await hopsOf("built")).toBe(3);
  expect(await hopsOf("audited")).toBe(8);
});

test.each([5 * MINUTE, DAY])("a deep chain of %i ms ago counts no more", async (ago) => {
  await dispatch("501", 7);
  scene.clock.at += ago;
  expect(await hopsOf()).toBe(1);
});

test("a run that somebody else's dispatch started begins a chain", async () => {
  await dispatch("501", 7);
  expect(await hopsOf("Deploy", "somebody")).toBe(0);
});

/** Ids of the deliveries that may have started a run that began so long after a moment, in milliseconds. */
const before = async (at: number, repositoryId = scene.consumer) =>
  (await dispatchedBefore(scene.deps, { repositoryId, createdAt: iso(at) })).map(
    ({ deliveryId }) => deliveryId,
  );

async function buildRecorded() {
  const { deliveryId } = await scene.route();
  await recordDispatch(scene.deps, scene.consumer, deliveryId, scene.deps.clock.now());
  return { deliveryId, at: scene.clock.at };
}

test("a delivery may have started a run from 15 s before its dispatch, as clocks differ, to two minutes after", async () => {
  const { deliveryId, at } = await buildRecorded();
  for (const offset of [-15 * SECOND, 0, 2 * MINUTE]) expect(await before(at + offset)).toEqual([deliveryId]);
  for (const offset of [-15 * SECOND - 1, 2 * MINUTE + 1]) expect(await before(at + offset)).toEqual([]);
});

test("a dispatch that is recorded again counts once, and none of what is gone", async () => {
  const { deliveryId, at } = await buildRecorded();
  scene.clock.at += SECOND;
  await recordDispatch(scene.deps, scene.consumer, deliveryId, scene.deps.clock.now());
  await recordDispatch(scene.deps, scene.consumer, "delivery-gone", scene.deps.clock.now());
  expect(await before(at)).toEqual([deliveryId]);
});

test("what went to another repository, or leaves by the other dispatch, started no run here", async () => {
  const { deliveryId, at } = await buildRecorded();
  await recordDispatch(scene.deps, scene.provider, deliveryId, scene.deps.clock.now());
  expect(await before(at, scene.provider)).toEqual([]);
  const run = { repositoryId: scene.consumer, createdAt: iso(at) };
  expect(await dispatchedBefore(scene.deps, run, "workflow_dispatch")).toEqual([]);
});

test("of several runs each may have been started, by what was dispatched from the first one's time to the last one's", async () => {
  const { deliveryId, at } = await buildRecorded();
  scene.clock.at += 10 * MINUTE;
  const later = await scene.route();
  await recordDispatch(scene.deps, scene.consumer, later.deliveryId, scene.deps.clock.now());
  const runs = [at + 10 * MINUTE, at].map((moment) => ({ createdAt: iso(moment) }));
  const found = await dispatchedIn(scene.deps, scene.consumer, runs);
  expect(found.map((one) => one.deliveryId).sort()).toEqual([deliveryId, later.deliveryId].sort());
});
