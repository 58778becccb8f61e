import type { Server } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Repository } from "../../../app/domain/records/repository.ts";
import { findListeners } from "../../../app/steps/delivery/find-listeners.ts";
import { openFragileStorage, setModel, startPlainGitHub } from "../../support/model.ts";
import { type Rounds, startRounds } from "../../support/rounds.ts";

/* The workflows of a repository with very many, at a GitHub that takes its time. */

const FILES = 100;
const pathOf = (n: number): string => `.github/workflows/${String(n).padStart(3, "0")}.yml`;

let storage: ReturnType<typeof openFragileStorage>;
let github: { url: string; server: Server };
/** The files asked for, and in how many rounds: GitHub answers what it was asked at once all together. */
let asked: string[];
let rounds: Rounds;
/** The file that GitHub does not give. */
let failing: string | null;

beforeEach(async () => {
  storage = openFragileStorage();
  [asked, rounds, failing] = [[], startRounds(), null];
  github = await startPlainGitHub(async ({ url = "" }) => {
    const path = decodeURIComponent(url.split("/contents/")[1] as string);
    if (!path.endsWith(".yml")) {
      const entry = (n: number) => ({ type: "file", path: pathOf(n), sha: `sha${n}` });
      return { status: 200, body: Array.from({ length: FILES }, (_, n) => entry(n)) };
    }
    asked.push(path);
    await rounds.turn();
    if (path === failing) return { status: 403, body: { message: "Forbidden" } };
    const text = `on: { repository_dispatch: { types: [t${asked.length % 7}] } }\njobs: {}`;
    return {
      status: 200,
      body: { type: "file", path, encoding: "base64", content: Buffer.from(text).toString("base64") },
    };
  });
});
afterEach(async () => {
  github.server.closeAllConnections();
  github.server.close();
  await storage.close();
});

async function setRepository() {
  const { deps, repositoryId } = await setModel(storage, github.url, []);
  const repository = (await deps.store.accounts.getRepository(repositoryId)) as Repository;
  return () => findListeners(deps, repository, pathOf(42));
}

test("a hundred workflows are read in a dozen rounds, the one that is meant first, and stay in order", async () => {
  const find = await setRepository();
  const { listeners, refused } = await find();
  const found = [...listeners, ...refused].map(({ path }) => path);
  const others = Array.from({ length: FILES }, (_, n) => pathOf(n)).filter((path) => path !== pathOf(42));
  expect(found).toEqual([pathOf(42), ...others]);
  expect(asked.toSorted()).toEqual(found.toSorted());
  // A function has 28 seconds for them all, and GitHub may take two for each.
  expect(rounds.count).toBeLessThanOrEqual(13);
});

test("of a file that GitHub refuses the others are remembered, and no more are asked for", async () => {
  const find = await setRepository();
  failing = pathOf(50);
  await expect(find()).rejects.toMatchObject({ code: "forbidden" });
  const before = asked.length;
  expect(before).toBeLessThan(FILES);
  failing = null;
  await find();
  expect(asked.length).toBeLessThanOrEqual(FILES + 1);
});
