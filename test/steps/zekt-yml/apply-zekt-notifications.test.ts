import { afterAll, beforeAll, expect, test } from "vitest";
import type { Repository } from "../../../app/domain/records/repository.ts";
import { ZEKT_FILE } from "../../../app/domain/zekt-yml/zekt-file.ts";
import { setNotifications } from "../../../app/steps/catalog/set-notifications.ts";
import { applyZektFile } from "../../../app/steps/zekt-yml/apply-zekt-file.ts";
import { type CatalogWorld, startCatalogWorld } from "../catalog/catalog-world.ts";

let world: CatalogWorld;
beforeAll(async () => {
  world = await startCatalogWorld();
});
afterAll(() => world.close());

async function apply({ fullName, repositoryId }: Repository, ...lines: string[]) {
  const text = ["version: 1", ...lines, ""].join("\n");
  const { sha } = await world.github.control.push(fullName, { [ZEKT_FILE]: text });
  return await applyZektFile(world.deps, { repositoryId, sha });
}

const choiceOf = async ({ repositoryId }: Repository) =>
  (await world.deps.store.accounts.getRepository(repositoryId))?.notifications;

/** Chooses a webhook, as a maintainer does by the API. */
const choose = ({ repositoryId }: Repository, url: string) =>
  setNotifications(
    world.deps,
    repositoryId,
    { by: "webhook", url, format: "zekt", newSecret: false },
    "mona",
  );

const grantIssues = ({ installationId }: Repository) =>
  world.github.control.setPermissions(Number(installationId), {
    contents: "write",
    checks: "write",
    issues: "write",
  });

test("a file has its people told by an issue, and no more", async () => {
  const repository = await world.buildRepository();
  await grantIssues(repository);
  expect((await apply(repository, "notifications: issue")).changes).toEqual(["notifies people by an issue"]);
  expect(await choiceOf(repository)).toMatchObject({ by: "issue" });
  expect((await apply(repository, "notifications: issue")).changes).toEqual([]);
  expect((await apply(repository, "notifications: none")).changes).toEqual(["notifies nobody any more"]);
  expect(await choiceOf(repository)).toEqual({ by: "none" });
});

test("what a file does not say stays as the API has set it", async () => {
  const repository = await world.buildRepository();
  const url = "https://hooks.example.com/zekt";
  await choose(repository, url);
  await apply(repository, "consumer:");
  expect(await choiceOf(repository)).toMatchObject({ by: "webhook", url });
  await choose(repository, `${url}/2`);
  expect(await choiceOf(repository)).toMatchObject({ url: `${url}/2` });
});

test("what a file says is not set otherwise by hand, until the file says it no more", async () => {
  const repository = await world.buildRepository();
  await grantIssues(repository);
  await apply(repository, "notifications: issue");
  const url = "https://hooks.example.com/zekt";
  await expect(choose(repository, url)).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringContaining(ZEKT_FILE),
  });
  expect(await choiceOf(repository)).toMatchObject({ by: "issue" });
  await apply(repository, "consumer:");
  await choose(repository, url);
  expect(await choiceOf(repository)).toMatchObject({ by: "webhook", url });
  await apply(repository, "notifications: none");
  await expect(choose(repository, url)).rejects.toMatchObject({ code: "conflict" });
  expect(await choiceOf(repository)).toEqual({ by: "none" });
});

test("a file that wants an issue where the App may write none says on its line where that is granted", async () => {
  const repository = await world.buildRepository();
  const { problems } = await apply(repository, "notifications: issue");
  expect(problems).toEqual([
    { line: 2, column: 1, message: expect.stringContaining("Issues: read and write") },
  ]);
  expect(await choiceOf(repository)).toBeUndefined();
});

test("a webhook is not for a file, which nobody can be shown a secret by", async () => {
  const repository = await world.buildRepository();
  const { problems } = await apply(repository, "notifications: webhook");
  expect(problems).toMatchObject([{ line: 2 }]);
});
