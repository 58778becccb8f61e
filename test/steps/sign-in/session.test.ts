import type { Server } from "node:http";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { ApiDeps } from "../../../app/deps.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../../app/domain/clock.ts";
import { GitHubSignIn } from "../../../app/github/sign-in.ts";
import { GitHubUsers } from "../../../app/github/users.ts";
import {
  endRevoked,
  endSession,
  MAX_LIFE,
  type OpenSession,
  resumeSession,
  startSession,
} from "../../../app/steps/sign-in/session.ts";
import { Seal } from "../../../app/store/seal.ts";
import { beforeNext } from "../../support/another-writer.ts";
import { openFragileStorage, type PlainAnswer, setModel, startPlainGitHub } from "../../support/model.ts";

/* A session of the console: how long it lasts, and how its user's token is kept good. */

const USER = { userId: "5", login: "mona", avatarUrl: "https://github.test/mona.png" };
const GRANT = { token: "ghu_first-token", expiresIn: 8 * 3600, refreshToken: "ghr_1" };

let storage: ReturnType<typeof openFragileStorage>;
let github: { url: string; server: Server };
let deps: ApiDeps;
let clock: { at: number };
/** Refresh tokens that GitHub was asked to renew, and tokens that it was asked to take back. */
let refreshed: string[] = [];
let revoked: string[] = [];
/** GitHub's answer in place of a renewal. */
let refusal: PlainAnswer | null = null;

beforeAll(async () => {
  storage = openFragileStorage();
  github = await startPlainGitHub(({ method, url = "" }, body) => {
    if (url === "/login/oauth/access_token") {
      refreshed.push(JSON.parse(body).refresh_token);
      const n = refreshed.length + 1;
      const grant = { access_token: `ghu_token-${n}`, expires_in: 8 * 3600, refresh_token: `ghr_${n}` };
      return refusal ?? { status: 200, body: grant };
    }
    if (method === "DELETE" && url.endsWith("/token")) {
      revoked.push(JSON.parse(body).access_token);
      return refusal ?? { status: 204 };
    }
    return { status: 404 };
  });
});
afterAll(async () => {
  github.server.closeAllConnections();
  github.server.close();
  await storage.close();
});

beforeEach(async () => {
  const setting = await setModel(storage, github.url, []);
  ({ clock } = setting);
  const { requests } = setting.deps.github;
  const app = { webUrl: github.url, apiUrl: github.url, clientId: "id", clientSecret: "secret" };
  deps = {
    ...setting.deps,
    seal: new Seal(new Map([[1, "k".repeat(32)]])),
    signIn: new GitHubSignIn(app, requests),
    users: new GitHubUsers(app, requests),
  };
  refreshed = [];
  revoked = [];
  refusal = null;
});

const resume = async (id: string): Promise<OpenSession> => {
  const session = await resumeSession(deps, id);
  if (!session) throw new Error("The session has ended.");
  return session;
};

test("a session begins with its user and the user's token, under an id that cannot be guessed", async () => {
  const id = await startSession(deps, USER, GRANT);
  expect(id).toMatch(/^[\w-]{43}$/);
  expect(await startSession(deps, USER, GRANT)).not.toBe(id);
  const { session, token } = await resume(id);
  expect(session).toMatchObject(USER);
  expect(token).toBe(GRANT.token);
  expect(await resumeSession(deps, `${id}x`)).toBeNull();
});

test("what is stored of a session holds neither its tokens nor its id in the clear", async () => {
  const id = await startSession(deps, USER, GRANT);
  const stored = JSON.stringify(await deps.store.sessions.get(id));
  for (const secret of [GRANT.token, GRANT.refreshToken, id]) expect(stored).not.toContain(secret);
});

test("a token is used on while more than a quarter of an hour is left of it, and is then renewed", async () => {
  const id = await startSession(deps, USER, GRANT);
  clock.at += 8 * HOUR - 15 * MINUTE - SECOND;
  expect((await resume(id)).token).toBe(GRANT.token);
  expect(refreshed).toEqual([]);
  clock.at += SECOND;
  expect((await resume(id)).token).toBe("ghu_token-2");
  expect(refreshed).toEqual(["ghr_1"]);
  expect((await resume(id)).token).toBe("ghu_token-2");
  clock.at += 8 * HOUR;
  expect((await resume(id)).token).toBe("ghu_token-3");
  expect(refreshed).toEqual(["ghr_1", "ghr_2"]);
});

test("a token that never ends is not renewed", async () => {
  const id = await startSession(deps, USER, { token: "ghu_for-ever", expiresIn: null, refreshToken: null });
  clock.at += DAY - SECOND;
  expect((await resume(id)).token).toBe("ghu_for-ever");
  expect(refreshed).toEqual([]);
});

test("a session ends a day after its token was last renewed, and 30 days after its sign-in whatever happens", async () => {
  const idle = await startSession(deps, USER, GRANT);
  const used = await startSession(deps, USER, GRANT);
  const start = clock.at;
  clock.at += DAY - SECOND;
  expect(await resumeSession(deps, used)).not.toBeNull();
  clock.at += 2 * SECOND;
  expect(await resumeSession(deps, idle)).toBeNull();
  while (clock.at + 20 * HOUR < start + MAX_LIFE) {
    clock.at += 20 * HOUR;
    expect(await resumeSession(deps, used)).not.toBeNull();
  }
  clock.at = start + MAX_LIFE + SECOND;
  expect(await resumeSession(deps, used)).toBeNull();
});

test("of many requests and two processes, one renews the token, and all get the new one", async () => {
  const id = await startSession(deps, USER, GRANT);
  clock.at += 8 * HOUR;
  const other = { ...deps };
  const all = await Promise.all([
    ...Array.from({ length: 5 }, () => resumeSession(deps, id)),
    resumeSession(other, id),
  ]);
  expect(all.map((one) => one?.token)).toEqual(all.map(() => "ghu_token-2"));
  expect(refreshed).toEqual(["ghr_1"]);
});

test("where a process died while it renewed, another renews once its lease is over", async () => {
  const id = await startSession(deps, USER, GRANT);
  clock.at += 8 * HOUR;
  const session = await deps.store.sessions.get(id);
  if (!session) throw new Error("There is no session.");
  await deps.store.sessions.change(id, session, { renewingUntil: clock.at + 20 * SECOND });
  clock.at += 21 * SECOND;
  expect((await resume(id)).token).toBe("ghu_token-2");
});

test("while GitHub does not answer, a token that is still good is used on; one that ended is refused", async () => {
  const id = await startSession(deps, USER, GRANT);
  refusal = { status: 502 };
  clock.at += 8 * HOUR - MINUTE;
  expect((await resume(id)).token).toBe(GRANT.token);
  clock.at += MINUTE;
  await expect(resumeSession(deps, id)).rejects.toMatchObject({ code: "unavailable" });
  refusal = null;
  expect((await resume(id)).token).toMatch(/^ghu_token-/);
});

test("a session that GitHub renews no more ends", async () => {
  const id = await startSession(deps, USER, GRANT);
  refusal = { status: 200, body: { error: "bad_refresh_token" } };
  clock.at += 8 * HOUR;
  expect(await resumeSession(deps, id)).toBeNull();
  refusal = null;
  expect(await resumeSession(deps, id)).toBeNull();
  expect(refreshed).toHaveLength(1);
});

test("while GitHub does not take the App's secret, no session ends", async () => {
  const id = await startSession(deps, USER, GRANT);
  refusal = { status: 200, body: { error: "incorrect_client_credentials" } };
  clock.at += 8 * HOUR - MINUTE;
  expect((await resume(id)).token).toBe(GRANT.token);
  clock.at += MINUTE;
  await expect(resumeSession(deps, id)).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("GITHUB_CLIENT_SECRET"),
  });
  refusal = null;
  expect((await resume(id)).token).toMatch(/^ghu_token-/);
});

test("that GitHub does not take the App's secret is logged once a session, and again after it had taken it", async () => {
  const lines: unknown[] = [];
  deps = { ...deps, log: { ...deps.log, error: ({ event, userId }) => void lines.push({ event, userId }) } };
  const ids = [await startSession(deps, USER, GRANT), await startSession(deps, USER, GRANT)];
  const line = { event: "session.unrenewed", userId: USER.userId };
  const ask = async (): Promise<void> => {
    for (const id of [...ids, ...ids, ...ids]) await resumeSession({ ...deps }, id).catch(() => {});
  };
  refusal = { status: 200, body: { error: "incorrect_client_credentials" } };
  clock.at += 8 * HOUR - MINUTE;
  await ask();
  refusal = { status: 502 };
  await ask();
  refusal = { status: 200, body: { error: "incorrect_client_credentials" } };
  clock.at += 2 * MINUTE;
  await ask();
  expect(lines).toEqual([line, line]);
  refusal = null;
  await ask();
  refusal = { status: 200, body: { error: "incorrect_client_credentials" } };
  clock.at += 8 * HOUR;
  await ask();
  expect(lines).toEqual([line, line, line, line]);
});

test("signing out ends the session and takes the token back, once", async () => {
  const id = await startSession(deps, USER, GRANT);
  await endSession(deps, id);
  await endSession(deps, id);
  expect(await resumeSession(deps, id)).toBeNull();
  expect(revoked).toEqual([GRANT.token]);
});

test("signing out ends the session though GitHub does not answer", async () => {
  const id = await startSession(deps, USER, GRANT);
  refusal = { status: 502 };
  await endSession(deps, id);
  expect(await resumeSession(deps, id)).toBeNull();
});

test("a session whose token GitHub does not take ends, unless its token was renewed meanwhile", async () => {
  const id = await startSession(deps, USER, GRANT);
  const before = await resume(id);
  clock.at += 8 * HOUR;
  const renewed = await resume(id);
  expect(await endRevoked(deps, id, before)).toBe(false);
  expect(await resumeSession(deps, id)).not.toBeNull();
  expect(await endRevoked(deps, id, renewed)).toBe(true);
  expect(await resumeSession(deps, id)).toBeNull();
  expect(await endRevoked(deps, id, renewed)).toBe(true);
});

test("of two processes that begin to renew in the same moment, one asks GitHub, and both get its token", async () => {
  const id = await startSession(deps, USER, GRANT);
  clock.at += 8 * HOUR;
  beforeNext(deps.store.sessions, "change", () => resumeSession({ ...deps }, id));
  expect((await resume(id)).token).toBe("ghu_token-2");
  expect(refreshed).toEqual(["ghr_1"]);
});

test("a session that ends while its token is renewed stays ended", async () => {
  const id = await startSession(deps, USER, GRANT);
  clock.at += 8 * HOUR;
  beforeNext(deps.signIn, "refresh", () => endSession(deps, id));
  expect(await resumeSession(deps, id)).toBeNull();
  expect(await deps.store.sessions.get(id)).toBeNull();
});

test("a session that ends while GitHub does not answer is not used on, though its token is good", async () => {
  const id = await startSession(deps, USER, GRANT);
  refusal = { status: 502 };
  clock.at += 8 * HOUR - MINUTE;
  beforeNext(deps.signIn, "refresh", () => deps.store.sessions.remove(id));
  await expect(resumeSession(deps, id)).rejects.toMatchObject({ code: "unavailable" });
});

test("a session whose token GitHub refuses stays where somebody renews it just before its end", async () => {
  const id = await startSession(deps, USER, GRANT);
  const before = await resume(id);
  clock.at += 8 * HOUR;
  beforeNext(deps.store.sessions, "remove", () => resumeSession(deps, id));
  expect(await endRevoked(deps, id, before)).toBe(false);
  expect((await resume(id)).token).toBe("ghu_token-2");
});
