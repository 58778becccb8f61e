import { afterAll, beforeAll, expect, test } from "vitest";
import { Refusal } from "../../../app/domain/refusal.ts";
import { dispatch, dispatchAccess, type GrantedAccess } from "../../../app/github/dispatch.ts";
import { checkIssuesAllowed, writeIssue } from "../../../app/github/issues.ts";
import { enableProvider } from "../../../app/steps/catalog/enable-provider.ts";
import { preflight } from "../../../app/steps/catalog/preflight.ts";
import { type CatalogWorld, LISTENER, startCatalogWorld } from "./catalog-world.ts";

/* An archived repository is read as before, and takes no change: no dispatch, no webhook, no issue. */

let world: CatalogWorld;
beforeAll(async () => {
  world = await startCatalogWorld();
});
afterAll(() => world.close());

const ARCHIVED = /^The repository is archived on GitHub, .* Its owner unarchives it/;

async function buildArchived() {
  const repository = await world.buildRepository();
  const installation = [...world.github.world.installations.values()].at(-1);
  const permissions = { contents: "write", actions: "read", repository_hooks: "write", issues: "write" };
  await world.github.control.setPermissions(installation?.id as number, permissions as never);
  await world.github.control.setArchived(repository.fullName, true);
  return repository;
}

test("who asks for a change of an archived repository reads that it is archived, not of a permission", async () => {
  const repository = await buildArchived();
  const { deps } = world;
  const mark = { marker: "<!-- m -->", botLogin: "zekt[bot]" };
  const asks = {
    issue: () => writeIssue(deps.github, repository, null, { title: "t", body: "b", state: "open" }, mark),
    notifications: () => checkIssuesAllowed(deps.github, repository),
    webhook: () => enableProvider(deps, repository.repositoryId, "1"),
  };
  for (const [what, ask] of Object.entries(asks)) {
    const error = await ask().catch((thrown: unknown) => thrown);
    expect(error, what).toBeInstanceOf(Refusal);
    expect(error, what).toMatchObject({ code: "conflict", message: expect.stringMatching(ARCHIVED) });
  }
});

test("a dispatch to an archived repository fails as one that cannot be reached, in GitHub's words", async () => {
  const { repositoryId, ownerId, installationId } = await buildArchived();
  const { github } = world.deps;
  const installation = { ownerId, installationId: installationId as string };
  const access = await dispatchAccess(github, installation, repositoryId, Date.now);
  const body = { event_type: "built", client_payload: {} };
  expect(await dispatch(github, access as GrantedAccess, repositoryId, body, Date.now)).toMatchObject({
    outcome: "refused",
    status: 403,
    kind: "not-found",
    reason: "GitHub answered 403: Repository was archived so is read-only.",
  });
});

test("an archived consumer is an obstacle, with the page where it is unarchived", async () => {
  const service = await world.buildService();
  const { subscriptionId, repositoryId } = await world.buildSubscription(service);
  const { fullName } = (await world.deps.store.accounts.getRepository(repositoryId)) as { fullName: string };
  const text = "on: repository_dispatch\njobs: {job: {runs-on: ubuntu-latest, steps: [{run: echo}]}}\n";
  await world.github.control.push(fullName, { [LISTENER]: text });
  const found = async () =>
    (await preflight(world.deps, subscriptionId)).obstacles.filter(({ code }) => code === "archived");
  expect(await found()).toEqual([]);
  await world.github.control.setArchived(fullName, true);
  expect(await found()).toEqual([
    {
      code: "archived",
      message: `${fullName} is archived on GitHub: it takes no dispatch and runs no workflow. Unarchive it under Settings → General.`,
      link: `https://github.com/${fullName}/settings`,
    },
  ]);
});
