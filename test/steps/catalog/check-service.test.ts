import type { Server } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Repository } from "../../../app/domain/records/repository.ts";
import { resolveOwners } from "../../../app/steps/catalog/check-service.ts";
import { openFragileStorage, setModel, startPlainGitHub } from "../../support/model.ts";
import { type Rounds, startRounds } from "../../support/rounds.ts";

/* Owners that a service or a file names are looked up at a GitHub that takes its time. */

let storage: ReturnType<typeof openFragileStorage>;
let github: { url: string; server: Server };
/** The logins asked for, and in how many rounds: GitHub answers what it was asked at once all together. */
let asked: string[];
let rounds: Rounds;

beforeEach(async () => {
  storage = openFragileStorage();
  [asked, rounds] = [[], startRounds()];
  github = await startPlainGitHub(async ({ url = "" }) => {
    const login = url.split("/").at(-1) as string;
    asked.push(login);
    await rounds.turn();
    if (login.startsWith("nobody")) return { status: 404, body: { message: "Not Found" } };
    return { status: 200, body: { id: Number(login.slice(1)) } };
  });
});
afterEach(async () => {
  github.server.closeAllConnections();
  github.server.close();
  await storage.close();
});

async function resolve(logins: readonly string[], known = new Map<string, string>()): Promise<string[]> {
  const { deps, repositoryId } = await setModel(storage, github.url, []);
  const repository = (await deps.store.accounts.getRepository(repositoryId)) as Repository;
  return await resolveOwners(deps, repository, logins, known);
}

test("as many owners as a service approves are looked up in few rounds, each once, and stay in order", async () => {
  const logins = Array.from({ length: 100 }, (_, n) => `o${n + 1}`);
  const ids = await resolve([...logins, "O1", "7"], new Map([["7", "7"]]));
  expect(ids).toEqual(logins.map((login) => login.slice(1)));
  expect(asked.map((login) => login.toLowerCase()).toSorted()).toEqual(logins.toSorted());
  // A function has 28 seconds for them all.
  expect(rounds.count).toBeLessThan(15);
});

test("of owners that GitHub does not know each is named, in the order in which they were given", async () => {
  await expect(resolve(["nobody-a", "o1", "nobody-b"])).rejects.toMatchObject({
    code: "invalid",
    errors: [
      { pointer: "/preapprovedOwners/0", detail: "GitHub knows no owner nobody-a." },
      { pointer: "/preapprovedOwners/2", detail: "GitHub knows no owner nobody-b." },
    ],
  });
});
