import type { Server } from "node:http";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MINUTE, SECOND } from "../../app/domain/clock.ts";
import { Refusal } from "../../app/domain/refusal.ts";
import { Requests } from "../../app/github/requests.ts";
import { GitHubUsers } from "../../app/github/users.ts";
import { type PlainAnswer, startPlainGitHub } from "../support/model.ts";

/* The repositories that a user has a right on: how GitHub is asked about them, and how often. */

const TOKEN = `ghu_${"a".repeat(36)}`;

let github: { url: string; server: Server };
/** The number of repositories of each installation, by its id. */
let installations: Record<string, number>;
/** The pages asked for, and how many of them at once at most. */
let asked: string[];
let atOnce: number;
let most: number;
/** GitHub's answer instead of a page. */
let instead: (page: string) => PlainAnswer | null;
/** GitHub's own count of an installation's repositories, where it is another. */
let counted: number | null;

beforeEach(async () => {
  [asked, atOnce, most, instead, counted] = [[], 0, 0, () => null, null];
  github = await startPlainGitHub(async ({ url = "" }) => {
    const { pathname, searchParams } = new URL(url, "http://github.test");
    const page = Number(searchParams.get("page") ?? 1);
    if (pathname === "/user/installations")
      return {
        status: 200,
        body: { installations: Object.keys(installations).map((id) => ({ id: Number(id), account: {} })) },
      };
    const [, id = ""] = /^\/user\/installations\/(\d+)\/repositories$/.exec(pathname) ?? [];
    const total = installations[id] ?? 0;
    asked.push(`${id}/${page}`);
    most = Math.max(most, ++atOnce);
    await new Promise((resolve) => setTimeout(resolve, 5));
    atOnce -= 1;
    const here = Math.max(0, Math.min(100, total - (page - 1) * 100));
    return (
      instead(`${id}/${page}`) ?? {
        status: 200,
        body: {
          total_count: counted ?? total,
          repositories: Array.from({ length: here }, (_, n) => ({
            id: Number(id) * 100_000 + (page - 1) * 100 + n,
            permissions: { pull: true, push: n % 2 === 0 },
          })),
        },
      }
    );
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  github.server.closeAllConnections();
  github.server.close();
});

const users = (): GitHubUsers =>
  new GitHubUsers({ apiUrl: github.url, clientId: "id", clientSecret: "secret" }, new Requests());

test("the pages of large installations are read some at once, each of them once, and all of them", async () => {
  installations = { 1: 1234, 2: 100, 3: 0, 4: 650 };
  const rights = await users().repositories(TOKEN);
  expect(rights.size).toBe((1234 + 100 + 650) / 2);
  expect(rights.get("101232")).toBe("see");
  expect(new Set(asked).size).toBe(asked.length);
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(8);
});

test("where GitHub counts fewer than it lists, it is asked on until a page is not full", async () => {
  installations = { 1: 450 };
  counted = 120;
  expect((await users().repositories(TOKEN)).size).toBe(225);
});

test("an installation that was suspended meanwhile shows nothing, and one that fails ends all", async () => {
  installations = { 1: 150, 2: 150 };
  instead = (page) => (page.startsWith("1/") ? { status: 403, body: { message: "suspended" } } : null);
  expect((await users().repositories(TOKEN)).size).toBe(75);
  instead = (page) => (page === "2/2" ? { status: 502, body: {} } : null);
  await expect(users().repositories(TOKEN)).rejects.toThrow(Refusal);
});

test("while GitHub asks a user to wait, nothing is asked as that user, and as others it is", async () => {
  installations = { 1: 150 };
  const headers = { "retry-after": "60" };
  instead = () => ({ status: 403, body: { message: "You have exceeded a secondary rate limit." }, headers });
  const one = users();
  await expect(one.repositories(TOKEN)).rejects.toMatchObject({ code: "limited", retryAfter: 60 });
  instead = () => null;
  const { length } = asked;
  await expect(one.repositories(TOKEN)).rejects.toMatchObject({ code: "limited", retryAfter: 60 });
  await expect(one.rightOn(TOKEN, "1")).rejects.toMatchObject({ code: "limited" });
  expect(asked).toHaveLength(length);
  expect((await one.repositories(TOKEN.replace("a", "b"))).size).toBe(75);
});

test("an installation that is new shows within half a minute, however long the others' answer holds", async () => {
  installations = { 1: 10_050 };
  const now = performance.now.bind(performance);
  let ahead = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now() + ahead);
  const one = users();
  expect((await one.repositories(TOKEN)).size).toBe(5025);
  installations[2] = 20;
  ahead += 31 * SECOND;
  // The cache looks at the clock once a millisecond.
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect((await one.repositories(TOKEN)).size).toBe(5035);
  const { length } = asked;
  ahead += 31 * SECOND;
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect((await one.repositories(TOKEN)).size).toBe(5035);
  expect(asked).toHaveLength(length);
});

test.each([
  ["a few repositories", 120, 31 * SECOND],
  ["a thousand repositories", 1050, 56 * SECOND],
  ["ten thousand repositories", 10_050, 5 * MINUTE + SECOND],
])("what was read of %s holds the longer the more requests it took", async (_, total, ends) => {
  installations = { 1: total };
  const now = performance.now.bind(performance);
  let ahead = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now() + ahead);
  const pass = async (ms: number): Promise<void> => {
    ahead += ms;
    // The cache looks at the clock once a millisecond.
    await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const one = users();
  await one.repositories(TOKEN);
  const { length } = asked;
  await pass(ends - 2 * SECOND);
  await one.repositories(TOKEN);
  expect(asked).toHaveLength(length);
  await pass(2 * SECOND);
  await one.repositories(TOKEN);
  expect(asked).toHaveLength(2 * length);
});
