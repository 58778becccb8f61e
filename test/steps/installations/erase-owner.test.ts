import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eraseOwner } from "../../../app/steps/installations/erase-owner.ts";
import { exportAtOnce } from "../../../app/steps/installations/export-owner.ts";
import {
  type AppWorld,
  type Pair,
  sendMessage,
  startAppWorld,
  subscribed,
  uninstall,
  WORKFLOW,
} from "../../main/app-world.ts";
import { saveAccount } from "../../support/save-account.ts";

let world: AppWorld;
let pair: Pair;
beforeEach(async () => {
  world = await startAppWorld();
  pair = await subscribed(world);
});
afterEach(() => world.close());

interface Exported {
  account: { login: string };
  usage: Record<string, Record<string, number>>;
  repositories: {
    repository: { fullName: string };
    workflows: object[];
    services: { slug: string }[];
    subscribers: { status: string }[];
    subscriptions: { status: string }[];
    events: { runId: string }[];
    messages: { eventType: string; body: string }[];
    payloads: { payload: { body: string | null } }[];
    deliveries: { provided: { eventType: string }[]; received: { eventType: string }[] };
  }[];
}

const exported = async (fullName: string) =>
  JSON.parse((await exportAtOnce(world.deps, world.ownerId(fullName))) ?? "null") as Exported;

/** Runs the provider's workflow, saying things; returns the run's id. */
async function run(...messages: { eventType: string; payload: unknown }[]): Promise<string> {
  const { control } = world.github;
  const { id } = await control.startRun({ repository: pair.provider, workflow: WORKFLOW });
  for (const { eventType, payload } of messages) await sendMessage(world, String(id), eventType, payload);
  await control.completeRun(id, "success");
  await world.settle();
  return String(id);
}

const LARGE = "x".repeat(150_000);

test("an export holds what its owner's repositories are, offer, said and delivered", async () => {
  const runId = await run(
    { eventType: "built", payload: { a: 1 } },
    { eventType: "large", payload: { b: LARGE } },
  );
  const { account, repositories, usage } = await exported(pair.provider);
  expect(account).toMatchObject({ login: pair.provider.split("/")[0] });
  expect(Object.values(usage).some(({ deliveries = 0 }) => deliveries > 0)).toBe(true);
  const [one] = repositories;
  expect(repositories).toHaveLength(1);
  expect(one).toMatchObject({
    repository: { fullName: pair.provider },
    workflows: [{ path: WORKFLOW }],
    services: [{ slug: "releases" }],
    subscriptions: [],
    events: [{ runId }],
  });
  expect(one?.subscribers.map(({ status }) => status).sort()).toEqual(["approved", "requested"]);
  expect(one?.messages.map(({ body }) => body).sort()).toEqual(['{"a":1}', JSON.stringify({ b: LARGE })]);
  expect(one?.payloads.map(({ payload }) => payload.body)).toContain('{"a":1}');
  expect(one?.deliveries.received).toEqual([]);
  expect(one?.deliveries.provided.map(({ eventType }) => eventType).sort()).toEqual([
    "built",
    "large",
    "zekt-workflow-completed",
  ]);
});

test("a consumer's export names no provider, and a provider's no run of a consumer, nor any how it is stored", async () => {
  await run({ eventType: "built", payload: {} });
  const [delivery] = (await world.deps.store.deliveries.list("provider", world.repositoryId(pair.provider)))
    .items;
  if (!delivery) throw new Error("no delivery");
  const owner = {
    workflow: "secret.yml",
    runId: "424242",
    runAttempt: 1,
    confirmedAt: null,
    completedAt: null,
    conclusion: null,
    via: "action" as const,
    duplicates: [],
  };
  const failure = {
    stage: "conclusion",
    kind: "consumer",
    reason: "our-secret-reason",
    status: null,
  } as const;
  await world.deps.store.deliveries.replace(delivery, {
    ...delivery,
    owners: { "secret.yml": owner },
    firstOwner: "secret.yml",
    failure,
  });
  const provided = JSON.stringify(await exported(pair.provider));
  const received = JSON.stringify(await exported(pair.consumer));
  expect(provided).not.toMatch(/secret\.yml|424242|our-secret-reason/);
  expect(received).toContain("our-secret-reason");
  expect(received).toContain("424242");
  expect(received).not.toMatch(new RegExp(`"${world.repositoryId(pair.provider)}"|events/|providerOwnerId`));
  for (const text of [provided, received]) expect(text).not.toMatch(/"(?:pk|sk|ownerPk|dueShard|expiresAt)"/);
});

test("while the App is installed nothing is erased", async () => {
  await expect(eraseOwner(world.deps, world.ownerId(pair.provider))).rejects.toThrow("Uninstall the App");
  expect(await world.repository(pair.provider)).toMatchObject({ provider: true });
});

test("erasing a provider leaves nothing of it, and its consumers what is theirs", async () => {
  const runId = await run({ eventType: "large", payload: { b: LARGE } });
  const repositoryId = world.repositoryId(pair.provider);
  await uninstall(world, pair.provider);
  await eraseOwner(world.deps, world.ownerId(pair.provider));
  const { accounts, catalog, runs, deliveries, archive } = world.deps.store;
  expect(await world.account(pair.provider.split("/")[0] as string)).toBeNull();
  expect(await accounts.getRepository(repositoryId)).toBeNull();
  expect(await catalog.offerOf(repositoryId)).toEqual({ workflows: [], services: [] });
  expect(await catalog.subscriptionsTo(pair.service)).toEqual([]);
  expect(await runs.load({ repositoryId, runId })).toEqual({ events: [], messages: [] });
  for (const kind of ["events", "messages", "plans"]) {
    expect((await archive.list(`${kind}/${repositoryId}/`)).items).toEqual([]);
  }
  expect((await deliveries.list("provider", repositoryId)).items).toEqual([]);
  expect((await deliveries.list("consumer", world.repositoryId(pair.consumer))).items).toEqual([]);
  expect(await world.repository(pair.consumer)).toMatchObject({ reachable: true, consumer: true });
});

test("erasing a consumer leaves its provider's runs and payloads", async () => {
  const runId = await run({ eventType: "built", payload: {} });
  const repositoryId = world.repositoryId(pair.provider);
  await uninstall(world, pair.consumer);
  await eraseOwner(world.deps, world.ownerId(pair.consumer));
  const { events, messages } = await world.deps.store.runs.load({ repositoryId, runId });
  expect([events.length, messages.length]).toEqual([1, 1]);
  expect((await world.deps.store.archive.list(`events/${repositoryId}/`)).items.length).toBeGreaterThan(0);
  const { items } = await world.deps.store.deliveries.list("provider", repositoryId);
  expect(items).toEqual([]);
  expect(await world.deps.store.catalog.findSubscription(pair.subscription)).toBeNull();
});

test("what is too much for one call is erased by jobs after it", async () => {
  await run({ eventType: "built", payload: {} });
  const repositoryId = world.repositoryId(pair.provider);
  const [like] = (await world.deps.store.deliveries.list("provider", repositoryId)).items;
  if (!like) throw new Error("no delivery");
  const { deliveries } = world.deps.store;
  const more = Array.from({ length: 250 }, () => ({ ...like, deliveryId: `delivery-${randomUUID()}` }));
  await Promise.all(more.map((one) => deliveries.add(one)));
  await uninstall(world, pair.provider);
  await eraseOwner(world.deps, world.ownerId(pair.provider), 2);
  expect(await world.account(pair.provider.split("/")[0] as string)).not.toBeNull();
  await world.settle();
  expect(await world.account(pair.provider.split("/")[0] as string)).toBeNull();
  expect((await deliveries.list("provider", repositoryId)).items).toEqual([]);
});

test("who installs the App again while data is erased keeps what is left", async () => {
  await uninstall(world, pair.provider);
  await world.deps.store.jobs.enqueue([{ kind: "erasure", ownerId: world.ownerId(pair.provider) }]);
  await saveAccount(world.deps.store.accounts, {
    ownerId: world.ownerId(pair.provider),
    login: pair.provider.split("/")[0] as string,
    installation: "active",
  });
  await world.settle();
  expect(await world.repository(pair.provider)).toMatchObject({ fullName: pair.provider });
});
