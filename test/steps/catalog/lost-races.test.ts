import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { serviceInput } from "../../../app/domain/catalog/service-input.ts";
import type { Repository } from "../../../app/domain/records/repository.ts";
import type { Service } from "../../../app/domain/records/service.ts";
import type { Subscription } from "../../../app/domain/records/subscription.ts";
import { decideSubscription } from "../../../app/steps/catalog/decide-subscription.ts";
import { changeService, createService, saveService } from "../../../app/steps/catalog/save-service.ts";
import { sendTestEvent } from "../../../app/steps/catalog/send-test-event.ts";
import { addShieldKey, removeShieldKey } from "../../../app/steps/catalog/shield-keys.ts";
import { changeSubscription, requestSubscription } from "../../../app/steps/catalog/subscribe.ts";
import { endSubscription } from "../../../app/steps/catalog/update-subscription.ts";
import { beforeNext } from "../../support/another-writer.ts";
import { saveRepository } from "../../support/save-account.ts";
import { type CatalogWorld, startCatalogWorld, WORKFLOW } from "./catalog-world.ts";

/* Somebody else changes a service or a subscription between what a step has read and what it writes. */

let world: CatalogWorld;
beforeAll(async () => {
  world = await startCatalogWorld();
});
afterAll(() => world.close());

const catalog = () => world.deps.store.catalog;
const stored = async ({ subscriptionId }: Subscription): Promise<Subscription> =>
  (await catalog().findSubscription(subscriptionId)) as Subscription;
const repositoryOf = async ({ repositoryId }: { repositoryId: string }): Promise<Repository> =>
  (await world.deps.store.accounts.getRepository(repositoryId)) as Repository;
const decide = ({ subscriptionId }: Subscription, decision: "approved" | "denied" | "revoked") =>
  decideSubscription(world.deps, subscriptionId, decision, "mona");
const ask = ({ repositoryId }: { repositoryId: string }, { serviceId }: Service, more: object = {}) =>
  requestSubscription(world.deps, repositoryId, { service: serviceId, ...more }, "hubot");

/** A provider's service whose people are notified by an issue; `open` names the kinds of its notices. */
async function notified(): Promise<{ service: Service; open(): Promise<string[]> }> {
  const service = await world.buildService();
  const { repositoryId } = service;
  const notifications = { by: "issue", number: null, written: null } as const;
  await world.deps.store.accounts.setRepository({ repositoryId, notifications });
  const open = async () => (await world.deps.store.notices.list(repositoryId)).map(({ kind }) => kind);
  return { service, open };
}

/** Approves a consumer's owner beforehand, from now on. */
async function approveBeforehand(service: Service, consumer: Subscription): Promise<void> {
  const [login] = (await repositoryOf(consumer)).fullName.split("/") as [string];
  await changeService(world.deps, service.serviceId, { preapprovedOwners: [login] }, "mona");
}

test("of two services that are made at once under one name, one is refused", async () => {
  const { repositoryId } = await world.buildService();
  const make = (description: string) =>
    createService(
      world.deps,
      repositoryId,
      { slug: "builds", workflow: WORKFLOW, visibility: "public", description },
      "mona",
    );
  beforeNext(catalog(), "addService", () => make("first"));
  await expect(make("second")).rejects.toMatchObject({ code: "conflict" });
  expect(await catalog().findBySlug(repositoryId, "builds")).toMatchObject({ description: "first" });
});

test("of two changes of a service at once both stand", async () => {
  const { serviceId } = await world.buildService();
  beforeNext(catalog(), "replaceService", () =>
    changeService(world.deps, serviceId, { tags: ["first"] }, "mona"),
  );
  await changeService(world.deps, serviceId, { description: "second" }, "mona");
  expect(await catalog().findService(serviceId)).toMatchObject({ tags: ["first"], description: "second" });
});

test("a service that two pushes offer at once is as the later one says, which tells that it changed it", async () => {
  const service = await world.buildService();
  const repository = await repositoryOf(service);
  const save = (description: string) =>
    saveService(world.deps, repository, {
      ...serviceInput.parse({ slug: "pushed", workflow: WORKFLOW, description }),
      preapprovedOwners: [],
    });
  let first: unknown;
  beforeNext(catalog(), "addService", async () => {
    first = await save("first");
  });
  expect([await save("second"), first]).toEqual(["changed", "offered"]);
  expect(await catalog().findBySlug(repository.repositoryId, "pushed")).toMatchObject({
    description: "second",
  });
  expect(await save("second")).toBe("kept");
});

test("a change of what is wanted is made anew where the provider decides in between", async () => {
  const subscription = await world.buildSubscription(await world.buildService());
  beforeNext(catalog(), "updateSubscription", () => decide(subscription, "approved"));
  const changed = await changeSubscription(
    world.deps,
    subscription.subscriptionId,
    { eventTypes: ["built"] },
    "hubot",
  );
  expect(changed).toMatchObject({ status: "approved", eventTypes: ["built"] });
  expect(await stored(subscription)).toMatchObject({ status: "approved", eventTypes: ["built"] });
});

test("of two changes of durable delivery at once both stand, and each names its own", async () => {
  const service = await world.buildService();
  const subscription = await world.buildSubscription(service);
  const { repositoryId, subscriptionId } = subscription;
  await world.deps.store.accounts.setRepository({ repositoryId, tracking: true });
  const named: string[][] = [];
  const change = (durable: object) =>
    changeSubscription(world.deps, subscriptionId, { durable }, "hubot", (fields) => {
      named.push([...fields]);
    });
  beforeNext(catalog(), "updateSubscription", () => change({}));
  await change({ maxAttempts: 3 });
  for (const more of [{ confirmWithin: 120 }, { completeWithin: 240 }]) {
    beforeNext(catalog(), "updateSubscription", () => change(more));
    await change({ retryOnFailure: !(await stored(subscription)).durable?.retryOnFailure });
  }
  beforeNext(catalog(), "updateSubscription", () => change({ maxAttempts: 4 }));
  await ask({ repositoryId }, service, { durable: { confirmWithin: 180 } });
  expect((await stored(subscription)).durable).toEqual({
    confirmWithin: 180,
    completeWithin: 240,
    maxAttempts: 4,
    retryOnFailure: false,
  });
  expect(named).toEqual([
    ["durable"],
    ["durable.maxAttempts"],
    ["durable.confirmWithin"],
    ["durable.retryOnFailure"],
    ["durable.completeWithin"],
    ["durable.retryOnFailure"],
    ["durable.maxAttempts"],
  ]);
});

test("a subscription that ends in between can neither be decided nor changed, and does not come back", async () => {
  const service = await world.buildService();
  const acts: ((of: Subscription) => Promise<unknown>)[] = [
    (of) => decide(of, "approved"),
    ({ subscriptionId }) =>
      changeSubscription(world.deps, subscriptionId, { eventTypes: ["built"] }, "hubot"),
  ];
  for (const act of acts) {
    const subscription = await world.buildSubscription(service);
    beforeNext(catalog(), "updateSubscription", () => endSubscription(world.deps, subscription));
    await expect(act(subscription)).rejects.toMatchObject({ code: "not-found" });
    expect(await catalog().findSubscription(subscription.subscriptionId)).toBeNull();
  }
});

test("the notice of a request is open until its provider has decided", async () => {
  const { service, open } = await notified();
  const subscription = await world.buildSubscription(service);
  expect(await open()).toEqual(["access-requested"]);
  await decide(subscription, "approved");
  expect(await open()).toEqual([]);
});

test("a new request after a denial that the provider takes back in between is approved", async () => {
  const service = await world.buildService();
  const subscription = await world.buildSubscription(service);
  await decide(subscription, "denied");
  beforeNext(catalog(), "updateSubscription", () => decide(subscription, "approved"));
  expect(await ask(subscription, service)).toMatchObject({ status: "approved" });
  expect(await stored(subscription)).toMatchObject({ status: "approved", decidedBy: "mona" });
});

test("a new request after a denial is the provider's to answer, whoever is approved beforehand", async () => {
  const service = await world.buildService();
  const subscription = await world.buildSubscription(service);
  await decide(subscription, "denied");
  await approveBeforehand(service, subscription);
  expect(await ask(subscription, service)).toMatchObject({ status: "requested" });
  expect(await stored(subscription)).toMatchObject({ status: "requested" });
});

test("a request whose owner is approved since is answered by asking again, and its notice closed", async () => {
  const { service, open } = await notified();
  const subscription = await world.buildSubscription(service);
  await approveBeforehand(service, subscription);
  expect(await ask(subscription, service)).toMatchObject({ status: "approved" });
  expect(await open()).toEqual([]);
});

test("a request that the provider denies while it is approved beforehand is a new request", async () => {
  const service = await world.buildService();
  const subscription = await world.buildSubscription(service);
  await approveBeforehand(service, subscription);
  beforeNext(catalog(), "updateSubscription", () => decide(subscription, "denied"));
  expect(await ask(subscription, service)).toMatchObject({ status: "requested" });
  expect(await stored(subscription)).toMatchObject({ status: "requested", decidedBy: null });
});

test("of two requests at once the later one stands, and what is stored is not checked again", async () => {
  const service = await world.buildService();
  const consumer = await world.buildRepository({ consumer: true });
  beforeNext(catalog(), "addSubscription", () => ask(consumer, service, { eventTypes: ["first"] }));
  const asked = await ask(consumer, service, { eventTypes: ["second"] });
  expect(asked).toMatchObject({ eventTypes: ["second"] });
  expect(await stored(asked)).toMatchObject({ eventTypes: ["second"] });
  const other = await world.buildRepository({ consumer: true });
  const added = vi.spyOn(catalog(), "addSubscription");
  const read = vi.spyOn(catalog(), "getSubscription");
  await ask(other, service);
  expect(added).toHaveBeenCalledTimes(1);
  const order = ({ mock }: { mock: { invocationCallOrder: number[] } }): number =>
    Math.max(...mock.invocationCallOrder);
  expect(order(read)).toBeLessThan(order(added));
  vi.restoreAllMocks();
});

test("a repeated request answers with the subscription as it is then", async () => {
  const service = await world.buildService();
  const subscription = await world.buildSubscription(service);
  await decide(subscription, "approved");
  const again = await ask(subscription, service, { eventTypes: ["built"] });
  expect(again).toMatchObject({ status: "approved", eventTypes: ["built"] });
});

test("a repository that is erased in between has no key added or removed, and does not come back", async () => {
  const { accounts } = world.deps.store;
  const jwk = generateKeyPairSync("x25519").publicKey.export({ format: "jwk" });
  const { repositoryId } = await world.buildRepository();
  const { key } = await addShieldKey(world.deps, repositoryId, jwk, "mona");
  const acts = [
    () => removeShieldKey(world.deps, repositoryId, key.kid),
    () => addShieldKey(world.deps, repositoryId, jwk, "mona"),
  ];
  const repository = (await accounts.getRepository(repositoryId)) as Repository;
  for (const act of acts) {
    await saveRepository(accounts, repository);
    beforeNext(accounts, "changeShieldKeys", () => accounts.removeRepository(repositoryId));
    await expect(act()).rejects.toMatchObject({ code: "not-found" });
    expect(await accounts.getRepository(repositoryId)).toBeNull();
  }
  await saveRepository(accounts, repository);
  expect(await addShieldKey(world.deps, repositoryId, jwk, "mona")).toMatchObject({ key: { kid: key.kid } });
  await removeShieldKey(world.deps, repositoryId, key.kid);
  expect((await repositoryOf({ repositoryId })).shieldKeys).toEqual([]);
});

test.each(["requested", "approved"] as const)(
  "a repeated request whose subscription, which was %s, ends in between is a new request",
  async (status) => {
    const service = await world.buildService();
    const subscription = await world.buildSubscription(service);
    if (status === "approved") await decide(subscription, "approved");
    const hasActed = beforeNext(catalog(), "updateSubscription", () =>
      endSubscription(world.deps, subscription),
    );
    const asked = await ask(subscription, service, { eventTypes: ["built"] });
    expect(hasActed()).toBe(true);
    expect(asked).toMatchObject({ status: "requested", eventTypes: ["built"] });
    expect(await stored(subscription)).toMatchObject({ status: "requested", eventTypes: ["built"] });
  },
);

test("of two test events at once one is sent, and the other refused as too soon", async () => {
  const subscription = await world.buildSubscription(await world.buildService());
  await decide(subscription, "approved");
  const send = () => sendTestEvent(world.deps, subscription.subscriptionId, null);
  let first: unknown;
  beforeNext(world.deps.store.facts, "claim", async () => {
    first = await send();
  });
  await expect(send()).rejects.toMatchObject({ code: "limited" });
  expect(first).toMatchObject({ deliveryId: expect.any(String) });
});
