import { expect, test } from "vitest";
import { HOUR, MINUTE } from "../../../app/domain/clock.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import { findStuck } from "../../../app/steps/insight/find-stuck.ts";
import { sweep } from "../../../app/steps/jobs/sweep.ts";
import { ENDING_WAITS } from "../../../app/store/fact-kinds.ts";
import { type DeliveryScene, DURABLE, deliveryScenes } from "../../support/delivery-scene.ts";

/* A wait whose end ends the process that sweeps: the others go on, and it is given up in the end. */

const scenes = deliveryScenes();

/** Builds two deliveries that wait longer than was agreed, the deadly one first; `dies` sweeps until it is reached. */
async function buildWaits(): Promise<{
  scene: DeliveryScene;
  deadly: Delivery;
  other: Delivery;
  dies(): Promise<void>;
}> {
  const scene = await scenes.build({ durable: DURABLE });
  await scene.deps.store.accounts.setRepository({ repositoryId: scene.consumer, tracking: true });
  const deadly = await scene.route();
  await scene.work();
  scene.clock.at += MINUTE;
  const other = await scene.route();
  await scene.work();
  scene.clock.at += 30 * MINUTE;
  const { deliveries } = scene.deps.store;
  const get = deliveries.get.bind(deliveries);
  let isKilled = false;
  let kill = (): void => {};
  deliveries.get = async (id) => {
    // A process that has ended never comes back.
    if (isKilled && id === deadly.deliveryId) {
      kill();
      return await new Promise(() => {});
    }
    return await get(id);
  };
  const dies = async (): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    kill = resolve;
    isKilled = true;
    void sweep(scene.deps);
    await promise;
    isKilled = false;
  };
  return { scene, deadly, other, dies };
}

test("a wait whose end kills the sweep is found, and holds up the others once", async () => {
  const { scene, deadly, other, dies } = await buildWaits();
  await dies();
  await dies();
  expect((await scene.reread(deadly)).stall?.ending).toMatchObject({ times: 1 });
  expect(await findStuck(scene.deps)).toMatchObject([{ id: deadly.deliveryId, failures: 1 }]);
  await sweep(scene.deps);
  expect(await scene.reread(other)).toMatchObject({ dueFor: "dispatch" });
  expect((await scene.reread(deadly)).dueFor).toBe("confirmation");
  expect(await scene.deps.store.facts.get(ENDING_WAITS.of())).toBeNull();
});

test("a wait whose end killed the sweep is ended once it kills no more, and forgotten", async () => {
  const { scene, deadly, dies } = await buildWaits();
  await dies();
  await dies();
  scene.clock.at += 5 * MINUTE;
  await sweep(scene.deps);
  expect(await scene.reread(deadly)).toMatchObject({ dueFor: "dispatch" });
  expect((await scene.reread(deadly)).stall?.ending ?? null).toBeNull();
});

test("a wait whose end killed the sweep ten times is given up, and says why", async () => {
  const { scene, deadly, dies } = await buildWaits();
  for (let times = 0; times <= 10; times++) {
    await dies();
    scene.clock.at += 2 * HOUR;
  }
  await sweep(scene.deps);
  const { status, failure } = await scene.reread(deadly);
  expect(status).toBe("Failed");
  expect(failure).toMatchObject({
    kind: "internal",
    reason: expect.stringContaining("was cut off 10 times"),
  });
});
