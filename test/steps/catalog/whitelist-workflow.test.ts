import { afterAll, beforeAll, expect, test } from "vitest";
import { unlistWorkflow, whitelistWorkflow } from "../../../app/steps/catalog/whitelist-workflow.ts";
import { type CatalogWorld, startCatalogWorld, WORKFLOW } from "./catalog-world.ts";

let world: CatalogWorld;
beforeAll(async () => {
  world = await startCatalogWorld();
});
afterAll(() => world.close());

const pathsOf = async (repositoryId: string) =>
  (await world.deps.store.catalog.offerOf(repositoryId)).workflows.map(({ path }) => path);

test("a workflow of the default branch is whitelisted, and twice is once", async () => {
  const { repositoryId } = await world.buildRepository();
  await whitelistWorkflow(world.deps, { repositoryId, path: WORKFLOW, by: "mona" });
  await whitelistWorkflow(world.deps, { repositoryId, path: WORKFLOW, by: "hubot" });
  const { workflows } = await world.deps.store.catalog.offerOf(repositoryId);
  expect(workflows).toMatchObject([{ path: WORKFLOW, addedBy: "mona" }]);
});

test("a path that is no workflow file of the default branch is refused by name", async () => {
  const { repositoryId, fullName } = await world.buildRepository();
  for (const path of [".github/workflows/other.yml", "README.md", ".github/workflows"]) {
    await expect(whitelistWorkflow(world.deps, { repositoryId, path, by: "mona" })).rejects.toMatchObject({
      code: "invalid",
      message: `${path} is not a workflow on ${fullName}'s default branch.`,
    });
  }
  expect(await pathsOf(repositoryId)).toEqual([]);
});

test("an unlisted workflow is gone, and unlisting it again does nothing", async () => {
  const { repositoryId } = await world.buildRepository();
  await whitelistWorkflow(world.deps, { repositoryId, path: WORKFLOW, by: "mona" });
  await unlistWorkflow(world.deps, { repositoryId, path: WORKFLOW, by: "mona" });
  await unlistWorkflow(world.deps, { repositoryId, path: WORKFLOW, by: "mona" });
  expect(await pathsOf(repositoryId)).toEqual([]);
});

test("a repository managed by a file takes no change by hand, and says by which file", async () => {
  const managedBy = ".github/zekt.yml";
  const { repositoryId } = await world.buildRepository({ managedBy });
  const refused = { code: "conflict", message: expect.stringContaining(managedBy) };
  const change = { repositoryId, path: WORKFLOW, by: "mona" };
  await expect(whitelistWorkflow(world.deps, change)).rejects.toMatchObject(refused);
  await expect(unlistWorkflow(world.deps, change)).rejects.toMatchObject(refused);
  await whitelistWorkflow(world.deps, { ...change, by: managedBy });
  expect(await pathsOf(repositoryId)).toEqual([WORKFLOW]);
});

test("a repository that is unknown, or out of the App's reach, is refused", async () => {
  const { repositoryId } = await world.buildRepository();
  const unknown = { repositoryId: "1", path: WORKFLOW, by: "mona" };
  await expect(whitelistWorkflow(world.deps, unknown)).rejects.toMatchObject({ code: "not-found" });
  await world.deps.store.accounts.setRepository({ repositoryId, reachable: false });
  await expect(whitelistWorkflow(world.deps, { ...unknown, repositoryId })).rejects.toMatchObject({
    code: "forbidden",
  });
});
