import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addShieldKey } from "../../app/steps/catalog/shield-keys.ts";
import { type AppWorld, startAppWorld, subscribed, WORKFLOW } from "./app-world.ts";

let world: AppWorld;
beforeAll(async () => {
  world = await startAppWorld();
});
afterAll(() => world.close());

const stored = (subscriptionId: string) => world.deps.store.catalog.findSubscription(subscriptionId);

/** The last events of a kind that GitHub sent the App. */
const told = (event: string, count: number) => world.github.control.deliveries({ event }).slice(-count);

test("renames are followed to the newest name, in whatever order they are told", async () => {
  world.organisation("acme", "first");
  await world.install("acme");
  const { control } = world.github;
  await control.renameRepository("acme/first", "second");
  await control.renameRepository("acme/second", "third");
  for (const { id } of told("repository", 2).reverse()) await control.redeliver(id);
  await world.settle();
  expect(await world.repository("acme/third")).toMatchObject({ fullName: "acme/third" });
  expect(await world.deps.store.accounts.findRepository("acme/second")).toBeNull();
});

test("visibility is followed both ways", async () => {
  world.organisation("globex", "site");
  await world.install("globex");
  await world.github.control.setVisibility("globex/site", true);
  await world.settle();
  expect(await world.repository("globex/site")).toMatchObject({ private: true });
  await world.github.control.setVisibility("globex/site", false);
  await world.settle();
  expect(await world.repository("globex/site")).toMatchObject({ private: false });
});

test("another default branch is known, and the file on it applies", async () => {
  world.organisation("hooli", "mirror");
  await world.install("hooli");
  const { control } = world.github;
  await control.push("hooli/mirror", { ".github/zekt.yml": "version: 1\nconsumer: {}\n" }, "trunk");
  await control.setDefaultBranch("hooli/mirror", "trunk");
  await world.settle();
  expect(await world.repository("hooli/mirror")).toMatchObject({ defaultBranch: "trunk", consumer: true });
});

test("a description that is edited asks nothing of GitHub", async () => {
  const payload = { action: "edited", changes: { description: {} }, repository: { id: 1, owner: { id: 2 } } };
  expect((await world.post({ path: "/github/webhooks", event: "repository", payload })).status).toBe(202);
  await world.settle();
  expect(await world.deps.store.accounts.getRepository("1")).toBeNull();
});

test.each(["as GitHub tells it", "told backwards"])(
  "a provider transferred to an owner with the App stays one, and its approvals start anew (%s)",
  async (order) => {
    const { provider, subscription, service } = await subscribed(world);
    const [, name] = provider.split("/");
    const owner = `new-${name}`;
    world.organisation(owner);
    await world.install(owner);
    const { control } = world.github;
    await control.transferRepository(provider, owner);
    if (order === "told backwards") {
      const [removed] = told("installation_repositories", 1);
      const [transferred] = told("repository", 1);
      for (const one of [transferred, removed]) await control.redeliver(one?.id as number);
    }
    await world.settle();
    const ownerId = String(control.account(owner).id);
    expect(await world.repository(`${owner}/${name}`)).toMatchObject({
      ownerId,
      reachable: true,
      provider: true,
    });
    expect(await stored(subscription)).toMatchObject({
      status: "requested",
      providerOwnerId: ownerId,
      decidedBy: null,
    });
    expect(await world.deps.store.catalog.findService(service)).toMatchObject({ ownerId });
  },
);

test("a consumer transferred to an owner with the App has to be approved anew", async () => {
  const { consumer, subscription } = await subscribed(world);
  const [, name] = consumer.split("/");
  const owner = `new-${name}`;
  world.organisation(owner);
  await world.install(owner);
  const { repositoryId = "" } = (await world.repository(consumer)) ?? {};
  const { publicKey } = generateKeyPairSync("x25519");
  await addShieldKey(world.deps, repositoryId, publicKey.export({ format: "jwk" }), "mona");
  await world.github.control.transferRepository(consumer, owner);
  await world.settle();
  const ownerId = String(world.github.control.account(owner).id);
  expect(await stored(subscription)).toMatchObject({ status: "requested", ownerId });
  // Whose private keys are with the people of the old owner.
  expect((await world.deps.store.accounts.getRepository(repositoryId))?.shieldKeys).toEqual([]);
});

test("a repository transferred to an owner without the App is let go of", async () => {
  const { provider, subscription } = await subscribed(world);
  const [, name] = provider.split("/");
  world.organisation("nobody");
  await world.github.control.transferRepository(provider, "nobody");
  await world.settle();
  expect(await world.repository(`nobody/${name}`)).toMatchObject({ reachable: false, provider: false });
  expect((await stored(subscription))?.status).toBe("revoked");
});

test("a deleted repository is forgotten with what it offered, and events told late do not bring it back", async () => {
  const { provider, subscription, service } = await subscribed(world);
  const repositoryId = world.repositoryId(provider);
  const [owner] = provider.split("/") as [string];
  const { control } = world.github;
  await control.renameRepository(provider, `${owner}-renamed`);
  const [renamed] = told("repository", 1);
  await world.settle();
  await control.deleteRepository(`${owner}/${owner}-renamed`);
  await control.redeliver(renamed?.id as number);
  await world.settle();
  expect(await world.deps.store.accounts.getRepository(repositoryId)).toBeNull();
  expect(await world.deps.store.catalog.findService(service)).toBeNull();
  expect(await world.deps.store.catalog.offerOf(repositoryId)).toEqual({ workflows: [], services: [] });
  expect((await stored(subscription))?.status).toBe("revoked");
});

test("a push of the file to the default branch applies it and reports on the commit", async () => {
  world.organisation("umbrella", "docs");
  await world.install("umbrella");
  const { control } = world.github;
  const file = `version: 1\nprovider:\n  workflows:\n    - ${WORKFLOW}\n`;
  const { sha } = await control.push("umbrella/docs", { ".github/zekt.yml": file });
  await world.settle();
  expect(await world.repository("umbrella/docs")).toMatchObject({ provider: true });
  expect(control.repository("umbrella/docs").checkRuns).toMatchObject([
    { headSha: sha, conclusion: "success" },
  ]);
});

test.each([
  ["to another branch", { ".github/zekt.yml": "version: 1\n" }, "feature"],
  ["of other files", { "README.md": "hello" }, undefined],
])("a push %s reads nothing", async (_, files, branch) => {
  world.organisation("initech", "quiet");
  const { control } = world.github;
  const known = world.github.world.repository("initech/quiet");
  if (!known) throw new Error("no repository");
  if (!(await world.account("initech"))) await world.install("initech");
  await control.push("initech/quiet", files as Record<string, string>, branch);
  await world.settle();
  expect(control.repository("initech/quiet").checkRuns).toEqual([]);
});
