import { generateKeyPairSync } from "node:crypto";
import type { Server } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import { GitHub } from "../../app/github/client.ts";
import { listRuns } from "../../app/github/workflow-runs.ts";
import { type PlainAnswer, startPlainGitHub } from "../support/model.ts";
import { type Rounds, startRounds } from "../support/rounds.ts";

/* GitHub's list of runs: how its pages are asked for. */

let github: { url: string; server: Server };
/** The runs that GitHub has, and its own count of them where it says another. */
let total: number;
let counted: number | null;
/** The pages asked for, and in how many rounds: GitHub answers what it was asked at once all together. */
let asked: number[];
let rounds: Rounds;
let instead: (page: number) => PlainAnswer | null;

beforeEach(async () => {
  [total, counted, asked, rounds, instead] = [0, null, [], startRounds(), () => null];
  github = await startPlainGitHub(async ({ url = "" }) => {
    const { searchParams } = new URL(url, "http://github.test");
    const [page, perPage] = ["page", "per_page"].map((name) => Number(searchParams.get(name))) as [
      number,
      number,
    ];
    asked.push(page);
    await rounds.turn();
    // With a filter GitHub lists no more than 1,000.
    const from = (page - 1) * perPage;
    const length = Math.max(0, Math.min(perPage, Math.min(total, 1000) - from));
    const workflow_runs = Array.from({ length }, (_, n) => ({ id: from + n }));
    return instead(page) ?? { status: 200, body: { total_count: counted ?? total, workflow_runs } };
  });
});
afterEach(() => {
  github.server.closeAllConnections();
  github.server.close();
});

const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});
const list = async (limit: number): Promise<number[]> => {
  const client = new GitHub({ apiUrl: github.url, appId: "1", privateKey });
  const target = { repositoryId: "1", ownerId: "1", installationId: "1", fullName: "acme/site" };
  const runs = await listRuns(client, target, { createdSince: "2026-11-29T12:00:00.000Z", limit });
  return runs.map(({ id }) => id);
};
const numbers = (length: number): number[] => Array.from({ length }, (_, n) => n);

test.each([
  { runs: 0, limit: 1000, listed: 0, pages: 1, most: 1 },
  { runs: 40, limit: 50, listed: 40, pages: 1, most: 1 },
  { runs: 100, limit: 50, listed: 50, pages: 1, most: 1 },
  { runs: 250, limit: 300, listed: 250, pages: 3, most: 2 },
  { runs: 900, limit: 250, listed: 250, pages: 3, most: 2 },
  { runs: 1400, limit: 1000, listed: 1000, pages: 10, most: 4 },
])("of $runs runs at most $limit are listed, in order, in $most rounds", async (one) => {
  total = one.runs;
  expect(await list(one.limit)).toEqual(numbers(one.listed));
  expect(asked.toSorted((a, b) => a - b)).toEqual(numbers(one.pages).map((n) => n + 1));
  expect(rounds.count).toBeLessThanOrEqual(one.most);
});

test("where GitHub counts fewer than it lists, it is asked on until a page is not full", async () => {
  [total, counted] = [350, 120];
  expect(await list(1000)).toEqual(numbers(350));
});

test("a page that GitHub does not give ends the list", async () => {
  total = 350;
  instead = (page) => (page === 3 ? { status: 502, body: {} } : null);
  await expect(list(1000)).rejects.toMatchObject({ code: "unavailable" });
});
