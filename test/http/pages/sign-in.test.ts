import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Writable } from "node:stream";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "../../../app/domain/clock.ts";
import { Refusal } from "../../../app/domain/refusal.ts";
import { localPath } from "../../../app/http/pages/local-path.ts";
import { OffsetClock } from "../../../fake-github/offset-clock.ts";
import { type Stage, setStage } from "../../../harness/stage.ts";
import { bringOn } from "../../../harness/world.ts";
import { Browser } from "../../support/browser.ts";

const HOUR = 3_600_000;
const log: string[] = [];
const sink = new Writable({
  write(chunk: Buffer, _, done) {
    log.push(chunk.toString());
    done();
  },
});

const clock = new OffsetClock(systemClock);
const dataDir = mkdtempSync(join(tmpdir(), "zekt-sign-in-"));
let stage: Stage;
let repository: string;
let browser: Browser;

beforeAll(async () => {
  stage = await setStage({ log: pino({ level: "info" }, sink), clock, dataDir });
  repository = `/repositories/${await bringOn(stage, "acme/provider")}`;
  stage.github.control.createAccount({ login: "mallory" });
});
afterAll(async () => {
  await stage.close();
  rmSync(dataDir, { recursive: true });
});
beforeEach(() => {
  stage.github.control.setSignIn("acme-dev");
  browser = new Browser();
});
afterEach(() => {
  vi.restoreAllMocks();
  stage.github.faults.clear();
});

const at = (path: string): string => `${stage.server.url}${path}`;
const get = (path: string): Promise<Response> => browser.request(at(`/api${path}`));
const signIn = (path = "/console/sign-in") => browser.open(at(path));

interface SessionAnswer {
  login: string;
  userId: string;
  avatarUrl: string;
  endsAt: string;
  csrfToken: string;
}
const session = async (): Promise<SessionAnswer> => (await (await get("/session")).json()) as SessionAnswer;

/** Changes something by cookie, as a page of an origin would. */
const change = async (
  path: string,
  headers: Record<string, string>,
  method = "PATCH",
  body: object | null = {},
) =>
  await browser.request(at(path), {
    method,
    headers: { "content-type": "application/json", ...headers },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
const own = async () => ({
  "x-csrf-token": (await session()).csrfToken,
  "sec-fetch-site": "same-origin",
  origin: stage.server.url,
});
const renewals = () => vi.spyOn(stage.server.deps.signIn, "refresh");
const tokensOf = (login: string) => {
  const { id } = stage.github.control.account(login);
  return [...stage.github.world.tokens.values()].flatMap((one) =>
    one.kind === "user" && one.userId === id ? [one] : [],
  );
};

test("a user signs in with GitHub and is back where they wanted to be", async () => {
  const { url } = await signIn("/console/sign-in?return_to=/console/deliveries?status=Failed");
  expect(url).toBe(at("/console/deliveries?status=Failed"));
  const { id } = stage.github.control.account("acme-dev");
  const answer = await session();
  expect(answer).toMatchObject({ login: "acme-dev", userId: String(id) });
  expect(answer.avatarUrl).toMatch(/^https?:/);
  expect(Date.parse(answer.endsAt) - clock.now()).toBeGreaterThan(23 * HOUR);
  expect((await get(repository)).status).toBe(200);
});

test("what the browser keeps tells nothing and no script can read it", async () => {
  await signIn();
  const cookie = browser.set.findLast((line) => line.startsWith("zekt-session="));
  expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Lax$/);
  const [token] = tokensOf("acme-dev").slice(-1);
  const stored = await (await get("/session")).text();
  for (const secret of [token?.token, token?.refreshToken] as string[]) {
    expect(browser.set.join() + stored + log.join()).not.toContain(secret);
  }
});

test("nobody's tokens can be read in the table", async () => {
  await signIn();
  const db = new DatabaseSync(join(dataDir, "zekt.db"), { readOnly: true });
  const stored = JSON.stringify(db.prepare("SELECT value FROM sessions").all());
  db.close();
  expect(stored).toContain("acme-dev");
  expect(stored).not.toMatch(/gh[ur]_/);
});

test.each([
  ["another site", "https://evil.example/console/"],
  ["another host by two slashes", "//evil.example/console/"],
  ["another host by a backslash", "/console\\..\\\\evil.example"],
  ["a path that climbs out", "/console/../setup"],
  ["a path that only begins alike", "/consoles"],
  ["a script", "javascript:alert(1)"],
  ["a path with a line end", "/console/\r\nset-cookie: x=y"],
  ["nothing", undefined],
])("after the sign-in nobody is sent to %s", (_, wanted) => {
  expect(localPath(wanted)).toBe("/console/");
});

test("a page of the console is gone back to, query and all", () => {
  expect(localPath("/console/map?x=1#here")).toBe("/console/map?x=1#here");
  expect(localPath("/console")).toBe("/console");
});

test("an answer is taken only by the browser that asked", async () => {
  const started = await browser.request(at("/console/sign-in"));
  const consent = await browser.request(started.headers.get("location") as string);
  const back = consent.headers.get("location") as string;
  const victim = new Browser();
  expect((await victim.request(back)).status).toBe(400);
  expect(victim.cookies(stage.server.url)).toBe("");
  const forged = new URL(back);
  forged.searchParams.set("state", "other");
  expect((await browser.request(forged.href)).status).toBe(400);
  // The attempt is over with the first answer, whatever it was.
  expect((await browser.request(back)).status).toBe(400);
  expect((await get("/session")).status).toBe(401);
});

test("an answer that comes after ten minutes is taken no more", async () => {
  const started = await browser.request(at("/console/sign-in"));
  const consent = await browser.request(started.headers.get("location") as string);
  clock.advance(600_000);
  expect((await browser.request(consent.headers.get("location") as string)).status).toBe(400);
});

test("GitHub is asked with a challenge, and refuses the code of somebody without its verifier", async () => {
  const started = await browser.request(at("/console/sign-in"));
  const address = new URL(started.headers.get("location") as string);
  expect(address.searchParams.get("code_challenge_method")).toBe("S256");
  address.searchParams.set("code_challenge", "x".repeat(43));
  const consent = await browser.request(address.href);
  const answer = await browser.request(consent.headers.get("location") as string);
  expect(answer.status).toBe(502);
  expect((await get("/session")).status).toBe(401);
});

test("who says no at GitHub is told so and can try again", async () => {
  stage.github.control.setSignIn("acme-dev", true);
  const { response } = await signIn();
  expect(response.status).toBe(403);
  expect(await response.text()).toContain('href="/console/sign-in"');
});

test("a callback URL that the App lacks is named", async () => {
  const { control } = stage.github;
  control.setCallbackUrls("zekt-demo", ["http://127.0.0.1/elsewhere"]);
  const started = await browser.request(at("/console/sign-in"));
  const refused = await browser.request(started.headers.get("location") as string);
  const { searchParams } = new URL(refused.headers.get("location") as string);
  const answer = await browser.request(at(`/console/callback?${searchParams}`));
  expect([answer.status, await answer.text()]).toEqual([
    502,
    expect.stringContaining(at("/console/callback")),
  ]);
  control.setCallbackUrls("zekt-demo", ["http://127.0.0.1/console/callback"]);
});

test("without a session, or with a made-up one, nobody is signed in", async () => {
  expect((await get("/session")).status).toBe(401);
  const answer = await fetch(at("/api/session"), { headers: { cookie: "zekt-session=rubbish" } });
  expect(answer.status).toBe(401);
  expect(answer.headers.get("set-cookie")).toMatch(/^zekt-session=; Max-Age=0/);
});

test("a session ends a day after it was last renewed", async () => {
  await signIn();
  clock.advance(24 * HOUR - 60_000);
  expect((await get("/session")).status).toBe(200);
  clock.advance(24 * HOUR + 1000);
  expect((await get("/session")).status).toBe(401);
});

test("a session that is used is over after thirty days all the same", async () => {
  await signIn();
  for (let hours = 0; hours < 30 * 24; hours += 20) {
    expect([hours, (await get("/session")).status]).toEqual([hours, 200]);
    clock.advance(20 * HOUR);
  }
  expect((await get("/session")).status).toBe(401);
});

test("a token that is about to end is renewed once, however many requests need it", async () => {
  await signIn();
  const [first] = tokensOf("acme-dev").slice(-1);
  clock.advance(7.9 * HOUR);
  const renewed = renewals();
  const answers = await Promise.all(Array.from({ length: 8 }, () => get(repository)));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  expect(renewed).toHaveBeenCalledTimes(1);
  expect(tokensOf("acme-dev")).not.toContain(first);
  clock.advance(2 * HOUR);
  expect((await get(repository)).status).toBe(200);
});

test("a token is renewed once by two processes that need it at once", async () => {
  await signIn();
  clock.advance(7.9 * HOUR);
  // The same store and settings, and nothing else in common.
  const other = { ...stage.server.deps };
  const { resumeSession } = await import("../../../app/steps/sign-in/session.ts");
  const sealed = /zekt-session=([^;]+)/.exec(browser.cookies(stage.server.url))?.[1] as string;
  const { sid } = (await other.seal.open("session cookie", sealed)) as { sid: string };
  const renewed = renewals();
  const [here, there] = await Promise.all([resumeSession(stage.server.deps, sid), resumeSession(other, sid)]);
  expect(here?.token).toMatch(/^ghu_/);
  expect(there?.token).toBe(here?.token);
  expect(renewed).toHaveBeenCalledTimes(1);
});

test("while GitHub does not answer, a token that is still good is used on", async () => {
  await signIn();
  clock.advance(7.9 * HOUR);
  stage.github.faults.add({ route: "/login/oauth/access_token", status: 502 });
  expect((await get(repository)).status).toBe(200);
  expect(stage.github.faults.list()).toEqual([]);
  clock.advance(HOUR);
  expect((await get(repository)).status).toBe(200);
});

test("a session that GitHub renews no more is over", async () => {
  await signIn();
  for (const { token } of tokensOf("acme-dev")) stage.github.world.tokens.delete(token);
  clock.advance(7.9 * HOUR);
  const answer = await get("/session");
  expect([answer.status, ((await answer.json()) as { detail: string }).detail]).toEqual([
    401,
    "The session has ended; sign in again.",
  ]);
});

test("a request whose token is renewed under it is to be tried again, and the session stands", async () => {
  await signIn();
  const { deps } = stage.server;
  vi.spyOn(deps.users, "repositories").mockImplementationOnce(async () => {
    // Another process renews the token while this request is under way.
    clock.advance(7.9 * HOUR);
    expect((await browser.copy().request(at("/api/session"))).status).toBe(200);
    throw new Refusal("unauthenticated", "The token has ended or was revoked; sign in again.");
  });
  const answer = await get("/repositories");
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "1"]);
  expect(answer.headers.get("set-cookie")).toBeNull();
  expect((await get("/repositories")).status).toBe(200);
});

test("a session asks GitHub as its user, and draws nothing on what all users share", async () => {
  await signIn();
  const { requests } = stage.github.control.parts;
  requests.clear();
  // As a minute after the sign-in.
  stage.server.deps.users.forget(tokensOf("acme-dev").at(-1)?.token ?? "");
  for (const path of ["/session", "/repositories", repository, "/session"]) await get(path);
  const asked = requests.list().map(({ path }) => path);
  expect(asked.filter((path) => path.startsWith("/applications/"))).toEqual([]);
  expect(asked.filter((path) => path === "/user")).toHaveLength(1);
});

test("a user who changes their login goes by the new one in a session that began before", async () => {
  stage.github.control.createAccount({ login: "before" });
  stage.github.control.setSignIn("before");
  await signIn();
  expect((await session()).login).toBe("before");
  await stage.github.control.renameAccount("before", "after");
  // Somebody else may have the old one by now, and must not be named as who changed something.
  stage.github.control.createAccount({ login: "before" });
  clock.advance(8 * HOUR);
  expect((await session()).login).toBe("after");
});

test("access that was revoked at GitHub ends the session", async () => {
  await signIn();
  expect((await get(repository)).status).toBe(200);
  for (const { token } of tokensOf("acme-dev")) stage.github.world.tokens.delete(token);
  // Whose a token is, is known for a minute yet; what it may do is asked for all the same.
  const answer = await get("/repositories");
  expect(answer.status).toBe(401);
  expect(answer.headers.get("set-cookie")).toMatch(/^zekt-session=; Max-Age=0/);
  expect((await get("/session")).status).toBe(401);
});

test("who signs out is out, in every copy of the browser, and the token is taken back", async () => {
  await signIn();
  const headers = await own();
  const thief = browser.copy();
  const before = tokensOf("acme-dev").length;
  expect((await change("/console/sign-out", headers, "POST")).status).toBe(204);
  expect(tokensOf("acme-dev").length).toBe(before - 1);
  expect((await get("/session")).status).toBe(401);
  expect((await thief.request(at("/api/session"))).status).toBe(401);
});

test("who signs out while GitHub is away is out no less", async () => {
  await signIn();
  const headers = await own();
  stage.github.faults.add({ route: "/applications/*/token", method: "DELETE", status: 503 });
  expect((await change("/console/sign-out", headers, "POST")).status).toBe(204);
  expect(stage.github.faults.list()).toEqual([]);
  expect((await get("/session")).status).toBe(401);
});

test("a page of this origin may change what its user may", async () => {
  await signIn();
  expect((await change(`/api${repository}`, await own(), "PATCH", { consumer: true })).status).toBe(200);
});

test.each([
  ["another site's", { "sec-fetch-site": "cross-site", origin: "https://evil.example" }, 403],
  ["another site's without Sec-Fetch-Site", { "sec-fetch-site": "", origin: "https://evil.example" }, 403],
  ["a neighbour's", { "sec-fetch-site": "same-site", origin: "https://other.example" }, 403],
  ["a sandboxed frame's", { "sec-fetch-site": "same-origin", origin: "null" }, 403],
  ["one that says nothing of where it is from,", { "sec-fetch-site": "", origin: "" }, 403],
  ["one without the token,", { "x-csrf-token": "" }, 403],
  ["one with somebody else's token,", { "x-csrf-token": "x".repeat(43) }, 403],
  ["one without Sec-Fetch-Site and of this origin,", { "sec-fetch-site": "" }, 200],
])("%s request by cookie is answered as it should be", async (_, changed, status) => {
  await signIn();
  const all: Record<string, string> = { ...(await own()), ...changed };
  const headers = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ""));
  expect((await change(`/api${repository}`, headers, "PATCH", { consumer: true })).status).toBe(status);
  if (status === 200) return;
  expect((await change("/console/sign-out", headers, "POST")).status).toBe(403);
  expect((await get("/session")).status).toBe(200);
});

test("a token in the header is asked for no CSRF token, and a cookie does not stand in for a bad one", async () => {
  await signIn();
  const headers = { authorization: "Bearer ghu_nonsense0000" };
  expect((await change(`/api${repository}`, headers, "PATCH", { consumer: true })).status).toBe(401);
  expect((await get("/session")).status).toBe(200);
});

test("a route for workflow steps takes no cookie, and leaves the session alone", async () => {
  await signIn();
  const answer = await change("/api/events/receive", await own(), "POST", { eventType: "x" });
  expect([answer.status, answer.headers.get("set-cookie")]).toEqual([401, null]);
  expect((await get("/session")).status).toBe(200);
});

test("a second sign-in is another session, and ends the one before", async () => {
  await signIn();
  const before = browser.copy();
  stage.github.control.setSignIn("mallory");
  await signIn();
  expect((await session()).login).toBe("mallory");
  expect((await before.request(at("/api/session"))).status).toBe(401);
});

test("rights are the user's own", async () => {
  stage.github.control.setSignIn("mallory");
  await signIn();
  expect((await get(repository)).status).toBe(404);
});

test("the fake GitHub offers its users to choose from", async () => {
  stage.github.control.setSignIn(null);
  const { url, response } = await signIn();
  const page = await response.text();
  expect(page).toContain('<button name="login" value="acme-dev">');
  expect((await browser.open(`${url}&login=acme-dev`)).url).toBe(at("/console/"));
  expect((await session()).login).toBe("acme-dev");
});

test("a user signs in while strangers send tokens that they made up", async () => {
  stage.github.control.configure({ failedLoginsPerMinute: 100 });
  const statuses: number[] = [];
  for (let n = 0; n < 61; n++) {
    const headers = { authorization: `Bearer ghu_${"x".repeat(20)}${n}` };
    statuses.push((await fetch(at("/api/user"), { headers })).status);
  }
  expect(statuses.at(-1)).toBe(429);
  await signIn();
  expect(await session()).toMatchObject({ login: "acme-dev" });
});
