import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { DAY, iso, MINUTE, SECOND } from "../../../app/domain/clock.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import type { WorkflowEvent } from "../../../app/domain/records/event.ts";
import { findCause } from "../../../app/steps/delivery/causes.ts";
import { recordDispatch } from "../../../app/steps/delivery/record-dispatch.ts";
import {
  type DeliveryScene,
  type DeliveryScenes,
  startDeliveryScenes,
} from "../../support/delivery-scene.ts";

/* A run that names no delivery, started by Zekt's dispatch: how deep in a chain it is taken to be. */

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
  await recordDispatch(scene.deps, scene.consumer, deliveryId);
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
