import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Service } from "../../app/domain/catalog.ts";
import { WORKFLOW_COMPLETED } from "../../app/domain/limits.ts";
import { decideSubscription } from "../../app/steps/decide-subscription.ts";
import { changeService } from "../../app/steps/save-service.ts";
import { changeSubscription, removeSubscription, requestSubscription } from "../../app/steps/subscribe.ts";
import { type CatalogWorld, LISTENER, startCatalogWorld } from "./catalog-world.ts";

let world: CatalogWorld;
beforeAll(async () => {
  world = await startCatalogWorld();
});
afterAll(() => world.close());

const HIDDEN = {
  code: "not-found",
  message: "There is no such service, or it is not for this repository.",
};
const DURABLE = { confirmWithin: 600, completeWithin: 21_600, maxAttempts: 8, retryOnFailure: false };

const buildConsumer = (wish: Parameters<CatalogWorld["buildRepository"]>[0] = {}) =>
  world.buildRepository({ consumer: true, ...wish });

const ask = async (repositoryId: string, service: string, more = {}) =>
  await requestSubscription(world.zekt, repositoryId, { service, ...more }, "hubot");

const ownerOf = async (service: Service): Promise<string> =>
  (await world.zekt.store.accounts.getAccount(service.ownerId))?.login as string;

describe("who may ask", () => {
  test("a public service takes requests from anybody, for its provider to decide", async () => {
    const service = await world.buildService();
    const { repositoryId, ownerId } = await buildConsumer();
    expect(await ask(repositoryId, service.serviceId)).toMatchObject({
      serviceId: service.serviceId,
      providerRepositoryId: service.repositoryId,
      providerOwnerId: service.ownerId,
      repositoryId,
      ownerId,
      workflow: null,
      eventTypes: [],
      durable: null,
      status: "requested",
      requestedBy: "hubot",
      decidedAt: null,
    });
  });

  test.each(["organization", "private"] as const)(
    "a stranger asking for an %s service hears what it hears of none at all",
    async (visibility) => {
      const service = await world.buildService({ visibility });
      const { repositoryId } = await buildConsumer();
      await expect(ask(repositoryId, service.serviceId)).rejects.toMatchObject(HIDDEN);
      await expect(ask(repositoryId, "service-none")).rejects.toMatchObject(HIDDEN);
    },
  );

  test.each(["organization", "private"] as const)(
    "the owner's own repositories may ask for an %s service",
    async (visibility) => {
      const service = await world.buildService({ visibility });
      const { repositoryId } = await buildConsumer({ owner: await ownerOf(service) });
      expect(await ask(repositoryId, service.serviceId)).toMatchObject({ status: "requested" });
    },
  );

  test("an owner approved beforehand finds a private service and is approved at once", async () => {
    const { repositoryId, ownerId, fullName } = await buildConsumer();
    const owner = fullName.split("/")[0] as string;
    const service = await world.buildService({ visibility: "private", preapprovedOwners: [owner] });
    expect(service.preapprovedOwners).toEqual([ownerId]);
    expect(await ask(repositoryId, service.serviceId)).toMatchObject({
      status: "approved",
      decidedBy: "approved beforehand",
      decidedAt: expect.any(String),
    });
  });

  test("a service that is not published is not there, not even for its owner", async () => {
    const service = await world.buildService({ published: false });
    const { repositoryId } = await buildConsumer({ owner: await ownerOf(service) });
    await expect(ask(repositoryId, service.serviceId)).rejects.toMatchObject(HIDDEN);
  });

  test("a repository may subscribe to itself", async () => {
    const service = await world.buildService({}, { consumer: true });
    expect(await ask(service.repositoryId, service.serviceId)).toMatchObject({ status: "requested" });
  });

  test("a repository that is no consumer, or is managed by a file, may not", async () => {
    const service = await world.buildService();
    const idle = await world.buildRepository();
    const managed = await buildConsumer({ managedBy: ".github/zekt.yml" });
    await expect(ask(idle.repositoryId, service.serviceId)).rejects.toMatchObject({
      code: "conflict",
      message: `${idle.fullName} is not enabled as a consumer; enable it first.`,
    });
    await expect(ask(managed.repositoryId, service.serviceId)).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining(".github/zekt.yml"),
    });
  });
});

describe("how a service is named", () => {
  test("by owner, repository and slug, in any case of letters", async () => {
    const service = await world.buildService({}, { owner: "umbrella", name: "Feeds" });
    const { repositoryId } = await buildConsumer();
    const { serviceId } = await ask(repositoryId, "Umbrella/feeds/releases");
    expect(serviceId).toBe(service.serviceId);
  });

  test("by alias and slug; its real name is known to its own owner alone", async () => {
    const service = await world.buildService({ alias: "Night Jar" }, { owner: "stark", name: "tower" });
    const stranger = await buildConsumer();
    const own = await buildConsumer({ owner: "stark" });
    await expect(ask(stranger.repositoryId, "stark/tower/releases")).rejects.toMatchObject(HIDDEN);
    expect(await ask(stranger.repositoryId, "night jar/releases")).toMatchObject({
      serviceId: service.serviceId,
    });
    expect(await ask(own.repositoryId, "stark/tower/releases")).toMatchObject({
      serviceId: service.serviceId,
    });
  });

  test("an alias and slug that two services of an owner share name neither", async () => {
    const first = await world.buildService({ alias: "Twin Peak" });
    const second = await world.buildService({ alias: "Twin Peak" }, { owner: await ownerOf(first) });
    const { repositoryId } = await buildConsumer();
    await expect(ask(repositoryId, "Twin Peak/releases")).rejects.toMatchObject(HIDDEN);
    expect(await ask(repositoryId, second.serviceId)).toMatchObject({ serviceId: second.serviceId });
  });

  test("a subscriber still finds by its real name a service that took an alias later", async () => {
    const service = await world.buildService({}, { owner: "wayne", name: "cave" });
    const { repositoryId } = await buildConsumer();
    const { subscriptionId } = await ask(repositoryId, "wayne/cave/releases");
    await changeService(world.zekt, service.serviceId, { alias: "Bat Signal" }, "mona");
    expect(await ask(repositoryId, "wayne/cave/releases")).toMatchObject({ subscriptionId });
  });

  test.each(["nobody/nothing/releases", "no alias/releases", "a/b/c/d", "service-x"])(
    "what is named %s is not there",
    async (named) => {
      const { repositoryId } = await buildConsumer();
      await expect(ask(repositoryId, named)).rejects.toMatchObject(HIDDEN);
    },
  );
});

describe("event types", () => {
  test("must be among those the service lets out", async () => {
    const service = await world.buildService({ eventTypes: ["released", "yanked"] });
    const { repositoryId } = await buildConsumer();
    await expect(
      ask(repositoryId, service.serviceId, { eventTypes: ["released", "built"] }),
    ).rejects.toMatchObject({
      code: "invalid",
      message: "The service lets out released, yanked, not built.",
      errors: [{ pointer: "/eventTypes/1", detail: expect.any(String) }],
    });
    expect(await ask(repositoryId, service.serviceId, { eventTypes: ["yanked"] })).toMatchObject({
      eventTypes: ["yanked"],
    });
  });

  test("a run's completion is no exception where the service does not let it out", async () => {
    const service = await world.buildService({ eventTypes: ["released"] });
    const open = await world.buildService({ eventTypes: ["released", WORKFLOW_COMPLETED] });
    const { repositoryId } = await buildConsumer();
    const eventTypes = [WORKFLOW_COMPLETED];
    await expect(ask(repositoryId, service.serviceId, { eventTypes })).rejects.toMatchObject({
      code: "invalid",
    });
    expect(await ask(repositoryId, open.serviceId, { eventTypes })).toMatchObject({ eventTypes });
  });

  test("any will do where the service limits none", async () => {
    const service = await world.buildService();
    const { repositoryId } = await buildConsumer();
    expect(await ask(repositoryId, service.serviceId, { eventTypes: ["anything"] })).toMatchObject({
      eventTypes: ["anything"],
    });
  });
});

describe("asking again", () => {
  test("changes nothing while the request stands or is approved", async () => {
    const service = await world.buildService();
    const first = await world.buildSubscription(service);
    world.pass(1000);
    expect(await ask(first.repositoryId, service.serviceId)).toMatchObject({
      subscriptionId: first.subscriptionId,
      requestedAt: first.requestedAt,
    });
    await decideSubscription(world.zekt, first.subscriptionId, "approved", "mona");
    expect(await ask(first.repositoryId, service.serviceId)).toMatchObject({ status: "approved" });
    expect(await world.zekt.store.catalog.subscriptionsTo(service.serviceId)).toHaveLength(1);
  });

  test("goes on though the service is hidden meanwhile", async () => {
    const service = await world.buildService();
    const { repositoryId, subscriptionId } = await world.buildSubscription(service);
    await changeService(world.zekt, service.serviceId, { visibility: "private" }, "mona");
    expect(await ask(repositoryId, service.serviceId)).toMatchObject({ subscriptionId });
  });

  test("after a no waits for the provider anew, though its owner was approved beforehand since", async () => {
    const service = await world.buildService();
    const { repositoryId, subscriptionId } = await world.buildSubscription(service);
    await decideSubscription(world.zekt, subscriptionId, "denied", "mona");
    const { fullName } = (await world.zekt.store.accounts.getRepository(repositoryId)) ?? { fullName: "" };
    const preapprovedOwners = [fullName.split("/")[0] as string];
    await changeService(world.zekt, service.serviceId, { preapprovedOwners }, "mona");
    expect(await ask(repositoryId, service.serviceId, { eventTypes: ["released"] })).toMatchObject({
      status: "requested",
      eventTypes: ["released"],
      decidedAt: null,
      decidedBy: null,
    });
    expect(await ask(repositoryId, service.serviceId)).toMatchObject({ status: "approved" });
  });

  test("for another workflow is another subscription", async () => {
    const service = await world.buildService();
    const any = await world.buildSubscription(service);
    const named = await ask(any.repositoryId, service.serviceId, { workflow: LISTENER });
    expect(named.subscriptionId).not.toBe(any.subscriptionId);
    expect(named.workflow).toBe(LISTENER);
  });

  test("at once from two sides gives one subscription", async () => {
    const service = await world.buildService();
    const { repositoryId } = await buildConsumer();
    const [one, other] = await Promise.all([
      ask(repositoryId, service.serviceId),
      ask(repositoryId, service.serviceId),
    ]);
    expect(one.subscriptionId).toBe(other.subscriptionId);
    expect(await world.zekt.store.catalog.subscriptionsTo(service.serviceId)).toHaveLength(1);
  });
});

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
      changeSubscription(world.zekt, subscriptionId, { durable: {} }, "hubot"),
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
    await world.zekt.store.accounts.saveRepository({ repositoryId, confirmedAt });
    const durable = { ...DURABLE, maxAttempts: 3 };
    expect(
      await changeSubscription(world.zekt, subscriptionId, { durable: { maxAttempts: 3 } }, "hubot"),
    ).toMatchObject({ durable });
    expect(
      await changeSubscription(world.zekt, subscriptionId, { eventTypes: ["released"] }, "hubot"),
    ).toMatchObject({ durable, eventTypes: ["released"] });
    expect(await changeSubscription(world.zekt, subscriptionId, { durable: null }, "hubot")).toMatchObject({
      durable: null,
      eventTypes: ["released"],
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
    await expect(
      ask(repositoryId, service.serviceId, { durable: { [setting]: value } }),
    ).rejects.toMatchObject({
      code: "invalid",
      errors: [expect.objectContaining({ pointer: `/durable/${setting}` })],
    });
  });
});

describe("a change", () => {
  test("of what is wanted never undoes what the provider decides at the same time", async () => {
    const service = await world.buildService();
    const { subscriptionId } = await world.buildSubscription(service);
    await decideSubscription(world.zekt, subscriptionId, "approved", "mona");
    await Promise.all([
      decideSubscription(world.zekt, subscriptionId, "revoked", "mona"),
      ...["a", "b", "c", "d"].map((type) =>
        changeSubscription(world.zekt, subscriptionId, { eventTypes: [type] }, "hubot"),
      ),
    ]);
    expect(await world.zekt.store.catalog.findSubscription(subscriptionId)).toMatchObject({
      status: "revoked",
      eventTypes: [expect.any(String)],
    });
  });

  test("must keep to what the service lets out", async () => {
    const service = await world.buildService({ eventTypes: ["released"] });
    const { subscriptionId } = await world.buildSubscription(service);
    await expect(
      changeSubscription(world.zekt, subscriptionId, { eventTypes: ["built"] }, "hubot"),
    ).rejects.toMatchObject({ code: "invalid" });
  });

  test("or an end is refused where a file manages the consumer, or nothing is there", async () => {
    const service = await world.buildService();
    const { subscriptionId, repositoryId } = await world.buildSubscription(service);
    await world.zekt.store.accounts.saveRepository({ repositoryId, managedBy: ".github/zekt.yml" });
    const refused = { code: "conflict", message: expect.stringContaining(".github/zekt.yml") };
    const { zekt } = world;
    await expect(changeSubscription(zekt, subscriptionId, {}, "hubot")).rejects.toMatchObject(refused);
    await expect(removeSubscription(zekt, subscriptionId, "hubot")).rejects.toMatchObject(refused);
    await expect(removeSubscription(zekt, "subscription-x", "hubot")).rejects.toMatchObject({
      code: "not-found",
    });
  });
});

test("a subscription that its consumer ends is gone for both sides", async () => {
  const service = await world.buildService();
  const { subscriptionId, repositoryId } = await world.buildSubscription(service);
  await removeSubscription(world.zekt, subscriptionId, "hubot");
  const { catalog } = world.zekt.store;
  expect(await catalog.subscriptionsTo(service.serviceId)).toEqual([]);
  expect(await catalog.subscriptionsOf(repositoryId)).toEqual([]);
});
