import { expect, test } from "vitest";
import { archiveKeyOf } from "../../../app/domain/intake/policy.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import { payloadForProvider, readPayload } from "../../../app/steps/delivery/read-payload.ts";
import { type DeliveryScene, deliveryScenes } from "../../support/delivery-scene.ts";

/* A run redeems the reference to a message that was too large for its dispatch. */

const scenes = deliveryScenes();

const LARGE = { text: "x".repeat(70_000) };

/** A delivery of a large message, dispatched. */
async function buildDispatched(): Promise<{ scene: DeliveryScene; delivery: Delivery }> {
  const scene = await scenes.build({ eventTypes: ["built"] });
  await scene.say({ payload: JSON.stringify(LARGE) });
  const delivery = await scene.route(7);
  await scene.work();
  return { scene, delivery };
}

test("a message that is too large for its dispatch is announced by its size and hash, and read whole", async () => {
  const { scene, delivery } = await buildDispatched();
  const { payload, payloadRef } = scene.sent[0]?.client_payload.zekt ?? {};
  expect(payload).toBeNull();
  const read = await readPayload(scene.deps, scene.identity(), delivery.deliveryId);
  expect(read.body).toBe(JSON.stringify(LARGE));
  expect({ size: read.size, sha256: read.sha256 }).toEqual(payloadRef);
});

test("nothing is read once the subscription is revoked or gone", async () => {
  const { scene, delivery } = await buildDispatched();
  const read = () => readPayload(scene.deps, scene.identity(), delivery.deliveryId);
  await scene.changeSubscription({ status: "revoked" });
  await expect(read()).rejects.toMatchObject({ code: "forbidden" });
  await scene.deps.store.catalog.removeSubscription(scene.subscription);
  await expect(read()).rejects.toMatchObject({ code: "forbidden" });
});

test("another repository's run reads nothing", async () => {
  const { delivery } = await buildDispatched();
  const other = await scenes.build();
  await expect(readPayload(other.deps, other.identity(), delivery.deliveryId)).rejects.toMatchObject({
    code: "not-found",
  });
});

test("a delivery of the event alone has no message, and one whose archive is over has none any more", async () => {
  const scene = await scenes.build();
  const delivery = await scene.route();
  await expect(payloadForProvider(scene.deps, delivery)).rejects.toMatchObject({ code: "not-found" });
  const archiveKey = archiveKeyOf({ ...delivery, runId: "none" } as never, { message: null, eventType: "" });
  await expect(payloadForProvider(scene.deps, { ...delivery, archiveKey })).rejects.toMatchObject({
    code: "gone",
  });
});
