import { expect, test, vi } from "vitest";
import { MINUTE, SECOND } from "../../../app/domain/clock.ts";
import { PAUSE_AFTER } from "../../../app/domain/delivery/connection-state.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import { deliver } from "../../../app/steps/delivery/deliver.ts";
import {
  recordFailure,
  recordSuccess,
  updateConnection,
} from "../../../app/steps/delivery/record-outcome.ts";
import { diagnose } from "../../../app/steps/insight/read-health.ts";
import { sweep } from "../../../app/steps/jobs/sweep.ts";
import { deliveryJob } from "../../../app/store/queues.ts";
import { type DeliveryScene, DURABLE, deliveryScenes } from "../../support/delivery-scene.ts";

/* What a delivery's outcome does to its connection: its row of failures, and its health. */

const scenes = deliveryScenes();

/** Routes an event that was made to try the subscription. */
async function routeTest(scene: DeliveryScene): Promise<Delivery> {
  const delivery = await scene.route();
  await scene.deps.store.deliveries.replace(delivery, { ...delivery, isTest: true });
  return await scene.reread(delivery);
}

const stateOf = ({ deps, subscription }: DeliveryScene) =>
  deps.store.connections.get(subscription.subscriptionId);

test("a failed dispatch counts against its connection, and one that GitHub takes ends the row", async () => {
  const scene = await scenes.build();
  await scene.route();
  scene.answers.push({ status: 502 });
  await scene.work();
  expect(await stateOf(scene)).toMatchObject({ failures: 1, failure: { status: 502 } });
  await scene.route();
  await scene.work();
  expect(await stateOf(scene)).toMatchObject({ failures: 0, failure: null });
});

test("of many who count at once, none is lost", async () => {
  const { deps, subscription } = await scenes.build();
  await Promise.all(
    Array.from({ length: 8 }, () =>
      updateConnection(deps, subscription.subscriptionId, (state) => ({
        ...state,
        failures: state.failures + 1,
      })),
    ),
  );
  expect(await deps.store.connections.get(subscription.subscriptionId)).toMatchObject({ failures: 8 });
});

test("a test that fails counts neither in its connection's health nor towards its pause", async () => {
  const scene = await scenes.build();
  const { deps, subscription } = scene;
  for (let n = 0; n < PAUSE_AFTER; n++) {
    const tried = await routeTest(scene);
    scene.answers.push({ status: 502 });
    await deliver(deps, deliveryJob(tried));
    expect(await scene.reread(tried)).toMatchObject({ status: "Failed", failure: { status: 502 } });
  }
  expect(await stateOf(scene)).toMatchObject({ failures: 0, pausedAt: null });
  expect(await diagnose(deps, subscription.subscriptionId)).toMatchObject({
    health: { day: { total: 0, failed: 0, successRate: null } },
    groups: [],
    failures: [],
  });
  await scene.route();
  scene.answers.push({ status: 502 });
  await scene.work();
  expect(await diagnose(deps, subscription.subscriptionId)).toMatchObject({
    health: { health: "critical", day: { total: 1, failed: 1, successRate: 0 } },
    groups: [{ group: "service-unavailable", failed: 1, attempts: 1 }],
    failures: [{ status: "Failed" }],
  });
});

test("a test that no run confirms does not count towards its connection's pause", async () => {
  const scene = await scenes.build({ durable: { ...DURABLE, maxAttempts: 1 } });
  const tried = await routeTest(scene);
  await scene.work();
  scene.clock.at += 10 * MINUTE + SECOND;
  await sweep(scene.deps);
  expect(await scene.reread(tried)).toMatchObject({ status: "Failed", failure: { stage: "confirmation" } });
  expect(await stateOf(scene)).toMatchObject({ failures: 0 });
});

test("a test that GitHub takes proves that its connection works again", async () => {
  const scene = await scenes.build();
  await scene.route();
  scene.answers.push({ status: 502 });
  await scene.work();
  await routeTest(scene);
  await scene.work();
  expect(await stateOf(scene)).toMatchObject({ failures: 0 });
});

test("the twentieth failure is logged with its reason, once, and its people are notified", async () => {
  const scene = await scenes.build();
  const { accounts, notices } = scene.deps.store;
  await accounts.setRepository({
    repositoryId: scene.consumer,
    notifications: { by: "issue", number: null, written: null },
  });
  const warn = vi.spyOn(scene.deps.log, "warn");
  const delivery = await scene.route();
  const info = vi.spyOn(scene.deps.log, "info");
  const failure = { stage: "github", kind: "consumer", status: 404, reason: "Not Found" } as const;
  const { correlationId, deliveryId, subscriptionId } = delivery;
  for (let times = 1; times < PAUSE_AFTER; times++) await recordFailure(scene.deps, delivery, failure);
  expect(warn).not.toHaveBeenCalled();
  const line = { event: "connection.paused", correlationId, deliveryId, subscriptionId };
  for (let times = 0; times < 2; times++) await recordFailure(scene.deps, delivery, failure);
  expect(warn.mock.calls).toEqual([
    [{ ...line, failures: PAUSE_AFTER, reason: "Not Found" }, expect.any(String)],
  ]);
  expect(await notices.list(scene.consumer)).toMatchObject([{ kind: "connection-paused" }]);
  for (let times = 0; times < 2; times++) await recordSuccess(scene.deps, delivery, "confirmed");
  const resumed = { event: "connection.resumed", correlationId, deliveryId, subscriptionId };
  expect(info.mock.calls).toEqual([[resumed, expect.any(String)]]);
  expect(await notices.list(scene.consumer)).toEqual([]);
});

test("an accepted dispatch proves a default delivery's connection, and not a durable one's that nobody confirms", async () => {
  const scene = await scenes.build();
  const delivery = await scene.route();
  const failure = { stage: "confirmation", kind: "timeout", status: null, reason: "late" } as const;
  await recordFailure(scene.deps, delivery, failure);
  await recordSuccess(scene.deps, { ...delivery, durable: DURABLE }, "dispatched");
  expect(await stateOf(scene)).toMatchObject({ failures: 1 });
  await recordSuccess(scene.deps, { ...delivery, durable: null }, "dispatched");
  expect(await stateOf(scene)).toMatchObject({ failures: 0 });
});
