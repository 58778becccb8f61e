import { generateKeyPairSync, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, SignJWT } from "jose";
import { afterEach, beforeEach, expect, test } from "vitest";
import { HOUR, MINUTE, SECOND } from "../../app/domain/clock.ts";
import { OidcVerifier, TokenRefused } from "../../app/github/oidc.ts";
import { Requests } from "../../app/github/requests.ts";
import { issuersOf } from "../../app/main/config.ts";

/* Issuers as GitHub has them: their keys are where their discovery document says. */

let server: Server;
let url: string;
let now: number;
/** Answers of the server, by path; 503 where there is none. */
let answers: Record<string, () => object>;
/** Statuses of answers, by path, where they are others. */
let statuses: Record<string, number>;
let asked: string[];
let warnings: { issuer: string; reason: string; areKnown: boolean }[];
let verifier: OidcVerifier;

const keyPair = () => generateKeyPairSync("rsa", { modulusLength: 2048 });
const keys = { shared: keyPair(), own: keyPair(), unknown: keyPair() };
const jwks = async (...kids: (keyof typeof keys)[]) => ({
  keys: await Promise.all(kids.map(async (kid) => ({ ...(await exportJWK(keys[kid].publicKey)), kid }))),
});

const CLAIMS = {
  repository: "acme/site",
  repository_id: "1",
  repository_owner_id: "2",
  run_id: "3",
  run_attempt: "1",
  workflow_ref: "acme/site/.github/workflows/ci.yml@refs/heads/main",
  event_name: "push",
  ref: "refs/heads/main",
  actor: "mona",
};

const tokenOf = async (issuer: string, claims: object = {}, kid: keyof typeof keys = "shared") =>
  await new SignJWT({ jti: randomUUID(), aud: "https://zekt.example", ...CLAIMS, ...claims })
    .setProtectedHeader({ alg: "RS256", kid })
    .setIssuer(issuer)
    .setIssuedAt(now / SECOND)
    .setExpirationTime(now / SECOND + 300)
    .sign(keys[kid].privateKey);

const verify = async (...args: Parameters<typeof tokenOf>) => verifier.verify(await tokenOf(...args), now);

beforeEach(async () => {
  now = Date.parse("2026-05-01T12:00:00Z");
  asked = [];
  statuses = {};
  warnings = [];
  server = createServer((request, response) => {
    const path = request.url ?? "";
    asked.push(path);
    const answer = answers[path];
    response.writeHead(statuses[path] ?? (answer ? 200 : 503), { "content-type": "application/json" });
    response.end(JSON.stringify(answer?.() ?? {}));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const shared = await jwks("shared");
  answers = {
    "/.well-known/openid-configuration": () => ({ jwks_uri: `${url}/keys/all` }),
    "/keys/all": () => shared,
  };
  verifier = new OidcVerifier(
    { issuers: [`${url}`, `${url}/_services/token`], audiences: ["https://zekt.example"] },
    {
      requests: new Requests(),
      onUnavailable: (issuer, reason, areKnown) => warnings.push({ issuer, reason, areKnown }),
    },
  );
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

test("keys are found by the discovery document", async () => {
  expect(await verify(url)).toMatchObject({ repositoryId: "1", runId: "3" });
  expect(asked).toEqual(["/.well-known/openid-configuration", "/keys/all"]);
});

test("an enterprise's own issuer, with its slug at the end, is GitHub's", async () => {
  expect(await verify(`${url}/octo-corp`)).toMatchObject({ repositoryId: "1" });
  expect(asked).toEqual(["/.well-known/openid-configuration", "/keys/all"]);
});

test("an enterprise that has keys of its own is asked for them", async () => {
  const own = await jwks("own");
  answers["/octo-corp/.well-known/openid-configuration"] = () => ({ jwks_uri: `${url}/keys/octo-corp` });
  answers["/keys/octo-corp"] = () => own;
  expect(await verify(`${url}/octo-corp`, {}, "own")).toMatchObject({ repositoryId: "1" });
  await expect(verify(url, {}, "own")).rejects.toThrow("not one that GitHub Actions signed");
});

test("an enterprise's keys that are known serve on where its discovery document is not found for a while", async () => {
  const own = await jwks("own");
  const discovery = "/octo-corp/.well-known/openid-configuration";
  answers[discovery] = () => ({ jwks_uri: `${url}/keys/own` });
  answers["/keys/own"] = () => own;
  await verify(`${url}/octo-corp`, {}, "own");
  statuses[discovery] = 404;
  now += 20 * MINUTE;
  expect(await verify(`${url}/octo-corp`, {}, "own")).toMatchObject({ repository: "acme/site" });
});

test.each([[7], [null], [{ startsWith: "x" }], [["https://token.actions.githubusercontent.com"]], [true]])(
  "a token whose issuer is %j is refused like any that GitHub did not sign",
  async (iss) => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const token = `${part({ alg: "RS256", kid: "shared" })}.${part({ ...CLAIMS, iss })}.AAAA`;
    await expect(verifier.verify(token, now)).rejects.toThrow(TokenRefused);
  },
);

test("several issuers are taken, each with its keys", async () => {
  const own = await jwks("own");
  answers["/_services/token/.well-known/openid-configuration"] = () => ({ jwks_uri: `${url}/keys/own` });
  answers["/keys/own"] = () => own;
  expect(await verify(`${url}/_services/token`, {}, "own")).toMatchObject({ repositoryId: "1" });
  expect(await verify(url)).toMatchObject({ repositoryId: "1" });
});

test("several issuers are set with commas between them, with or without a slash at the end", () => {
  const set = "https://token.actions.githubusercontent.com, https://token.actions.octo.ghe.com/,";
  expect(issuersOf(set)).toEqual([
    "https://token.actions.githubusercontent.com",
    "https://token.actions.octo.ghe.com",
  ]);
});

test.each(["/octo/corp", "/", "/..", "evil", "/octo%2fcorp"])(
  "an issuer that ends with %s is nobody's",
  async (end) => {
    await expect(verify(`${url}${end}`)).rejects.toThrow(/iss claim is not one of GitHub Actions/);
  },
);

test("known keys serve for hours while the issuer gives none, with a warning", async () => {
  await verify(url);
  answers = {};
  now += HOUR;
  expect(await verify(url)).toMatchObject({ repositoryId: "1" });
  const reason = "/.well-known/openid-configuration was answered 503";
  expect(warnings).toEqual([{ issuer: url, reason, areKnown: true }]);
  now += 12 * HOUR;
  await expect(verify(url)).rejects.toMatchObject({ code: "unavailable" });
});

test("while no keys are known, a step is told to come again within its own minute, and is good then", async () => {
  const discovery = answers["/.well-known/openid-configuration"] as () => object;
  for (const outage of [0, 13 * HOUR]) {
    now += outage;
    delete answers["/.well-known/openid-configuration"];
    await expect(verify(url)).rejects.toMatchObject({ code: "unavailable", retryAfter: 5 });
    now += 2 * SECOND;
    await expect(verify(url)).rejects.toMatchObject({ code: "unavailable", retryAfter: 3 });
    answers["/.well-known/openid-configuration"] = discovery;
    now += 3 * SECOND;
    expect(await verify(url)).toMatchObject({ repositoryId: "1" });
  }
});

test("while the issuer gives no keys it is asked once a minute, however many steps call", async () => {
  await verify(url);
  answers = {};
  now += HOUR;
  asked = [];
  for (let n = 0; n < 20; n++) await verify(url);
  expect(asked).toHaveLength(1);
  now += MINUTE;
  await Promise.all([1, 2, 3].map(() => verify(url)));
  expect(asked).toHaveLength(2);
});

test("key ids that nobody knows have the keys asked for once a minute", async () => {
  await verify(url);
  asked = [];
  now += MINUTE;
  for (let n = 0; n < 10; n++) await verify(url, {}, "unknown").catch(() => {});
  expect(asked).toHaveLength(2);
  const rotated = await jwks("unknown");
  answers["/keys/all"] = () => rotated;
  now += MINUTE;
  expect(await verify(url, {}, "unknown")).toMatchObject({ repositoryId: "1" });
});

test("made-up enterprises cost ten lookups a minute at most", async () => {
  await verify(url);
  asked = [];
  for (let n = 0; n < 40; n++) await verify(`${url}/made-up-${n}`, {}, "unknown").catch(() => {});
  expect(asked.filter((path) => path.includes("made-up"))).toHaveLength(10);
});

test("a key that was withdrawn serves for ten minutes at most", async () => {
  await verify(url);
  const rotated = await jwks("own");
  answers["/keys/all"] = () => rotated;
  now += 11 * MINUTE;
  await expect(verify(url)).rejects.toThrow("not one that GitHub Actions signed");
});

test.each([{ ref: "" }, { actor: "" }, { ref: undefined, actor: undefined, event_name: undefined }])(
  "a token with %j names its run all the same",
  async (claims) => {
    expect(await verify(url, claims)).toMatchObject({ repositoryId: "1", runId: "3" });
  },
);

test("a token of an organisation that includes a hundred properties names its run all the same", async () => {
  const properties = Object.fromEntries(
    Array.from({ length: 100 }, (_, n) => [`repo_property_team_${n}`, n % 2 ? ["a", "b"] : "p".repeat(75)]),
  );
  expect(await verify(url, { ...properties, made_up: { by: ["nobody"] } })).toMatchObject({ runId: "3" });
});

test.each([
  ["12345678901", "12345678901"],
  [undefined, null],
  ["", null],
  ["none", null],
  [7, null],
  ["9".repeat(5000), null],
])("a job is taken from check_run_id where it is one: %s", async (check_run_id, jobId) => {
  expect(await verify(url, { check_run_id })).toMatchObject({ runId: "3", jobId });
});

test.each([
  { repository_id: "acme" },
  { run_id: "9".repeat(40) },
  { repository_owner_id: "-2" },
  { run_attempt: "1e3" },
  { run_attempt: "0" },
  { repository: "a".repeat(2000) },
  { workflow_ref: "a".repeat(2000) },
  { ref: "a".repeat(2000) },
])("a claim that is read has bounds: %o", async (claims) => {
  const [name] = Object.keys(claims);
  await expect(verify(url, claims)).rejects.toThrow(`The token's ${name} claim is not one of GitHub Actions`);
});
