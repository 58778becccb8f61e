import { afterEach, beforeEach, expect, test } from "vitest";
import { until } from "../../harness/stage.ts";
import { dispatchesTo, sendMessage, startWorld, WORKFLOW, type World } from "../../harness/world.ts";

let world: World;

beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.close());

const store = () => world.server.deps.store;
const installationOf = (login: string) => {
  const { world: state, control } = world.github;
  return [...state.installations.values()].find(({ accountId }) => accountId === control.account(login).id)
    ?.id as number;
};
const subscription = () => store().catalog.findSubscription(world.subscriptionId);

/** Completes a run of the provider and lets everything come to rest. */
async function runOnce(): Promise<void> {
  const run = await world.github.control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
  await world.github.control.completeRun(run.id, "success");
}

test("an installation that is suspended and unsuspended is known as such", async () => {
  const ownerId = String(world.github.control.account("acme").id);
  await world.github.control.suspend(installationOf("acme"));
  await until(async () => (await store().accounts.getAccount(ownerId))?.installation === "suspended");
  await world.github.control.unsuspend(installationOf("acme"));
  await until(async () => (await store().accounts.getAccount(ownerId))?.installation === "active");
});

test("to a suspended installation nothing is sent, and the delivery says why", async () => {
  await world.github.control.suspend(installationOf("initech"));
  await runOnce();
  await until(
    async () => (await store().deliveries.list("consumer", world.consumer)).items[0]?.status === "Failed",
  );
  const { items } = await store().deliveries.list("consumer", world.consumer);
  expect(items[0]?.failure?.reason).toContain("suspended");
  expect(dispatchesTo(world, "initech/consumer")).toEqual([]);
});

test("new permissions are noted", async () => {
  const ownerId = String(world.github.control.account("acme").id);
  await world.github.control.setPermissions(installationOf("acme"), { contents: "read" });
  await until(async () => (await store().accounts.getAccount(ownerId))?.permissions.contents === "read");
});

test("a repository removed from the installation receives nothing more", async () => {
  await world.github.control.changeRepositories(installationOf("initech"), { remove: ["initech/consumer"] });
  await until(async () => (await store().accounts.getRepository(world.consumer))?.reachable === false);
  await until(async () => (await subscription())?.status === "revoked");
  await runOnce();
  await world.github.control.idle();
  expect(dispatchesTo(world, "initech/consumer")).toEqual([]);
});

test("uninstalling cleans up, and its webhooks are refused from then on", async () => {
  await world.github.control.uninstall(installationOf("acme"));
  await until(async () => (await store().accounts.getRepository(world.provider))?.reachable === false);
  await until(async () => (await subscription())?.status === "revoked");
  expect(await store().accounts.getRepository(world.provider)).toMatchObject({ provider: false, hook: null });
  const run = await world.github.control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
  const [delivery] = await world.github.control.completeRun(run.id, "success");
  expect(delivery?.statusCode).toBe(404);
});

test("renames of repository and account are followed", async () => {
  await world.github.control.renameRepository("acme/provider", "renamed");
  await until(
    async () => (await store().accounts.getRepository(world.provider))?.fullName === "acme/renamed",
  );
  await world.github.control.renameAccount("acme", "acme-corp");
  await until(
    async () => (await store().accounts.getRepository(world.provider))?.fullName === "acme-corp/renamed",
  );
  expect((await store().accounts.findRepository("acme-corp/renamed"))?.repositoryId).toBe(world.provider);
});

test("visibility is followed, and a private repository's events name it no more", async () => {
  await world.github.control.setVisibility("acme/provider", true);
  await until(async () => (await store().accounts.getRepository(world.provider))?.private === true);
  await runOnce();
  await until(() => dispatchesTo(world, "initech/consumer").length === 1);
  const [dispatch] = dispatchesTo(world, "initech/consumer");
  expect(Object.keys(dispatch?.clientPayload.workflow_run as object).sort()).toEqual([
    "conclusion",
    "created_at",
    "event",
    "id",
    "run_attempt",
    "run_started_at",
    "updated_at",
  ]);
});

test("after a transfer approvals start anew and the old owner stops reading", async () => {
  world.github.control.createAccount({ login: "globex", type: "Organization" });
  const app = [...world.github.world.apps.values()][0]?.slug as string;
  await world.github.control.install({ app, account: "globex" });
  await world.github.control.transferRepository("acme/provider", "globex");
  world.github.control.setRole("globex/provider", "acme-dev", null);
  await until(
    async () => (await store().accounts.getRepository(world.provider))?.fullName === "globex/provider",
  );
  await until(async () => (await subscription())?.status === "requested");
  expect((await store().catalog.findService(world.serviceId))?.ownerId).toBe(
    String(world.github.control.account("globex").id),
  );
});

test("a deleted repository is forgotten with its services", async () => {
  await world.github.control.deleteRepository("acme/provider");
  await until(async () => (await store().accounts.getRepository(world.provider)) === null);
  expect(await store().catalog.findService(world.serviceId)).toBeNull();
  expect((await subscription())?.status).toBe("revoked");
});

test("an owner's data can be exported, and erased once the App is gone", async () => {
  const run = await world.github.control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
  await sendMessage(world, run.id, "built", { a: 1 });
  await world.github.control.completeRun(run.id, "success");
  await until(() => dispatchesTo(world, "initech/consumer").length === 2);
  const ownerId = String(world.github.control.account("acme").id);
  world.github.control.setMember("acme", "acme-dev", "admin");
  const exported = await world.api<{ repositories: { deliveries: { provided: object[] } }[] }>(
    "acme-dev",
    "GET",
    `/owners/${ownerId}/export`,
  );
  expect(exported.repositories[0]?.deliveries.provided).toHaveLength(2);
  await expect(world.api("acme-dev", "DELETE", `/owners/${ownerId}`)).rejects.toThrow("Uninstall the App");
  await world.github.control.uninstall(installationOf("acme"));
  await until(async () => (await store().accounts.getAccount(ownerId))?.installation === "none");
  await world.api("acme-dev", "DELETE", `/owners/${ownerId}`);
  expect(await store().accounts.getAccount(ownerId)).toBeNull();
  expect(await store().accounts.getRepository(world.provider)).toBeNull();
  expect((await store().deliveries.list("provider", world.provider)).items).toEqual([]);
});
