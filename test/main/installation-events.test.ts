import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { enableConsumer } from "../../app/steps/catalog/enable-consumer.ts";
import { enableProvider } from "../../app/steps/catalog/enable-provider.ts";
import { workJob } from "../../app/steps/jobs/handle-message.ts";
import { type AppWorld, startAppWorld, subscribed } from "./app-world.ts";

let world: AppWorld;
beforeAll(async () => {
  world = await startAppWorld();
});
afterAll(() => world.close());

const stored = (subscriptionId: string) => world.deps.store.catalog.findSubscription(subscriptionId);

test("an installation brings in its owner and every repository it reaches", async () => {
  world.organisation("acme", "releases", "website");
  const id = await world.install("acme", ["acme/releases"]);
  expect(await world.account("acme")).toMatchObject({
    login: "acme",
    type: "Organization",
    installation: "active",
    installationId: String(id),
    permissions: { repository_hooks: "write" },
  });
  expect(await world.repository("acme/releases")).toMatchObject({ reachable: true, provider: false });
  await expect(world.repository("acme/website")).rejects.toThrow("knows no");
});

test("a large installation is read, and let go of, page by page and by one job after another", async () => {
  const names = Array.from({ length: 105 }, (_, n) => `repository-${n}`);
  world.organisation("globex", ...names);
  const id = await world.install("globex");
  const reached = async () => {
    const ownerId = String(world.github.control.account("globex").id);
    const known = await world.deps.store.accounts.allRepositories(ownerId);
    return known.filter(({ reachable }) => reachable).length;
  };
  expect(await reached()).toBe(105);
  await world.github.control.uninstall(id);
  await world.settle();
  expect(await reached()).toBe(0);
});

test("a suspended installation keeps what it is, out of reach until the suspension is lifted", async () => {
  const { provider, consumer, subscription } = await subscribed(world);
  const id = Number((await world.repository(consumer)).installationId);
  await world.github.control.suspend(id);
  await world.settle();
  expect(await world.repository(consumer)).toMatchObject({ reachable: false, consumer: true });
  expect((await stored(subscription))?.status).toBe("approved");
  await expect(enableProvider(world.deps, world.repositoryId(consumer), "mona")).rejects.toThrow(
    "is suspended; its owner can lift that",
  );
  await world.github.control.unsuspend(id);
  await world.settle();
  expect(await world.repository(consumer)).toMatchObject({ reachable: true, consumer: true });
  expect(await world.repository(provider)).toMatchObject({ reachable: true, provider: true });
});

/** Passes the time that the jobs of an owner wait for, and works them and what they leave. */
async function later(login: string, ms: number): Promise<void> {
  world.pass(ms);
  world.github.control.advanceClock(ms);
  const ownerId = String(world.github.control.account(login).id);
  for await (const jobs of world.deps.store.jobs.ofOwner(ownerId)) {
    for (const { jobId } of jobs) await workJob(world.deps, { ownerId, job: jobId });
  }
  await world.settle();
}

test("an installation, and what is added to it, is asked about again while GitHub does not show it", async () => {
  onTestFinished(() => void world.github.control.configure({ installDelayMs: 0 }));
  world.github.control.configure({ installDelayMs: 5_000 });
  world.organisation("late", "first", "second");
  const id = await world.install("late", ["late/first"]);
  expect(await world.account("late")).toBeNull();
  await later("late", 10_000);
  expect(await world.account("late")).toMatchObject({ installation: "active", installationId: String(id) });
  expect(await world.repository("late/first")).toMatchObject({ reachable: true });
  await world.github.control.changeRepositories(id, { add: ["late/second"] });
  await world.settle();
  await expect(world.repository("late/second")).rejects.toThrow("knows no");
  await later("late", 10_000);
  expect(await world.repository("late/second")).toMatchObject({ reachable: true });
});

test("a repository that a webhook names and that is not found once keeps its approvals", async () => {
  const { provider, subscription } = await subscribed(world);
  const [owner] = provider.split("/") as [string];
  const notFound = { route: "/repositories/*/installation", status: 404, body: { message: "Not Found" } };
  world.github.faults.add(notFound);
  await world.github.control.renameRepository(provider, "renamed");
  await world.settle();
  expect((await stored(subscription))?.status).toBe("approved");
  await later(owner, 10_000);
  expect(await world.repository(`${owner}/renamed`)).toMatchObject({
    fullName: `${owner}/renamed`,
    provider: true,
  });
});

test("a repository that a webhook names and that is never found is left after a minute and some seconds", async () => {
  const { provider, subscription } = await subscribed(world);
  const [owner] = provider.split("/") as [string];
  const body = { message: "Not Found" };
  world.github.faults.add({ route: "/repositories/*/installation", status: 404, body, count: 3 });
  await world.github.control.setVisibility(provider, true);
  await world.settle();
  await later(owner, 10_000);
  expect((await stored(subscription))?.status).toBe("approved");
  await later(owner, 60_000);
  expect((await stored(subscription))?.status).toBe("revoked");
});

test("new permissions are known as soon as they are accepted", async () => {
  const { provider } = await subscribed(world);
  const { installationId } = await world.repository(provider);
  await world.github.control.setPermissions(Number(installationId), { contents: "read" });
  await world.settle();
  const [owner] = provider.split("/") as [string];
  expect((await world.account(owner))?.permissions).toEqual({ contents: "read", metadata: "read" });
});

test("a renamed account takes its repositories' names along", async () => {
  world.organisation("old-name", "tools");
  await world.install("old-name");
  await world.github.control.renameAccount("old-name", "new-name");
  await world.settle();
  expect(await world.account("new-name")).toMatchObject({ login: "new-name" });
  expect(await world.deps.store.accounts.findRepository("new-name/tools")).toMatchObject({ reachable: true });
});

test("a rename is understood where it tells the account beside the installation's bare id", async () => {
  world.organisation("stark", "armor");
  const id = await world.install("stark");
  const account = world.github.control.account("stark");
  account.login = "stark-industries";
  const payload = { action: "renamed", account: { id: account.id }, installation: { id } };
  await world.post({ path: "/github/webhooks", event: "installation_target", payload });
  await world.settle();
  expect(await world.repository("stark-industries/armor")).toMatchObject({
    fullName: "stark-industries/armor",
  });
});

test("a removed repository receives and sends nothing more, and its approvals are over", async () => {
  const { provider, consumer, subscription } = await subscribed(world);
  const { installationId } = await world.repository(provider);
  await world.github.control.changeRepositories(Number(installationId), { remove: [provider] });
  await world.settle();
  expect(await world.repository(provider)).toMatchObject({
    reachable: false,
    provider: false,
    hook: null,
    installationId: null,
  });
  expect(await stored(subscription)).toMatchObject({ status: "revoked", decidedBy: "zekt" });
  expect(await world.repository(consumer)).toMatchObject({ reachable: true, consumer: true });
});

test("what was removed and added again is told by GitHub, not by which event came last", async () => {
  world.organisation("initech", "one", "two");
  const id = await world.install("initech", ["initech/one"]);
  const { control } = world.github;
  await control.changeRepositories(id, { remove: ["initech/one"], add: ["initech/two"] });
  await control.changeRepositories(id, { add: ["initech/one"], remove: ["initech/two"] });
  const told = control.deliveries({ event: "installation_repositories" }).slice(-4);
  for (const { id: delivery } of [...told].reverse()) await control.redeliver(delivery);
  await world.settle();
  expect(await world.repository("initech/one")).toMatchObject({ reachable: true });
  await expect(world.repository("initech/two")).rejects.toThrow("knows no");
});

test("uninstalling lets go of everything, pending requests too, however often it is told", async () => {
  const { provider, subscription, requested } = await subscribed(world);
  const { installationId } = await world.repository(provider);
  await world.github.control.uninstall(Number(installationId));
  await world.settle();
  const [told] = world.github.control.deliveries({ event: "installation" }).slice(-1);
  await world.github.control.redeliver(told?.id as number);
  await world.settle();
  const [owner] = provider.split("/") as [string];
  expect(await world.account(owner)).toMatchObject({ installation: "none", installationId: null });
  expect(await world.repository(provider)).toMatchObject({ reachable: false, provider: false, hook: null });
  expect((await stored(subscription))?.status).toBe("revoked");
  expect(await stored(requested)).toBeNull();
});

test("an installation that was replaced ends its approvals, though its end is told last", async () => {
  const { provider, subscription } = await subscribed(world);
  const [owner] = provider.split("/") as [string];
  const { control, faults } = world.github;
  faults.add({ target: "webhook", drop: "before" });
  await control.uninstall(Number((await world.repository(provider)).installationId));
  const id = await world.install(owner);
  const known = { installation: "active", installationId: String(id) };
  expect(await world.account(owner)).toMatchObject(known);
  expect(await world.repository(provider)).toMatchObject({ reachable: true, provider: false });
  expect((await stored(subscription))?.status).toBe("revoked");
  const ended = control.deliveries({ event: "installation" }).find(({ status }) => status !== "OK");
  expect((await control.redeliver(ended?.id as number))?.statusCode).toBe(202);
  await world.settle();
  expect(await world.account(owner)).toMatchObject(known);
  expect(await world.repository(provider)).toMatchObject({ reachable: true });
});

test("an event of an account that never installed the App changes nothing", async () => {
  const payload = { action: "suspend", installation: { id: 987654, account: { id: 123456 } } };
  expect((await world.post({ path: "/github/webhooks", event: "installation", payload })).status).toBe(202);
  await world.settle();
  expect(await world.deps.store.accounts.getAccount("123456")).toBeNull();
});

test("each of the App's webhooks is counted for its owner, once though it is delivered again", async () => {
  world.organisation("wayne", "cave");
  const id = await world.install("wayne");
  await world.github.control.suspend(id);
  const [told] = world.github.control.deliveries({ event: "installation" }).slice(-1);
  await world.github.control.redeliver(told?.id as number);
  const now = world.deps.clock.now();
  const scope = `owner#${world.github.control.account("wayne").id}`;
  expect(await world.deps.store.meters.total(scope, now, now)).toMatchObject({ webhooksReceived: 2 });
});

test("a file that was there before the App is read when the App comes", async () => {
  world.organisation("umbrella", "docs");
  await world.github.control.push("umbrella/docs", { ".github/zekt.yml": "version: 1\nconsumer: {}\n" });
  await world.install("umbrella");
  expect(await world.repository("umbrella/docs")).toMatchObject({
    consumer: true,
    managedBy: ".github/zekt.yml",
  });
  await expect(enableConsumer(world.deps, world.repositoryId("umbrella/docs"), "mona")).rejects.toThrow(
    "managed by",
  );
});
