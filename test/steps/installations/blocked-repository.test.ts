import { afterAll, beforeAll, expect, test } from "vitest";
import { Refusal } from "../../../app/domain/refusal.ts";
import { readFile } from "../../../app/github/contents.ts";
import { writeIssue } from "../../../app/github/issues.ts";
import { listRuns } from "../../../app/github/workflow-runs.ts";
import { findDisabledWorkflows } from "../../../app/github/workflow-states.ts";
import { enableProvider } from "../../../app/steps/catalog/enable-provider.ts";
import { syncRepository } from "../../../app/steps/installations/sync-repository.ts";
import { type CatalogWorld, startCatalogWorld, WORKFLOW } from "../catalog/catalog-world.ts";

/* A repository to which GitHub blocks access is listed, and answers nothing but that. */

let world: CatalogWorld;
beforeAll(async () => {
  world = await startCatalogWorld();
});
afterAll(() => world.close());

const REASONS = ["dmca", "tos"] as const;

async function build(reason: (typeof REASONS)[number]) {
  const repository = await world.buildRepository();
  const installation = [...world.github.world.installations.values()].at(-1);
  const permissions = { contents: "write", actions: "read", repository_hooks: "write", issues: "write" };
  await world.github.control.setPermissions(installation?.id as number, permissions as never);
  world.github.control.setBlocked(repository.fullName, reason);
  return repository;
}

test.each(REASONS)("blocked for %s, anyone who asks reads that it is", async (reason) => {
  const repository = await build(reason);
  const { deps } = world;
  const mark = { marker: "<!-- m -->", botLogin: "zekt[bot]" };
  const asks = {
    file: () => readFile(deps.github, repository, WORKFLOW),
    runs: () => listRuns(deps.github, repository, { createdSince: "2026-01-01T00:00:00Z", limit: 1 }),
    issue: () => writeIssue(deps.github, repository, null, { title: "t", body: "b", state: "open" }, mark),
    webhook: () => enableProvider(deps, repository.repositoryId, "1"),
  };
  for (const [what, ask] of Object.entries(asks)) {
    const error = await ask().catch((thrown: unknown) => thrown);
    expect(error, what).toBeInstanceOf(Refusal);
    expect(error, what).toMatchObject({
      code: "forbidden",
      message: expect.stringContaining("GitHub has blocked access to this repository"),
    });
  }
  expect(await findDisabledWorkflows(deps.github, repository)).toEqual(new Map());
});

test.each(REASONS)("blocked for %s it stays as it is known, until it is open again", async (reason) => {
  const { repositoryId, fullName } = await build(reason);
  const read = () => world.deps.store.accounts.getRepository(repositoryId);
  const before = await read();
  await syncRepository(world.deps, repositoryId);
  expect(await read()).toEqual(before);
  world.github.control.setBlocked(fullName, null);
  await world.github.control.renameRepository(fullName, "opened");
  await syncRepository(world.deps, repositoryId);
  expect((await read())?.fullName).toMatch(/\/opened$/);
});
