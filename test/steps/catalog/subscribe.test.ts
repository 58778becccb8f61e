import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SubscriptionInput } from "../../../app/domain/catalog/subscription-input.ts";
import {
  MAX_SUBSCRIPTIONS,
  MAX_SUBSCRIPTIONS_TO_SERVICE,
  WORKFLOW_COMPLETED,
} from "../../../app/domain/limits.ts";
import type { Service } from "../../../app/domain/records/service.ts";
import { decideSubscription } from "../../../app/steps/catalog/decide-subscription.ts";
import { changeService } from "../../../app/steps/catalog/save-service.ts";
import { addShieldKey } from "../../../app/steps/catalog/shield-keys.ts";
import { requestSubscription } from "../../../app/steps/catalog/subscribe.ts";
import { type CatalogWorld, LISTENER, startCatalogWorld } from "./catalog-world.ts";

let world: CatalogWorld;
beforeAll(async () => {
  world = await startCatalogWorld();
});
afterAll(() => world.close());

const HIDDEN = {
  code: "not-found",
  message: "No such service, or this repository may not request it.",
};

const buildConsumer = (wish: Parameters<CatalogWorld["buildRepository"]>[0] = {}) =>
  world.buildRepository({ consumer: true, ...wish });

const ask = async (repositoryId: string, service: string, more = {}) =>
  await requestSubscription(world.deps, repositoryId, { service, ...more }, "hubot");

const ownerOf = async (service: Service): Promise<string> =>
  (await world.deps.store.accounts.getAccount(service.ownerId))?.login as string;

describe("who may ask", () => {
  test("a service whose messages are encrypted takes a request once the repository has a key", async () => {
    const service = await world.buildService({ shield: "required" });
    const { repositoryId, fullName } = await buildConsumer();
    await expect(ask(repositoryId, service.serviceId)).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining(`${fullName} has no key`),
      errors: [{ pointer: "/service" }],
    });
    const { publicKey } = generateKeyPairSync("x25519");
    await addShieldKey(world.deps, repositoryId, publicKey.export({ format: "jwk" }), "mona");
    expect(await ask(repositoryId, service.serviceId)).toMatchObject({ status: "requested" });
  });

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

  test("an alias names the service that is to be seen, whatever its owner hides under it", async () => {
    const seen = await world.buildService({ alias: "Lone Peak" });
    await world.buildService({ alias: "Lone Peak", visibility: "private" }, { owner: await ownerOf(seen) });
    const { repositoryId } = await buildConsumer();
    expect(await ask(repositoryId, "Lone Peak/releases")).toMatchObject({ serviceId: seen.serviceId });
  });

  test("a subscriber still finds by its real name a service that took an alias later", async () => {
    const service = await world.buildService({}, { owner: "wayne", name: "cave" });
    const { repositoryId } = await buildConsumer();
    const { subscriptionId } = await ask(repositoryId, "wayne/cave/releases");
    await changeService(world.deps, service.serviceId, { alias: "Bat Signal" }, "mona");
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
      message: "The service allows released, yanked, not built.",
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
    await decideSubscription(world.deps, first.subscriptionId, "approved", "mona");
    expect(await ask(first.repositoryId, service.serviceId)).toMatchObject({ status: "approved" });
    expect(await world.deps.store.catalog.subscriptionsTo(service.serviceId)).toHaveLength(1);
  });

  test("goes on though the service is hidden meanwhile", async () => {
    const service = await world.buildService();
    const { repositoryId, subscriptionId } = await world.buildSubscription(service);
    await changeService(world.deps, service.serviceId, { visibility: "private" }, "mona");
    expect(await ask(repositoryId, service.serviceId)).toMatchObject({ subscriptionId });
  });

  test("after a no waits for the provider anew, though its owner was approved beforehand since", async () => {
    const service = await world.buildService();
    const { repositoryId, subscriptionId } = await world.buildSubscription(service);
    await decideSubscription(world.deps, subscriptionId, "denied", "mona");
    const { fullName } = (await world.deps.store.accounts.getRepository(repositoryId)) ?? { fullName: "" };
    const preapprovedOwners = [fullName.split("/")[0] as string];
    await changeService(world.deps, service.serviceId, { preapprovedOwners }, "mona");
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

  describe("of one that workflow_dispatch starts", () => {
    const BY_WORKFLOW = { workflow: LISTENER, start: "workflow_dispatch", ref: "next" } as const;

    /** Makes a consumer that may start workflows, with such a subscription. */
    async function buildStarted(more: Partial<SubscriptionInput> = {}) {
      const service = await world.buildService();
      const consumer = await buildConsumer();
      const installation = world.github.world.installations.get(Number(consumer.installationId));
      if (installation) installation.permissions = { ...installation.permissions, actions: "write" };
      const again = (change: Partial<SubscriptionInput>) =>
        ask(consumer.repositoryId, service.serviceId, { workflow: LISTENER, ...change });
      await again({ ...BY_WORKFLOW, ...more });
      return { consumer, again };
    }

    test("names a ref or durable delivery alone, since the start that stands takes both", async () => {
      const { again } = await buildStarted();
      expect(await again({ ref: "stable" })).toMatchObject({ start: "workflow_dispatch", ref: "stable" });
      expect(await again({ durable: {} })).toMatchObject({ ref: "stable", durable: { maxAttempts: 8 } });
      expect(await again({ ref: null })).toMatchObject({ start: "workflow_dispatch", ref: null });
    });

    test("leaves no durable delivery behind that nothing could confirm", async () => {
      const { consumer, again } = await buildStarted({ durable: {} });
      await expect(again({ start: "repository_dispatch" })).rejects.toMatchObject({
        code: "conflict",
        message: expect.stringContaining(`turn on completion tracking for ${consumer.fullName}`),
        errors: [{ pointer: "/durable" }],
      });
      expect(await again({})).toMatchObject({ start: "workflow_dispatch", ref: "next" });
    });

    test("takes the ref away with the start that it belongs to", async () => {
      const { again } = await buildStarted();
      expect(await again({ start: "repository_dispatch" })).toMatchObject({
        start: "repository_dispatch",
        ref: null,
      });
    });
  });

  test("at once from two sides gives one subscription", async () => {
    const service = await world.buildService();
    const { repositoryId } = await buildConsumer();
    const [one, other] = await Promise.all([
      ask(repositoryId, service.serviceId),
      ask(repositoryId, service.serviceId),
    ]);
    expect(one.subscriptionId).toBe(other.subscriptionId);
    expect(await world.deps.store.catalog.subscriptionsTo(service.serviceId)).toHaveLength(1);
  });
});

describe("how many a repository may have", () => {
  const workflow = (n: number): { workflow: string } => ({ workflow: `.github/workflows/${n}.yml` });
  const most = (name: string, what: string) => ({
    code: "conflict",
    message: `${name} has ${what}, which is the most that one may have. End one first.`,
  });

  test("a hundred are to one service: for any workflow it could ask anew, and each event reads them all", async () => {
    const [service, other] = [await world.buildService(), await world.buildService()];
    const { repositoryId, fullName } = await buildConsumer();
    const first = await ask(repositoryId, service.serviceId);
    for (let n = 1; n < MAX_SUBSCRIPTIONS_TO_SERVICE; n++)
      await ask(repositoryId, service.serviceId, workflow(n));
    await expect(ask(repositoryId, service.serviceId, workflow(0))).rejects.toMatchObject(
      most(fullName, "100 subscriptions to this service"),
    );
    // What stands may be asked for again, and so may another service, by anybody.
    expect(await ask(repositoryId, service.serviceId)).toMatchObject(first);
    await ask(repositoryId, other.serviceId);
    await ask((await buildConsumer()).repositoryId, service.serviceId);
    await world.deps.store.catalog.removeSubscription(first);
    await ask(repositoryId, service.serviceId, workflow(0));
  });

  test("a thousand are to all services", async () => {
    const [service, other] = [await world.buildService(), await world.buildService()];
    const { repositoryId, fullName } = await buildConsumer();
    const { catalog } = world.deps.store;
    const first = await ask(repositoryId, service.serviceId);
    await Promise.all(
      Array.from({ length: MAX_SUBSCRIPTIONS - 1 }, (_, n) =>
        catalog.addSubscription({ ...first, serviceId: `service${n}`, subscriptionId: `subscription${n}` }),
      ),
    );
    await expect(ask(repositoryId, other.serviceId)).rejects.toMatchObject(
      most(fullName, "1000 subscriptions"),
    );
  });
});
