import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { API_VERSION } from "../../app/github/api-version.ts";
import { reportCheck } from "../../app/github/checks.ts";
import { GitHub, type Installation } from "../../app/github/client.ts";
import { readFile } from "../../app/github/contents.ts";
import { dispatch, dispatchAccess, type GrantedAccess } from "../../app/github/dispatch.ts";
import { getRepository, isVerified } from "../../app/github/installations.ts";
import { findIssue, writeIssue } from "../../app/github/issues.ts";
import { outageOf, refusalOf } from "../../app/github/outage.ts";
import { findRight } from "../../app/github/repository-right.ts";
import { createOrUpdateHook } from "../../app/github/repository-webhooks.ts";
import { DEFAULT_SETTINGS } from "../../fake-github/settings.ts";
import { type Stage, setStage } from "../fake-github/stage.ts";

/* The one layer that every request to GitHub goes through. */

let stage: Stage;
let github: GitHub;
let installation: Installation;
let repositoryId: string;
/** The waits of the layer, in milliseconds; the clock moves on by as much. */
let waited: number[];
/** The owners whose quota paid for a request, one entry each. */
let counted: string[];

beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage.close());
beforeEach(() => {
  waited = [];
  counted = [];
  const site = stage.github.world.repository("acme/site");
  repositoryId = String(site?.id);
  installation = { installationId: String(stage.installationId), ownerId: String(site?.ownerId) };
  const { app_id, private_key } = stage.app as unknown as { app_id: number; private_key: string };
  github = new GitHub(
    { apiUrl: stage.github.url, appId: String(app_id), privateKey: private_key },
    {
      now: () => stage.clock.now(),
      onRequest: (ownerId) => counted.push(ownerId),
      wait: async (ms) => {
        waited.push(ms);
        stage.clock.advance(ms);
      },
    },
  );
});
afterEach(() => {
  stage.control.configure(DEFAULT_SETTINGS);
  stage.github.faults.clear();
});

const read = () => getRepository(github, installation, repositoryId);
const route = "**/repositories/*";
const MARK = "<!-- zekt -->";
const target = () => ({ repositoryId, fullName: "acme/site", ...installation });
const write = (number: number | null = null) => {
  const mark = { marker: MARK, botLogin: `${stage.app.slug}[bot]` };
  return writeIssue(github, target(), number, { title: "t", body: `b ${MARK}`, state: "open" }, mark);
};
const post = async () => {
  const now = () => stage.clock.now();
  const access = (await dispatchAccess(github, installation, repositoryId, now)) as GrantedAccess;
  return await dispatch(github, access, repositoryId, { event_type: "built", client_payload: {} }, now);
};

test("a read that is answered 502 is sent again after a wait, and each try counts in the owner's quota", async () => {
  stage.github.faults.add({ route, status: 502, count: 2 });
  expect(await read()).toMatchObject({ fullName: "acme/site" });
  expect([waited, counted]).toEqual([[1000, 3000], Array(3).fill(installation.ownerId)]);
});

test("a read that GitHub never answers ends after three tries", async () => {
  stage.github.faults.add({ route, drop: "before", count: -1 });
  await expect(read()).rejects.toMatchObject({ status: 500 });
  expect(counted).toHaveLength(3);
});

test("a write that is answered 502 is sent once", async () => {
  const { issues } = stage.control.repository("acme/site");
  const before = issues.length;
  stage.github.faults.add({ method: "PATCH", route: "**/issues/*", status: 502, count: -1 });
  await expect(write(1)).rejects.toMatchObject({ code: "unavailable" });
  expect([counted.length, issues.length]).toEqual([1, before]);
});

test.each([
  ["60", 60],
  [new Date(Date.parse("2026-05-01T13:00:00Z")).toUTCString(), 3600],
])("429 with retry-after %s holds all of the owner's requests back until then", async (retryAfter) => {
  await read();
  counted = [];
  stage.github.faults.add({ route, status: 429, headers: { "retry-after": retryAfter } });
  const error = await read().catch((thrown: unknown) => thrown);
  const { retryAfter: seconds } = refusalOf(error) as { retryAfter: number };
  expect(seconds).toBeGreaterThan(50);
  await expect(read()).rejects.toMatchObject({ status: 429 });
  await expect(write()).rejects.toMatchObject({ code: "limited" });
  expect(await post()).toMatchObject({ outcome: "limited", retryAt: stage.clock.now() + seconds * 1000 });
  expect([counted.length, waited]).toEqual([1, []]);
  stage.clock.advance(seconds * 1000);
  expect(await read()).toMatchObject({ fullName: "acme/site" });
});

test("limits that state no wait hold requests back ever longer while they go on", async () => {
  const body = { message: "You have exceeded a secondary rate limit." };
  stage.github.faults.add({ route, status: 403, body, count: -1 });
  const waits: number[] = [];
  for (let n = 0; n < 3; n++) {
    await expect(read()).rejects.toMatchObject({ status: 403 });
    const held = await read().catch((thrown: unknown) => thrown);
    const { retryAfter } = refusalOf(held) as { retryAfter: number };
    waits.push(retryAfter);
    stage.clock.advance(retryAfter * 1000);
  }
  expect(waits).toEqual([60, 120, 240]);
});

test("a limit that ends within seconds is waited for, a write's too", async () => {
  stage.github.faults.add({
    method: "POST",
    route: "**/issues",
    status: 429,
    headers: { "retry-after": "2" },
  });
  expect(await write()).toBeGreaterThan(0);
  expect([waited, counted.length]).toEqual([[2000], 2]);
});

test("503 with a retry-after of a minute is not asked again before", async () => {
  stage.github.faults.add({ route, status: 503, headers: { "retry-after": "60" }, count: -1 });
  await expect(read()).rejects.toMatchObject({ status: 503 });
  expect([waited, counted.length]).toEqual([[], 1]);
});

test("every request names one API version, the dispatch and the minting too", async () => {
  await Promise.all([read(), post(), (await github.asApp()).request("GET /app")]);
  const versions = new Set(stage.control.requests().map(({ api_version }) => api_version));
  expect([...versions]).toEqual([API_VERSION]);
});

test("an Enterprise Server that knows no newer API version is spoken to", async () => {
  stage.control.configure({ apiVersions: ["2022-11-28"] });
  expect(await read()).toMatchObject({ fullName: "acme/site" });
  expect(await post()).toMatchObject({ outcome: "dispatched" });
});

test.each([
  ["ended", { endedVersions: [API_VERSION] }, "410: This API version is no longer supported."],
  [
    "is not known",
    { apiVersions: ["2026-03-10"] },
    "400: The version you specified is not a supported version.",
  ],
])("a version that %s is no sign that something is gone or refused", async (_, settings, said) => {
  const now = () => stage.clock.now();
  const access = (await dispatchAccess(github, installation, repositoryId, now)) as GrantedAccess;
  stage.control.configure(settings);
  const sentence = `GitHub answered ${said} It does not serve this by version ${API_VERSION} of its API: this Zekt's operator updates Zekt.`;
  await expect(read()).rejects.toMatchObject({ status: 502, message: sentence });
  const body = { event_type: "built", client_payload: {} };
  for (const answer of [
    await dispatch(github, access, repositoryId, body, now),
    await dispatchAccess(github, installation, "999", now),
  ]) {
    expect(answer).toMatchObject({
      outcome: "failed",
      reason: expect.stringContaining(sentence.slice(0, -1)),
    });
  }
  await expect(findRight(github, installation, repositoryId, "mona")).rejects.toMatchObject({
    code: "unavailable",
  });
});

test("an announced end is passed on once a day, by whatever request, and written nowhere else", async () => {
  const ends: unknown[] = [];
  github.requests.onAnnouncedEnd((end) => ends.push(end));
  const printed = vi.spyOn(console, "warn");
  stage.control.configure({ endingVersions: [API_VERSION] });
  await read();
  await post();
  await read();
  expect(ends).toEqual([
    {
      request: "POST /app/installations/…/access_tokens",
      sunset: "2028-03-10T07:00:00.000Z",
    },
  ]);
  expect(printed).not.toHaveBeenCalled();
});

test("a proxy's page is no answer to a read", async () => {
  const page = { headers: { "content-type": "text/html" }, body: "<title>Sign in</title>" };
  stage.github.faults.add({ route, status: 200, ...page });
  await expect(read()).rejects.toMatchObject({
    status: 502,
    message: expect.stringContaining("answered 200 (text/html)"),
  });
});

test.each([401, 403, 404, 410])(
  "a proxy's page with %i does not say that something is gone",
  async (status) => {
    const page = { headers: { "content-type": "text/html" }, body: "<title>Blocked</title>" };
    stage.github.faults.add({ route, status, ...page });
    await expect(read()).rejects.toMatchObject({
      status: 502,
      message: expect.stringContaining(`${status}`),
    });
    expect(await read()).toMatchObject({ fullName: "acme/site" });
  },
);

test("a proxy that answers 407 does not say that something is gone", async () => {
  stage.github.faults.add({ route, status: 407, count: 3 });
  await expect(read()).rejects.toMatchObject({ message: expect.stringContaining("A proxy answered 407") });
});

test("a read whose answer is cut within is sent again, as one that was not answered", async () => {
  stage.github.faults.add({ route, drop: "within" });
  expect(await read()).toMatchObject({ fullName: "acme/site" });
  expect(waited).toEqual([1000]);
});

const CUT_WITHIN = {
  "whether there is a file": () => readFile(github, target(), ".github/workflows/release.yml"),
  "the role of a user": () => findRight(github, installation, repositoryId, "mona"),
  "whether an organization is verified": () => isVerified(github, installation, "acme"),
  "whether there is an issue": () =>
    findIssue(github, target(), { marker: MARK, botLogin: `${stage.app.slug}[bot]`, number: 1 }),
};

test.each(Object.entries(CUT_WITHIN))("an answer that is cut within does not say %s", async (_, ask) => {
  await write();
  // With the token that it needs.
  await ask();
  stage.github.faults.add({ drop: "within", count: -1 });
  const error = await ask().catch((thrown: unknown) => thrown);
  expect(outageOf(error)).toMatchObject({ code: "unavailable" });
});

test("a dispatch whose refusal is cut within is in doubt", async () => {
  await post();
  stage.github.faults.add({ route: "**/dispatches", status: 422, drop: "within" });
  expect(await post()).toMatchObject({ outcome: "unknown", kind: "network" });
});

test("a redirect to where one signs in is not followed with a write", async () => {
  stage.control.repository("acme/site").issues.length = 0;
  const location = "https://sign-in.example/start?token=1";
  stage.github.faults.add({
    method: "POST",
    route: "**/issues",
    status: 302,
    headers: { location },
    count: -1,
  });
  await expect(write()).rejects.toMatchObject({ code: "unavailable" });
});

test("a dispatch that took a second request counts the second one here, the first with its attempt", async () => {
  stage.github.faults.add({ route: "**/dispatches", status: 401, body: { message: "Bad credentials" } });
  expect(await post()).toMatchObject({ outcome: "dispatched" });
  expect(counted).toEqual([installation.ownerId]);
});

test.each([
  ["answered 502 and not made", { status: 502 }, 2],
  ["made, and the answer lost", { drop: "after" }, 1],
])("an issue whose POST was %s is made once in all", async (_, fault, posts) => {
  const { issues } = stage.control.repository("acme/site");
  issues.length = 0;
  stage.github.faults.add({ method: "POST", route: "**/issues", ...(fault as object) });
  const number = await write();
  expect([issues.map((issue) => issue.number), waited]).toEqual([[number], [2000]]);
  expect(counted).toHaveLength(posts + 1);
});

test.each([
  ["answered 502 and not made", { status: 502 }],
  ["made, and the answer lost", { drop: "after" }],
])("a check run whose POST was %s is made once in all, with all annotations", async (_, fault) => {
  const repository = stage.control.repository("acme/site");
  repository.checkRuns.length = 0;
  stage.github.faults.add({ method: "POST", route: "**/check-runs", ...(fault as object) });
  const annotations = Array.from({ length: 60 }, (_, line) => ({ path: "a", line: line + 1, message: "m" }));
  const sha = stage.github.world.head(repository)?.sha as string;
  const words = { title: "t", summary: "s", conclusion: "failure" as const };
  await reportCheck(github, target(), { name: "Zekt", sha, annotations, ...words });
  expect(repository.checkRuns.map(({ output }) => output.annotations.length)).toEqual([60]);
});

test("a webhook that was placed though the answer was lost is not placed again", async () => {
  const { hooks } = stage.control.repository("acme/site");
  stage.github.faults.add({ method: "POST", route: "**/hooks", drop: "after" });
  const wanted = { url: "https://zekt.example/hook", secret: "s".repeat(20), hookId: null };
  const id = await createOrUpdateHook(github, target(), wanted, async () => {});
  expect(hooks.filter(({ url }) => url === wanted.url).map((hook) => String(hook.id))).toEqual([id]);
});
