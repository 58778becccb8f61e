import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { SECOND } from "../../app/domain/clock.ts";
import { GitHub, type Installation } from "../../app/github/client.ts";
import { dispatch, dispatchAccess } from "../../app/github/dispatch.ts";
import { getRepository } from "../../app/github/installations.ts";
import { DEFAULT_SETTINGS } from "../../fake-github/settings.ts";
import { type Stage, setStage } from "../fake-github/stage.ts";

/* GitHub's answers about a token, which are not answers about the request. */

let stage: Stage;
let github: GitHub;
let installation: Installation;
let repositoryId: string;
let found: number[];
/** States how long the dispatch waited, each time; the clocks move on by as much. */
let waited: number[];
/** The time that has passed by the clock that nobody sets, in milliseconds. */
let passed = 0;
const monotonic = performance.now.bind(performance);

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.spyOn(performance, "now").mockImplementation(() => monotonic() + passed);
  stage = await setStage();
});
afterAll(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await stage.close();
});
beforeEach(() => {
  vi.setSystemTime(stage.clock.now());
  found = [];
  waited = [];
  const site = stage.github.world.repository("acme/site");
  repositoryId = String(site?.id);
  installation = { installationId: String(stage.installationId), ownerId: String(site?.ownerId) };
  github = connect();
});
afterEach(() => {
  stage.control.configure(DEFAULT_SETTINGS);
  stage.github.faults.clear();
});

const connect = (): GitHub => {
  const { app_id, private_key } = stage.app as unknown as { app_id: number; private_key: string };
  const config = { apiUrl: stage.github.url, appId: String(app_id), privateKey: private_key };
  return new GitHub(config, { onClockOff: (ms) => found.push(ms) });
};

const advance = (ms: number): void => {
  passed += ms;
  stage.clock.advance(ms);
  vi.setSystemTime(stage.clock.now());
};

const send = async () => {
  const now = () => stage.clock.now();
  const access = await dispatchAccess(github, installation, repositoryId, now);
  if (!("minted" in access)) return access;
  const body = { event_type: "built", client_payload: {} };
  return await dispatch(github, access, repositoryId, body, now, async (ms) => {
    waited.push(ms);
    advance(ms);
  });
};

const dispatches = (): number => stage.control.dispatches("acme/site").length;

test.each([401, 403] as const)(
  "a token that GitHub refuses with %i for some seconds after minting is waited for",
  async (status) => {
    stage.control.configure({ tokenSpreadMs: 3 * SECOND, tokenSpreadStatus: status });
    const before = dispatches();
    expect(await send()).toEqual({ outcome: "dispatched", status: 204, response: expect.any(Object) });
    expect([waited, dispatches()]).toEqual([[1000, 2000], before + 1]);
  },
);

test("a token that is refused for long is a refusal, after some tries", async () => {
  stage.control.configure({ tokenSpreadMs: 3600 * SECOND });
  expect(await send()).toMatchObject({ outcome: "refused", status: 403, kind: "auth" });
  expect(waited).toEqual([1000, 2000, 3000]);
});

test("a token minted in the place of one that GitHub took back at once is waited for as well", async () => {
  await send();
  stage.control.revokeTokens(stage.installationId);
  stage.control.configure({ tokenSpreadMs: 3 * SECOND });
  const before = dispatches();
  expect(await send()).toEqual({ outcome: "dispatched", status: 204, response: expect.any(Object) });
  expect([waited, dispatches()]).toEqual([[1000, 2000, 3000, 1000, 2000], before + 1]);
});

test("a clock that jumps ahead makes no young token old", async () => {
  stage.control.configure({ tokenSpreadMs: 3 * SECOND });
  vi.setSystemTime(stage.clock.now() - 3600 * SECOND);
  const access = await dispatchAccess(github, installation, repositoryId, () => Date.now());
  vi.setSystemTime(stage.clock.now());
  const body = { event_type: "built", client_payload: {} };
  const wait = async (ms: number) => advance(ms);
  const sent = await dispatch(github, access as never, repositoryId, body, () => Date.now(), wait);
  expect(sent).toEqual({ outcome: "dispatched", status: 204, response: expect.any(Object) });
});

test("a permission that an old token lacks is a refusal at once", async () => {
  await send();
  advance(60 * SECOND);
  const body = { message: "Resource not accessible by integration" };
  stage.github.faults.add({ route: "**/dispatches", status: 403, body });
  expect(await send()).toMatchObject({ outcome: "refused", kind: "auth" });
  expect(waited).toEqual([]);
});

test("a token that GitHub took back is forgotten, and the dispatch made with a new one in the same attempt", async () => {
  await send();
  advance(60 * SECOND);
  stage.control.revokeTokens(stage.installationId);
  const before = dispatches();
  expect(await send()).toEqual({ outcome: "dispatched", status: 204, response: expect.any(Object) });
  expect([waited, dispatches()]).toEqual([[], before + 1]);
  await send();
  const minted = stage.control.requests().filter(({ path }) => path.endsWith("/access_tokens"));
  expect(minted.at(-1)?.at).toBeLessThanOrEqual(stage.clock.now());
});

test("many dispatches whose token was taken back mint one for all", async () => {
  await send();
  advance(60 * SECOND);
  stage.control.revokeTokens(stage.installationId);
  const minted = () => stage.control.requests().filter(({ path }) => path.endsWith("/access_tokens")).length;
  const before = minted();
  const answers = await Promise.all([1, 2, 3, 4].map(send));
  expect(answers.map(({ outcome }) => outcome)).toEqual(Array(4).fill("dispatched"));
  expect(minted() - before).toBe(1);
});

test("other requests of an installation survive a token that was taken back, too", async () => {
  const read = () => getRepository(github, installation, repositoryId);
  await read();
  advance(60 * SECOND);
  stage.control.revokeTokens(stage.installationId);
  expect(await read()).toMatchObject({ repositoryId, fullName: "acme/site" });
});

test.each([60, 90, -3600])(
  "a clock %i s ahead of GitHub's is corrected by GitHub's date, and said once",
  async (seconds) => {
    vi.setSystemTime(stage.clock.now() + seconds * SECOND);
    expect(await send()).toEqual({ outcome: "dispatched", status: 204, response: expect.any(Object) });
    const { data } = await (await github.asApp()).request("GET /app");
    expect([data?.slug, found.length]).toEqual([stage.app.slug, 1]);
    expect(Math.abs((found[0] as number) - seconds * SECOND)).toBeLessThan(2 * SECOND);
    expect(github.clockOff).toBe(found[0]);
  },
);

test("of many requests that a wrong clock has refused at once all are sent again", async () => {
  vi.setSystemTime(stage.clock.now() + 90 * SECOND);
  const ask = async () => (await github.asApp()).request("GET /app");
  const answers = await Promise.all([1, 2, 3, 4].map(ask));
  expect([answers.map(({ status }) => status), found.length]).toEqual([[200, 200, 200, 200], 1]);
});

test("a proxy's page is never kept as a token", async () => {
  const page = { status: 200, headers: { "content-type": "text/html" }, body: "<title>Sign in</title>" };
  stage.github.faults.add({ route: "**/access_tokens", ...page });
  expect(await send()).toMatchObject({
    outcome: "failed",
    reason: expect.stringContaining("answered 200 (text/html)"),
  });
  expect(await send()).toMatchObject({ outcome: "dispatched" });
});

test("an App that was removed and installed again while the webhook was lost is found by its repository", async () => {
  stage.github.faults.add({ target: "webhook", status: 500, count: -1 });
  // One with a token that is kept, one without.
  const standing = github;
  await send();
  advance(60 * SECOND);
  github = connect();
  await stage.control.uninstall(stage.installationId);
  expect(await send()).toMatchObject({ outcome: "refused", status: 404, kind: "not-found" });
  const { id } = await stage.control.install({ app: stage.app.slug, account: "acme" });
  stage.installationId = id;
  const asked = () => stage.control.requests().filter(({ path }) => path.endsWith("/installation")).length;
  const before = asked();
  expect(await send()).toEqual({ outcome: "dispatched", status: 204, response: expect.any(Object) });
  expect(asked() - before).toBe(1);
  github = standing;
  expect(await send()).toEqual({ outcome: "dispatched", status: 204, response: expect.any(Object) });
  // Subscriptions of another owner's are approved anew: no dispatch passes over that.
  installation = { ...installation, ownerId: "1" };
  expect(await send()).toMatchObject({ outcome: "refused", kind: "not-found" });
});
