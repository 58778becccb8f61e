import { expect, test } from "vitest";
import { HOUR } from "../../../app/domain/clock.ts";
import { connectionScope } from "../../../app/domain/delivery/delivery-facts.ts";
import type { Service } from "../../../app/domain/records/service.ts";
import { ingest } from "../../../app/steps/intake/ingest.ts";
import { route } from "../../../app/steps/intake/route.ts";
import { FILTER_FAILURE } from "../../../app/store/fact-kinds.ts";
import { type DeliveryScene, DURABLE, deliveryScenes } from "../../support/delivery-scene.ts";
import { completedWebhook } from "../../support/model.ts";

/* One attempt of a provider's run, paired with what its steps said, becomes deliveries. */

const scenes = deliveryScenes();

/** Ends the run's attempt and routes its event. */
async function end({ deps, provider, queues }: DeliveryScene, runAttempt = 1): Promise<void> {
  await ingest(deps, completedWebhook(provider, runAttempt));
  queues.routing.splice(0);
  await route(deps, { repositoryId: provider, runId: "7", runAttempt });
}

const figuresOf = async ({ deps, provider, clock }: DeliveryScene) =>
  await deps.store.meters.total(`repository#${provider}`, clock.at - HOUR, clock.at + HOUR);

test("an event and each message of its run is one delivery, archived once and enqueued", async () => {
  const scene = await scenes.build();
  await scene.say({ eventType: "built", payload: JSON.stringify({ n: 1 }) });
  await scene.say({ eventType: "tested", payload: JSON.stringify({ n: 2 }) });
  await end(scene);
  const deliveries = await scene.list();
  expect(deliveries.map(({ eventType }) => eventType).sort()).toEqual([
    "built",
    "tested",
    "zekt-workflow-completed",
  ]);
  expect(scene.queues.deliveries.map(({ deliveryId }) => deliveryId).sort()).toEqual(
    deliveries.map(({ deliveryId }) => deliveryId).sort(),
  );
  for (const { eventType, archiveKey, status, attempts } of deliveries) {
    expect([status, attempts]).toEqual(["Pending", []]);
    const archived = await scene.deps.store.archive.findPayload(archiveKey);
    expect(archived?.run).toMatchObject({ id: 7, run_attempt: 1 });
    expect(archived?.body).toBe({ built: '{"n":1}', tested: '{"n":2}' }[eventType] ?? null);
  }
  expect(await figuresOf(scene)).toEqual({ eventsAllowed: 1 });
});

test("an event that is routed again makes nothing new, and enqueues what may have been lost", async () => {
  const scene = await scenes.build();
  await end(scene);
  const before = await scene.list();
  scene.queues.take();
  await route(scene.deps, { repositoryId: scene.provider, runId: "7", runAttempt: 1 });
  expect(await scene.list()).toEqual(before);
  expect(scene.queues.deliveries).toHaveLength(1);
  expect(await figuresOf(scene)).toEqual({ eventsAllowed: 1 });
});

test("who gets an event is decided once: what is approved or revoked later changes nothing of it", async () => {
  const scene = await scenes.build({ status: "requested" });
  await end(scene);
  await scene.changeSubscription({ status: "approved" });
  await route(scene.deps, { repositoryId: scene.provider, runId: "7", runAttempt: 1 });
  expect(await scene.list()).toEqual([]);
});

test("a change of a subscription's durable settings holds for deliveries made from then on", async () => {
  const scene = await scenes.build({ durable: DURABLE });
  await scene.route(1);
  const changed = { ...DURABLE, confirmWithin: 120 };
  await scene.changeSubscription({ durable: changed });
  await scene.route(2);
  await scene.changeSubscription({ durable: null });
  await scene.route(3);
  expect((await scene.list()).map(({ durable }) => durable)).toEqual([DURABLE, changed, null]);
});

test("a message that comes after its event was routed is delivered as well, by the answer that stands", async () => {
  const scene = await scenes.build();
  await end(scene);
  await scene.say({ eventType: "built" });
  expect(scene.queues.routing).toMatchObject([{ repositoryId: scene.provider, runId: "7", runAttempt: 1 }]);
  await scene.work();
  expect((await scene.list()).map(({ eventType }) => eventType).sort()).toEqual([
    "built",
    "zekt-workflow-completed",
  ]);
});

test("a subscription gets the types that it names, and no other", async () => {
  const scene = await scenes.build({ eventTypes: ["built"] });
  await scene.say({ eventType: "built" });
  await scene.say({ eventType: "tested" });
  await end(scene);
  expect((await scene.list()).map(({ eventType }) => eventType)).toEqual(["built"]);
});

test("a message that was taken up is never counted as orphaned", async () => {
  const scene = await scenes.build();
  const { eventId: messageId } = await scene.say({ eventType: "built" });
  await end(scene);
  const key = { repositoryId: scene.provider, runId: "7", messageId };
  expect(await scene.deps.store.runs.getMessage(key)).toMatchObject({ joinedAt: expect.any(String) });
});

test("a later attempt takes up what an earlier one said of a type that it does not speak of itself", async () => {
  const scene = await scenes.build({ eventTypes: ["built", "tested"] });
  await scene.say({ eventType: "built", payload: JSON.stringify(1) });
  await scene.say({ eventType: "tested", payload: JSON.stringify(1) });
  await end(scene);
  await scene.say({ eventType: "tested", payload: JSON.stringify(2) }, { runAttempt: 2 });
  // Lists are in the order of time.
  scene.clock.at += 1000;
  await end(scene, 2);
  const second = (await scene.list()).slice(2);
  expect(second.map(({ eventType, messageAttempt }) => [eventType, messageAttempt]).sort()).toEqual([
    ["built", 1],
    ["tested", 2],
  ]);
});

test.each<[string, string, (scene: DeliveryScene) => Promise<unknown>]>([
  [
    "its repository is no provider",
    "not-enabled",
    ({ deps, provider }) => deps.store.accounts.setRepository({ repositoryId: provider, provider: false }),
  ],
  [
    "its workflow is not whitelisted",
    "not-whitelisted",
    ({ deps, provider }) =>
      deps.store.catalog.removeWorkflow({ repositoryId: provider, path: ".github/workflows/a.yml" }),
  ],
  [
    "nobody is approved",
    "no-consumer",
    ({ changeSubscription }) => changeSubscription({ status: "revoked" }),
  ],
  [
    "nobody wants its type",
    "event-type",
    ({ changeSubscription }) => changeSubscription({ eventTypes: ["built"] }),
  ],
])("an event makes no delivery where %s, and the reason is counted", async (_, reason, prepare) => {
  const scene = await scenes.build();
  await prepare(scene);
  await end(scene);
  expect(await scene.list()).toEqual([]);
  expect(scene.queues.deliveries).toEqual([]);
  const counted = { eventsBlocked: 1, [`blocked:${reason}:.github/workflows/a.yml`]: 1 };
  expect(await figuresOf(scene)).toEqual(counted);
});

test("a routing whose event is gone does nothing", async () => {
  const scene = await scenes.build();
  await route(scene.deps, { repositoryId: scene.provider, runId: "8", runAttempt: 1 });
  expect(await scene.list()).toEqual([]);
});

const filteredOf = async ({ deps, subscription, clock }: DeliveryScene) =>
  await deps.store.meters.total(
    connectionScope(subscription.subscriptionId),
    clock.at - HOUR,
    clock.at + HOUR,
  );

test("a subscription's filter holds back what it does not want: counted once, not failed, not blocked", async () => {
  const scene = await scenes.build({ filter: "has(message.n) && message.n > 1" });
  for (const n of [1, 2, 3]) await scene.say({ payload: JSON.stringify({ n }) });
  await end(scene);
  const sent = await scene.list();
  expect(sent.map(({ eventType }) => eventType)).toEqual(["built", "built"]);
  await route(scene.deps, { repositoryId: scene.provider, runId: "7", runAttempt: 1 });
  expect(await scene.list()).toHaveLength(2);
  expect(await filteredOf(scene)).toEqual(expect.objectContaining({ filtered: 2 }));
  expect((await filteredOf(scene))["health:failed"]).toBeUndefined();
  expect(await figuresOf(scene)).toEqual({ eventsAllowed: 1 });
});

test("what no filter lets pass is archived nowhere, and is allowed all the same", async () => {
  const scene = await scenes.build({ filter: "false" });
  await scene.say({ payload: "{}" });
  await end(scene);
  expect(await scene.list()).toEqual([]);
  expect((await scene.deps.store.archive.list(`events/${scene.provider}/`)).items).toEqual([]);
  expect(await figuresOf(scene)).toEqual({ eventsAllowed: 1 });
});

test("an event that a filter fails at does not come, and the last reason is stored", async () => {
  const scene = await scenes.build({ filter: "message.severity == 'high'" });
  await scene.say({ payload: "{}" });
  await end(scene);
  expect(await scene.list()).toEqual([]);
  expect(await scene.deps.store.facts.get(FILTER_FAILURE.of(scene.subscription))).toMatchObject({
    correlationId: "7",
    reason: expect.stringMatching(/^(field not found: severity|.*null.*|.*overload.*|.*attribute.*)/),
  });
});

test("a stored filter that cannot be read any more fails like one that is read, and the event is routed", async () => {
  const scene = await scenes.build({ filter: "true" });
  await scene.changeSubscription({ filter: "mesage == 1" });
  await end(scene);
  expect(await scene.list()).toEqual([]);
  expect(await scene.deps.store.facts.get(FILTER_FAILURE.of(scene.subscription))).toMatchObject({
    reason: "there is no mesage; there are message, run and eventType",
  });
});

test("the filter that stood when the event was first routed decides of a late message too", async () => {
  const scene = await scenes.build({ filter: "message != null && message.n > 1" });
  await end(scene);
  await scene.changeSubscription({ filter: null });
  for (const n of [1, 2]) await scene.say({ payload: JSON.stringify({ n }) });
  await route(scene.deps, { repositoryId: scene.provider, runId: "7", runAttempt: 1 });
  expect((await scene.list()).map(({ eventType }) => eventType)).toEqual(["built"]);
});

test("a filter cannot ask for a field of the run that its service does not let travel", async () => {
  const scene = await scenes.build({ filter: "run.head_branch == 'main'" });
  const { catalog } = scene.deps.store;
  const [service] = (await catalog.offerOf(scene.provider)).services;
  if (!service) throw new Error("There is no service.");
  await catalog.replaceService(service, { ...service, runFields: ["id"], updatedAt: "later" });
  await end(scene);
  expect(await scene.list()).toEqual([]);
  expect(await scene.deps.store.facts.get(FILTER_FAILURE.of(scene.subscription))).toMatchObject({
    reason: "field not found: head_branch",
  });
});

test("one filter of two services' subscriptions is asked for each, by the fields that each lets travel", async () => {
  const scene = await scenes.build({ filter: "run.head_branch == 'main'" });
  const { catalog } = scene.deps.store;
  const [service] = (await catalog.offerOf(scene.provider)).services;
  const other = { serviceId: `${scene.provider}-other`, subscriptionId: `${scene.consumer}-other` };
  await catalog.addService({ ...(service as Service), ...other, slug: "other", runFields: ["id"] });
  await catalog.addSubscription({ ...scene.subscription, ...other });
  await end(scene);
  const { subscriptionId } = scene.subscription;
  expect(await scene.list()).toMatchObject([{ subscriptionId }]);
});

test("a large message is judged by a filter as well", async () => {
  const scene = await scenes.build({ filter: "message != null && message.last == 'x'" });
  const rows = "y".repeat(200_000);
  await scene.say({ payload: JSON.stringify({ rows, last: "x" }) });
  await scene.say({ payload: JSON.stringify({ rows, last: "z" }) });
  await end(scene);
  expect(await scene.list()).toHaveLength(1);
});
