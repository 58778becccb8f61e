import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decideSubscription } from "../../../app/steps/catalog/decide-subscription.ts";
import {
  changeSubscription,
  removeSubscription,
  requestSubscription,
} from "../../../app/steps/catalog/subscribe.ts";
import { type CatalogWorld, startCatalogWorld } from "./catalog-world.ts";

let world: CatalogWorld;
beforeAll(async () => {
  world = await startCatalogWorld();
});
afterAll(() => world.close());

const DURABLE = { confirmWithin: 600, completeWithin: 21_600, maxAttempts: 8, retryOnFailure: false };

const buildConsumer = (wish: Parameters<CatalogWorld["buildRepository"]>[0] = {}) =>
  world.buildRepository({ consumer: true, ...wish });

const ask = async (repositoryId: string, service: string, more = {}) =>
  await requestSubscription(world.deps, repositoryId, { service, ...more }, "hubot");

describe("durable delivery", () => {
  test("is refused, with the way to it, where nothing would ever confirm", async () => {
    const service = await world.buildService();
    const { repositoryId, fullName } = await buildConsumer();
    const refused = {
      code: "conflict",
      message: `Durable delivery needs confirmations: turn on completion tracking for ${fullName}, or put the confirm action into its workflow and let it run once.`,
    };
    await expect(ask(repositoryId, service.serviceId, { durable: {} })).rejects.toMatchObject(refused);
    const { subscriptionId } = await ask(repositoryId, service.serviceId);
    await expect(
      changeSubscription(world.deps, subscriptionId, { durable: {} }, "hubot"),
    ).rejects.toMatchObject(refused);
  });

  test("takes its defaults where the repository is tracked", async () => {
    const service = await world.buildService();
    const { repositoryId } = await buildConsumer({ tracking: true });
    expect(await ask(repositoryId, service.serviceId, { durable: {} })).toMatchObject({ durable: DURABLE });
  });

  test("can be turned on once a confirm was seen, and off again", async () => {
    const service = await world.buildService();
    const { subscriptionId, repositoryId } = await world.buildSubscription(service);
    const confirmedAt = new Date().toISOString();
    await world.deps.store.accounts.setRepository({ repositoryId, confirmedAt });
    const durable = { ...DURABLE, maxAttempts: 3 };
    expect(
      await changeSubscription(world.deps, subscriptionId, { durable: { maxAttempts: 3 } }, "hubot"),
    ).toMatchObject({ durable });
    expect(
      await changeSubscription(world.deps, subscriptionId, { eventTypes: ["released"] }, "hubot"),
    ).toMatchObject({ durable, eventTypes: ["released"] });
    expect(await changeSubscription(world.deps, subscriptionId, { durable: null }, "hubot")).toMatchObject({
      durable: null,
      eventTypes: ["released"],
    });
  });

  test("keeps the settings that a change or a repeated request does not name", async () => {
    const service = await world.buildService();
    const { repositoryId } = await buildConsumer({ tracking: true });
    const { subscriptionId } = await ask(repositoryId, service.serviceId, { durable: { maxAttempts: 3 } });
    const change = (durable: object | null) =>
      changeSubscription(world.deps, subscriptionId, { durable }, "hubot");
    const own = { ...DURABLE, maxAttempts: 3 };
    expect(await change({ confirmWithin: 120 })).toMatchObject({ durable: { ...own, confirmWithin: 120 } });
    expect(await ask(repositoryId, service.serviceId, { durable: {} })).toMatchObject({
      durable: { ...own, confirmWithin: 120 },
    });
    expect(await ask(repositoryId, service.serviceId, { durable: { retryOnFailure: true } })).toMatchObject({
      durable: { ...own, confirmWithin: 120, retryOnFailure: true },
    });
    expect(await change(DURABLE)).toMatchObject({ durable: DURABLE });
    await change(null);
    expect(await change({ maxAttempts: 2 })).toMatchObject({ durable: { ...DURABLE, maxAttempts: 2 } });
  });

  test("that stands stands in the way of no change that leaves it as it is", async () => {
    const service = await world.buildService();
    const { repositoryId } = await buildConsumer({ tracking: true });
    const { subscriptionId } = await ask(repositoryId, service.serviceId, { durable: {} });
    await world.deps.store.accounts.setRepository({ repositoryId, tracking: false });
    const start = "repository_dispatch";
    expect(
      await changeSubscription(world.deps, subscriptionId, { start, format: "cloudevents" }, "hubot"),
    ).toMatchObject({ format: "cloudevents", durable: DURABLE });
    expect(await ask(repositoryId, service.serviceId, { start, eventTypes: ["built"] })).toMatchObject({
      eventTypes: ["built"],
      durable: DURABLE,
    });
  });

  test.each([
    ["confirmWithin", 59],
    ["confirmWithin", 86_401],
    ["completeWithin", 59],
    ["completeWithin", 604_801],
    ["maxAttempts", 0],
    ["maxAttempts", 21],
  ])("does not take %s of %d", async (setting, value) => {
    const service = await world.buildService();
    const { repositoryId } = await buildConsumer({ tracking: true });
    const durable = { [setting]: value };
    const refused = {
      code: "invalid",
      errors: [expect.objectContaining({ pointer: `/durable/${setting}` })],
    };
    await expect(ask(repositoryId, service.serviceId, { durable })).rejects.toMatchObject(refused);
    const { subscriptionId } = await ask(repositoryId, service.serviceId, { durable: {} });
    await expect(changeSubscription(world.deps, subscriptionId, { durable }, "hubot")).rejects.toMatchObject(
      refused,
    );
  });
});

describe("a change", () => {
  test("of what is wanted never undoes what the provider decides at the same time", async () => {
    const service = await world.buildService();
    const { subscriptionId } = await world.buildSubscription(service);
    await decideSubscription(world.deps, subscriptionId, "approved", "mona");
    await Promise.all([
      decideSubscription(world.deps, subscriptionId, "revoked", "mona"),
      ...["a", "b", "c", "d"].map((type) =>
        changeSubscription(world.deps, subscriptionId, { eventTypes: [type] }, "hubot"),
      ),
    ]);
    expect(await world.deps.store.catalog.findSubscription(subscriptionId)).toMatchObject({
      status: "revoked",
      eventTypes: [expect.any(String)],
    });
  });

  test("must keep to what the service lets out", async () => {
    const service = await world.buildService({ eventTypes: ["released"] });
    const { subscriptionId } = await world.buildSubscription(service);
    await expect(
      changeSubscription(world.deps, subscriptionId, { eventTypes: ["built"] }, "hubot"),
    ).rejects.toMatchObject({ code: "invalid" });
  });

  test("or an end is refused where a file manages the consumer, or nothing is there", async () => {
    const service = await world.buildService();
    const { subscriptionId, repositoryId } = await world.buildSubscription(service);
    await world.deps.store.accounts.setRepository({ repositoryId, managedBy: ".github/zekt.yml" });
    const refused = { code: "conflict", message: expect.stringContaining(".github/zekt.yml") };
    const { deps } = world;
    await expect(changeSubscription(deps, subscriptionId, {}, "hubot")).rejects.toMatchObject(refused);
    await expect(removeSubscription(deps, subscriptionId, "hubot")).rejects.toMatchObject(refused);
    await expect(removeSubscription(deps, "subscription-x", "hubot")).rejects.toMatchObject({
      code: "not-found",
    });
  });
});

test("a subscription that its consumer ends is gone for both sides", async () => {
  const service = await world.buildService();
  const { subscriptionId, repositoryId } = await world.buildSubscription(service);
  await removeSubscription(world.deps, subscriptionId, "hubot");
  const { catalog } = world.deps.store;
  expect(await catalog.subscriptionsTo(service.serviceId)).toEqual([]);
  expect(await catalog.subscriptionsOf(repositoryId)).toEqual([]);
});
