import { expect, test } from "vitest";
import { iso, MINUTE, SECOND } from "../../../app/domain/clock.ts";
import {
  dispatchedBefore,
  dispatchedIn,
  recordDispatch,
} from "../../../app/steps/delivery/record-dispatch.ts";
import { type DeliveryScene, deliveryScenes } from "../../support/delivery-scene.ts";

/* The deliveries that may have started a run: those dispatched to its repository shortly before it began. */

const scenes = deliveryScenes();

/** Ids of the deliveries that may have started a run that began so long after a moment, in milliseconds. */
const before = async ({ deps, consumer }: DeliveryScene, at: number, repositoryId = consumer) =>
  (await dispatchedBefore(deps, { repositoryId, createdAt: iso(at) })).map(({ deliveryId }) => deliveryId);

async function buildRecorded() {
  const scene = await scenes.build();
  const { deliveryId } = await scene.route();
  await recordDispatch(scene.deps, scene.consumer, deliveryId);
  return { scene, deliveryId, at: scene.clock.at };
}

test("a delivery may have started a run from 15 s before its dispatch, as clocks differ, to two minutes after", async () => {
  const { scene, deliveryId, at } = await buildRecorded();
  for (const offset of [-15 * SECOND, 0, 2 * MINUTE])
    expect(await before(scene, at + offset)).toEqual([deliveryId]);
  for (const offset of [-15 * SECOND - 1, 2 * MINUTE + 1])
    expect(await before(scene, at + offset)).toEqual([]);
});

test("a dispatch that is recorded again counts once, and none of what is gone", async () => {
  const { scene, deliveryId, at } = await buildRecorded();
  scene.clock.at += SECOND;
  await recordDispatch(scene.deps, scene.consumer, deliveryId);
  await recordDispatch(scene.deps, scene.consumer, "delivery-gone");
  expect(await before(scene, at)).toEqual([deliveryId]);
});

test("what went to another repository, or leaves by the other dispatch, started no run here", async () => {
  const { scene, deliveryId, at } = await buildRecorded();
  await recordDispatch(scene.deps, scene.provider, deliveryId);
  expect(await before(scene, at, scene.provider)).toEqual([]);
  const run = { repositoryId: scene.consumer, createdAt: iso(at) };
  expect(await dispatchedBefore(scene.deps, run, "workflow_dispatch")).toEqual([]);
});

test("of several runs each may have been started, by what was dispatched from the first one's time to the last one's", async () => {
  const { scene, deliveryId, at } = await buildRecorded();
  scene.clock.at += 10 * MINUTE;
  const later = await scene.route();
  await recordDispatch(scene.deps, scene.consumer, later.deliveryId);
  const runs = [at + 10 * MINUTE, at].map((moment) => ({ createdAt: iso(moment) }));
  const found = await dispatchedIn(scene.deps, scene.consumer, runs);
  expect(found.map((one) => one.deliveryId).sort()).toEqual([deliveryId, later.deliveryId].sort());
});
