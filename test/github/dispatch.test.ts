import { generateKeyPairSync } from "node:crypto";
import nock from "nock";
import { afterEach, beforeEach, expect, test } from "vitest";
import { GitHub } from "../../app/github/client.ts";
import { dispatch, dispatchAccess } from "../../app/github/dispatch.ts";

const API = "https://github.test";
const NOW = Date.parse("2026-01-01T00:00:00Z");
const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  expect(nock.pendingMocks()).toEqual([]);
  nock.cleanAll();
  nock.enableNetConnect();
});

const token = () =>
  nock(API)
    .persist()
    .post("/app/installations/7/access_tokens", { repository_ids: [9], permissions: { contents: "write" } })
    .reply(201, { token: "ghs_x", expires_at: "2099-01-01T00:00:00Z", permissions: {}, repositories: [] });

const send = async () => {
  const github = new GitHub({ apiUrl: API, appId: "1", privateKey });
  const now = () => NOW;
  const access = await dispatchAccess(github, { installationId: "7", ownerId: "8" }, "9", now);
  if (!("minted" in access)) return access;
  const wait = async (): Promise<void> => {};
  return await dispatch(github, access, "9", { event_type: "built", client_payload: {} }, now, wait);
};

const reset = String(NOW / 1000 + 300);

test.each([
  ["204", 204, {}, "", { outcome: "dispatched", status: 204 }],
  [
    "a secondary limit",
    403,
    { "retry-after": "30" },
    "secondary rate limit",
    { outcome: "limited", retryAt: NOW + 30_000 },
  ],
  [
    "a primary limit",
    403,
    { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset },
    "",
    { outcome: "limited", retryAt: NOW + 300_000 },
  ],
  ["429 without advice", 429, {}, "", { outcome: "limited", retryAt: NOW + 60_000 }],
  [
    "a limit told only in words",
    403,
    {},
    "API rate limit exceeded",
    { outcome: "limited", retryAt: NOW + 60_000 },
  ],
  [
    "a limit whose end is an HTTP date",
    429,
    { "retry-after": new Date(NOW + 90_000).toUTCString() },
    "",
    { outcome: "limited", retryAt: NOW + 90_000 },
  ],
  ["a limit of no time", 429, { "retry-after": "0" }, "", { outcome: "limited", retryAt: NOW + 60_000 }],
  ["a limit of an age", 429, { "retry-after": "1e15" }, "", { outcome: "limited", retryAt: NOW + 60_000 }],
  [
    "a limit in its old wording",
    403,
    {},
    "You have triggered an abuse detection mechanism.",
    { outcome: "limited", retryAt: NOW + 60_000 },
  ],
  [
    "a lockout after many wrong tokens",
    403,
    {},
    "Maximum number of login attempts exceeded. Please try again later.",
    { outcome: "limited", retryAt: NOW + 60_000 },
  ],
  ["a refusal", 403, {}, "Resource not accessible by integration", { outcome: "refused", kind: "auth" }],
  ["a repository that is gone", 404, {}, "Not Found", { outcome: "refused", kind: "not-found" }],
  ["a version that GitHub ended", 410, {}, "", { outcome: "failed", kind: "service-unavailable" }],
  [
    "a version that an Enterprise Server does not know",
    400,
    {},
    "The version you specified is not a supported version.",
    { outcome: "failed", kind: "service-unavailable" },
  ],
  [
    "a repository that is blocked for its terms",
    403,
    {},
    "Repository access blocked",
    { outcome: "refused", kind: "not-found" },
  ],
  [
    "a repository that is archived",
    403,
    {},
    "Repository was archived so is read-only.",
    { outcome: "refused", kind: "not-found" },
  ],
  ["a repository that is blocked by a notice", 451, {}, "", { outcome: "refused", kind: "not-found" }],
  ["an answer that is none to a dispatch", 200, {}, "", { outcome: "failed", kind: "network" }],
  ["a payload GitHub will not have", 422, {}, "too large", { outcome: "refused", kind: "payload" }],
  ["a token that is not good any more", 401, {}, "Bad credentials", { outcome: "failed", kind: "auth" }],
  ["a request that was not read in time", 408, {}, "", { outcome: "failed", kind: "timeout" }],
  ["a conflict", 409, {}, "", { outcome: "failed", kind: "service-unavailable" }],
  ["an outage", 503, {}, "", { outcome: "failed", kind: "service-unavailable" }],
  [
    "an outage that says when it ends",
    503,
    { "retry-after": "300" },
    "",
    { outcome: "failed", retryAt: NOW + 300_000 },
  ],
  ["a gateway's timeout", 504, {}, "", { outcome: "unknown", status: 504, kind: "timeout" }],
  ["a gateway's error", 502, {}, "", { outcome: "unknown", status: 502, kind: "service-unavailable" }],
  ["an error of GitHub's own", 500, {}, "", { outcome: "failed", kind: "service-unavailable" }],
] as const)("GitHub's answer is understood: %s", async (_, status, headers, message, expected) => {
  token();
  nock(API)
    .persist()
    .post("/repositories/9/dispatches")
    .reply(status, status === 204 ? undefined : { message }, headers);
  expect(await send()).toMatchObject(expected);
});

test("a proxy's page is no dispatch, and the reason names what answered", async () => {
  token();
  nock(API)
    .post("/repositories/9/dispatches")
    .reply(200, "<title>Sign in</title>", { "content-type": "text/html; charset=utf-8", server: "squid" });
  expect(await send()).toMatchObject({
    outcome: "failed",
    status: 200,
    kind: "network",
    reason: expect.stringContaining("answered 200 (text/html from squid)"),
  });
});

test.each([401, 403, 404, 422])(
  "a proxy's page with %i is no refusal of GitHub's: it may pass, and the reason names what answered",
  async (status) => {
    token();
    nock(API)
      .post("/repositories/9/dispatches")
      .reply(status, "<title>Blocked</title>", { "content-type": "text/html", server: "squid" });
    expect(await send()).toMatchObject({
      outcome: "failed",
      status,
      kind: "network",
      reason: expect.stringContaining(`answered ${status} (text/html from squid)`),
    });
  },
);

test("a proxy's demand for credentials is no dispatch, and nothing was sent", async () => {
  token();
  nock(API).post("/repositories/9/dispatches").reply(407, "", { "proxy-authenticate": "Basic" });
  expect(await send()).toMatchObject({
    outcome: "failed",
    kind: "network",
    reason: expect.stringContaining("A proxy answered 407"),
  });
});

test("a proxy's page in the place of a token is no refusal either", async () => {
  nock(API)
    .post("/app/installations/7/access_tokens")
    .reply(404, "<title>Blocked</title>", { "content-type": "text/html" });
  expect(await send()).toMatchObject({
    outcome: "failed",
    kind: "service-unavailable",
    reason: expect.stringContaining("answered 404 (text/html), which is not GitHub's answer"),
  });
});

test.each([301, 302, 303, 307, 308])("a redirect of %i is not followed with a POST", async (status) => {
  token();
  const page = nock("https://sign-in.test")
    .get("/page")
    .reply(200, "<html>")
    .post("/page")
    .reply(200, "<html>");
  nock(API)
    .post("/repositories/9/dispatches")
    .reply(status, undefined, { location: "https://sign-in.test/page?state=secret" });
  const answer = await send();
  expect(answer).toMatchObject({ outcome: "failed", status, kind: "network" });
  expect(answer).toMatchObject({ reason: expect.stringMatching(/redirect to sign-in\.test/) });
  expect(JSON.stringify(answer)).not.toContain("secret");
  expect(page.isDone()).toBe(false);
  nock.cleanAll();
});

test("what GitHub says is cut between characters, in the reason and in the answer that is shown", async () => {
  token();
  const message = `a${"🚀".repeat(600)}`;
  nock(API).post("/repositories/9/dispatches").reply(422, { message });
  expect(await send()).toMatchObject({
    reason: `GitHub answered 422: a${"🚀".repeat(149)}`,
    response: { body: `{"message":"a${"🚀".repeat(493)}` },
  });
});

test("a gateway's page that is no JSON is a lost answer all the same", async () => {
  token();
  nock(API).post("/repositories/9/dispatches").reply(502, "<html>Bad gateway</html>");
  expect(await send()).toMatchObject({ outcome: "unknown", status: 502, reason: "GitHub answered 502." });
});

test("a connection that broke after the request left has an unknown outcome", async () => {
  token();
  nock(API)
    .post("/repositories/9/dispatches")
    .replyWithError(Object.assign(new Error("reset"), { code: "ECONNRESET" }));
  expect(await send()).toMatchObject({ outcome: "unknown", kind: "network" });
});

const noFile = () => Object.assign(new Error("connect EMFILE"), { code: "EMFILE", syscall: "connect" });
const NO_ROOM = {
  outcome: "limited",
  status: null,
  retryAt: NOW + 30_000,
  reason: "This machine has no room for another connection (EMFILE). Raise its limits, as LimitNOFILE.",
};

test("a machine that has no room for a connection waits, for a dispatch as for a token", async () => {
  token();
  nock(API).post("/repositories/9/dispatches").replyWithError(noFile());
  expect(await send()).toEqual(NO_ROOM);
  nock.cleanAll();
  nock(API).persist().post("/app/installations/7/access_tokens").replyWithError(noFile());
  expect(await send()).toEqual(NO_ROOM);
  nock.cleanAll();
});

test.each([
  ["suspends", 403, {}, "This installation has been suspended", { outcome: "refused", kind: "auth" }],
  ["lacks the installation", 404, {}, "Not Found", { outcome: "refused", kind: "not-found" }],
  [
    "knows none of its permissions",
    422,
    {},
    "The permissions requested are not granted to this installation.",
    { outcome: "refused", kind: "auth" },
  ],
  [
    "has a limit, and says by headers alone when it ends",
    403,
    { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset },
    "Forbidden",
    { outcome: "limited", retryAt: NOW + 300_000 },
  ],
] as const)(
  "a token that GitHub does not give is told apart from a dispatch it refused: GitHub %s",
  async (_, status, headers, message, expected) => {
    nock(API)
      .persist()
      .post("/app/installations/7/access_tokens")
      .reply(status, { message }, { date: new Date(NOW).toUTCString(), ...headers });
    // Where the installation is gone, its repository is asked for another one.
    const looked = nock(API).get("/repositories/9/installation").reply(404, { message: "Not Found" });
    expect(await send()).toMatchObject({ ...expected, reason: expect.stringContaining(message) });
    expect(looked.isDone()).toBe(status === 404);
    nock.cleanAll();
  },
);
