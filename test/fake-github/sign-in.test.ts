import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Answer, type Stage, setStage } from "./stage.ts";

const CALLBACK = "https://carrier.example/callback";
const VERIFIER = "v".repeat(50);
const CHALLENGE = createHash("sha256").update(VERIFIER).digest("base64url");
const JSON_PLEASE = { accept: "application/json", "content-type": "application/json" };

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage.close());
beforeEach(() => stage.control.setSignIn("mona"));

const authorize = (query: Record<string, string>) =>
  stage.request(
    null,
    "GET",
    `/login/oauth/authorize?${new URLSearchParams({ client_id: stage.app.client_id, ...query })}`,
  );
const sentTo = (answer: Answer) => new URL(answer.headers.get("location") as string);
const exchange = (form: object) =>
  stage.request(
    null,
    "POST",
    "/login/oauth/access_token",
    { client_id: stage.app.client_id, client_secret: stage.app.client_secret, ...form },
    JSON_PLEASE,
  );
const codeFor = async (query: Record<string, string> = {}) =>
  sentTo(await authorize(query)).searchParams.get("code") as string;
const loginOf = async (token: string) => (await stage.request(token, "GET", "/user")).json?.login;

test("a browser comes back with a code and its state, and the code becomes a token", async () => {
  const answer = await authorize({
    state: "abc",
    redirect_uri: CALLBACK,
    code_challenge: CHALLENGE,
    code_challenge_method: "S256",
  });
  const back = sentTo(answer);
  expect([answer.status, back.origin + back.pathname, back.searchParams.get("state")]).toEqual([
    302,
    CALLBACK,
    "abc",
  ]);
  const { json } = await exchange({ code: back.searchParams.get("code"), code_verifier: VERIFIER });
  expect(json).toMatchObject({ expires_in: 28_800, scope: "", token_type: "bearer" });
  expect(json.access_token).toMatch(/^ghu_/);
  expect(json.refresh_token).toMatch(/^ghr_/);
  expect(await loginOf(json.access_token)).toBe("mona");
});

test("a code is good once", async () => {
  const code = await codeFor();
  await exchange({ code });
  expect((await exchange({ code })).json.error).toBe("bad_verification_code");
});

test("a code is good for ten minutes", async () => {
  const code = await codeFor();
  stage.clock.advance(600_001);
  expect((await exchange({ code })).json.error).toBe("bad_verification_code");
});

test.each([
  ["another verifier", { code_verifier: "w".repeat(50) }, "bad_verification_code"],
  ["no verifier", {}, "bad_verification_code"],
  ["another client secret", { code_verifier: VERIFIER, client_secret: "no" }, "incorrect_client_credentials"],
  [
    "another redirect",
    { code_verifier: VERIFIER, redirect_uri: "https://evil.example" },
    "redirect_uri_mismatch",
  ],
])("with %s a code is worth nothing", async (_, form, error) => {
  const code = await codeFor({ code_challenge: CHALLENGE, code_challenge_method: "S256" });
  const { status, json } = await exchange({ code, ...form });
  expect([status, json.error]).toEqual([200, error]);
});

test("the answer is a form unless JSON is asked for", async () => {
  const body = JSON.stringify({
    client_id: stage.app.client_id,
    client_secret: stage.app.client_secret,
    code: await codeFor(),
  });
  const answer = await stage.request(null, "POST", "/login/oauth/access_token", body, {
    "content-type": "application/json",
  });
  expect(new URLSearchParams(answer.text).get("access_token")).toMatch(/^ghu_/);
});

test("nobody is sent to an address that is not the App's", async () => {
  const back = sentTo(await authorize({ redirect_uri: "https://evil.example/callback" }));
  expect([back.origin, back.searchParams.get("error")]).toEqual([
    "https://carrier.example",
    "redirect_uri_mismatch",
  ]);
});

test("on loopback any port will do, and nothing but the port", async () => {
  stage.control.setCallbackUrls("carrier", ["http://127.0.0.1/callback"]);
  const good = sentTo(await authorize({ redirect_uri: "http://127.0.0.1:4567/callback" }));
  expect([good.port, good.searchParams.has("code")]).toEqual(["4567", true]);
  const bad = sentTo(await authorize({ redirect_uri: "http://127.0.0.1:4567/other" }));
  expect(bad.searchParams.get("error")).toBe("redirect_uri_mismatch");
  stage.control.setCallbackUrls("carrier", [CALLBACK]);
});

test("a challenge is of S256", async () => {
  const back = sentTo(await authorize({ code_challenge: VERIFIER, code_challenge_method: "plain" }));
  expect(back.searchParams.get("error")).toBe("invalid_request");
});

test("who is not signed in is asked, and keeps what the App sent", async () => {
  stage.control.setSignIn(null);
  const answer = await authorize({ state: "abc" });
  expect(answer.status).toBe(200);
  expect(answer.text).toContain('name="state" value="abc"');
  expect(sentTo(await authorize({ state: "abc", login: "hubot" })).searchParams.has("code")).toBe(true);
});

test("who says no is sent back with that", async () => {
  stage.control.setSignIn("mona", true);
  const back = sentTo(await authorize({ state: "abc" }));
  expect([back.searchParams.get("error"), back.searchParams.get("state")]).toEqual(["access_denied", "abc"]);
});

test("a token ends after eight hours, and its refresh token makes one other", async () => {
  const first = (await exchange({ code: await codeFor() })).json;
  stage.clock.advance(8 * 3_600_000);
  expect(await loginOf(first.access_token)).toBeUndefined();
  const form = { grant_type: "refresh_token", refresh_token: first.refresh_token };
  const second = (await exchange(form)).json;
  expect(await loginOf(second.access_token)).toBe("mona");
  expect((await exchange(form)).json.error).toBe("bad_refresh_token");
});

const DEVICE = { grant_type: "urn:ietf:params:oauth:grant-type:device_code", client_secret: undefined };
const startDevice = async () =>
  (await stage.request(null, "POST", "/login/device/code", { client_id: stage.app.client_id }, JSON_PLEASE))
    .json;

test("a device polls until its user approves, and its token refreshes without a secret", async () => {
  const { device_code, user_code, interval, verification_uri } = await startDevice();
  expect([interval, verification_uri]).toEqual([5, `${stage.github.url}/login/device`]);
  expect((await exchange({ ...DEVICE, device_code })).json.error).toBe("authorization_pending");
  const early = await exchange({ ...DEVICE, device_code });
  expect([early.json.error, early.json.interval]).toEqual(["slow_down", 10]);
  await stage.request(null, "POST", `/_control/devices/${user_code}/approve`, { login: "mona" });
  const { json } = await exchange({ ...DEVICE, device_code });
  expect(await loginOf(json.access_token)).toBe("mona");
  const refreshed = await exchange({
    grant_type: "refresh_token",
    client_secret: undefined,
    refresh_token: json.refresh_token,
  });
  expect(await loginOf(refreshed.json.access_token)).toBe("mona");
});

test("a user types a device's code into the page", async () => {
  const { device_code, user_code } = await startDevice();
  const form = new URLSearchParams({ user_code: user_code.toLowerCase(), login: "hubot" });
  const answer = await stage.request(null, "POST", "/login/device", String(form));
  expect(answer.status).toBe(200);
  const { json } = await exchange({ ...DEVICE, device_code });
  expect(await loginOf(json.access_token)).toBe("hubot");
});

test.each([
  [
    "that its user denied",
    async (code: string) => stage.control.approveDevice(code, "mona", true),
    "access_denied",
  ],
  ["that waited too long", async () => stage.clock.advance(900_000), "expired_token"],
])("a device %s gets nothing", async (_, happens, error) => {
  const { device_code, user_code } = await startDevice();
  await happens(user_code);
  expect((await exchange({ ...DEVICE, device_code })).json.error).toBe(error);
});

const basic = (app: { client_id: string; client_secret: string }) => ({
  authorization: `Basic ${Buffer.from(`${app.client_id}:${app.client_secret}`).toString("base64")}`,
});
const check = (app: Stage["app"], token: string, method = "POST", path = "token") =>
  stage.request(null, method, `/applications/${app.client_id}/${path}`, { access_token: token }, basic(app));

test("an App is told whose token it issued, and nothing of another App's", async () => {
  const token = stage.control.userToken("mona", stage.app.client_id);
  expect((await check(stage.app, token)).json).toMatchObject({ token, user: { login: "mona" } });
  const other = stage.control.createApp({ name: "Stranger", owner: "hubot" });
  expect((await check(other, token)).status).toBe(404);
  expect((await check({ ...stage.app, client_secret: "no" }, token)).status).toBe(401);
  expect((await check(stage.app, token, "DELETE")).status).toBe(204);
  expect((await check(stage.app, token)).status).toBe(404);
});

test("a grant that is taken back takes all its tokens, and the App hears of it", async () => {
  const tokens = [1, 2].map(() => stage.control.userToken("mona", stage.app.client_id));
  expect((await check(stage.app, tokens[0] as string, "DELETE", "grant")).status).toBe(204);
  expect((await check(stage.app, tokens[1] as string)).status).toBe(404);
  await stage.control.idle();
  const told = stage.receiver.received.at(-1);
  expect(told?.headers["x-github-event"]).toBe("github_app_authorization");
  expect(JSON.parse(told?.body ?? "")).toMatchObject({ action: "revoked", sender: { login: "mona" } });
});
