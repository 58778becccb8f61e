import { expect, test } from "vitest";
import type { Plan } from "../../app/domain/records/routing-plan.ts";
import { ingest } from "../../app/steps/intake/ingest.ts";
import { deliveryScenes } from "../support/delivery-scene.ts";
import { completedWebhook } from "../support/model.ts";

/* Of two who read the same and write at once, one alone may succeed: the other is told, and reads again. */

const scenes = deliveryScenes();

test("a delivery is replaced only as it was read", async () => {
  const scene = await scenes.build();
  const read = await scene.route();
  const { deliveries } = scene.deps.store;
  expect(await deliveries.replace(read, { ...read, eventType: "first" })).toBe(true);
  expect(await deliveries.replace(read, { ...read, eventType: "second" })).toBe(false);
  const now = await scene.reread(read);
  expect(now).toMatchObject({ eventType: "first", version: read.version + 1 });
  expect(await deliveries.replace(now, { ...now, eventType: "third" })).toBe(true);
});

test("a delivery that was removed is not brought back by a write that read it before", async () => {
  const scene = await scenes.build();
  const read = await scene.route();
  const { deliveries } = scene.deps.store;
  await deliveries.removeAll([read.deliveryId]);
  expect(await deliveries.replace(read, read)).toBe(false);
  expect(await deliveries.get(read.deliveryId)).toBeNull();
});

test("a delivery is added once", async () => {
  const scene = await scenes.build();
  const made = await scene.route();
  expect(await scene.deps.store.deliveries.add({ ...made, eventType: "again" })).toBe(false);
  expect(await scene.reread(made)).toEqual(made);
});

test("a connection's state is replaced only as it was read, the first one too", async () => {
  const { deps, subscription } = await scenes.build();
  const { connections } = deps.store;
  const none = await connections.get(subscription.subscriptionId);
  expect(await connections.replace(none, { ...none, failures: 1 })).toBe(true);
  expect(await connections.replace(none, { ...none, failures: 7 })).toBe(false);
  const first = await connections.get(subscription.subscriptionId);
  expect(first.failures).toBe(1);
  expect(await connections.replace(first, { ...first, failures: 2 })).toBe(true);
  expect(await connections.replace(first, { ...first, failures: 7 })).toBe(false);
  expect(await connections.get(subscription.subscriptionId)).toMatchObject({ failures: 2 });
});

const planOf = (decidedAt: string): Plan => ({
  decidedAt,
  blocked: null,
  trace: { hops: 0, causedBy: null },
  services: [],
});

test("the first answer to an event stands, whoever decides again", async () => {
  const { deps, provider } = await scenes.build();
  const { runs } = deps.store;
  await ingest(deps, completedWebhook(provider, 1));
  const run = { repositoryId: provider, runId: "7", runAttempt: 1 };
  expect((await runs.freezePlan(run, { plan: planOf("first") }))?.plan?.decidedAt).toBe("first");
  expect((await runs.freezePlan(run, { plan: planOf("second") }))?.plan?.decidedAt).toBe("first");
  const archived = await runs.freezePlan(run, { planKey: "plans/third" });
  expect([archived?.plan?.decidedAt, archived?.planKey]).toEqual(["first", undefined]);
});

test("an archived answer stands as well, and an event that is gone has none", async () => {
  const { deps, provider } = await scenes.build();
  const { runs } = deps.store;
  await ingest(deps, completedWebhook(provider, 1));
  const run = { repositoryId: provider, runId: "7", runAttempt: 1 };
  expect((await runs.freezePlan(run, { planKey: "plans/first" }))?.planKey).toBe("plans/first");
  const second = await runs.freezePlan(run, { plan: planOf("second") });
  expect([second?.plan, second?.planKey]).toEqual([undefined, "plans/first"]);
  expect(await runs.freezePlan({ ...run, runId: "8" }, { plan: planOf("late") })).toBeNull();
  expect(await runs.getEvent({ ...run, runId: "8" })).toBeNull();
});

test("a subscription is changed only while it has the status it was read with", async () => {
  const { deps, subscription } = await scenes.build();
  const { catalog } = deps.store;
  expect(await catalog.updateSubscription(subscription, { status: "revoked" })).toMatchObject({
    status: "revoked",
  });
  // Whoever read it as approved does not undo that, not even by changing something else.
  expect(await catalog.updateSubscription(subscription, { status: "approved" })).toBeNull();
  expect(await catalog.updateSubscription(subscription, { eventTypes: ["built"] })).toBeNull();
  expect(await catalog.getSubscription(subscription)).toMatchObject({ status: "revoked", eventTypes: [] });
  await catalog.removeSubscription(subscription);
  expect(await catalog.updateSubscription(subscription, { eventTypes: ["built"] })).toBeNull();
  expect(await catalog.getSubscription(subscription)).toBeNull();
});
