import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { problem, type Reply, StandIn } from "./support/fake-zekt.ts";
import { runStep } from "./support/run-step.ts";

const RECEIVED = { success: true, eventId: "message-1", consumersNotified: 0, message: "Stored." };
const ACCEPTED: Reply = { status: 202, json: RECEIVED };
/** The first wait is longer than the time there is. */
const AT_ONCE = { ZEKT_ACTION_TIME_LIMIT_MS: "6000", ZEKT_ACTION_FIRST_WAIT_MS: "60000" };
let zekt: StandIn;

beforeEach(async () => {
  zekt = await StandIn.start(() => ACCEPTED);
});
afterEach(() => zekt[Symbol.asyncDispose]());

const send = (env: Record<string, string | undefined> = {}, event = {}) =>
  runStep("send", zekt, { inputs: { "event-type": "built", payload: "{}" }, env, event });

test.each<[string, Reply]>([
  ["503", problem(503, "Service Unavailable", "Starting.")],
  ["429", { status: 429 }],
  ["a connection that breaks", "reset"],
])("%s is tried again with the same Idempotency-Key and a fresh token, and told", async (_, failure) => {
  zekt.zekt = (_seen, n) => (n < 3 ? failure : ACCEPTED);
  const ran = await send();
  expect(ran).toMatchObject({ code: 0, errors: [], outputs: { status: "success" } });
  expect(ran.log.match(/Trying again in 0\.0 s\./g)?.length).toBe(2);
  expect(ran.summary).toContain("<th>Attempts</th><td>3</td>");
  expect(new Set(zekt.calls.map(({ headers }) => headers["idempotency-key"])).size).toBe(1);
  expect(new Set(zekt.calls.map(({ body }) => body)).size).toBe(1);
  expect(zekt.calls.map(({ headers }) => headers.authorization)).toEqual([
    "Bearer token-1",
    "Bearer token-2",
    "Bearer token-3",
  ]);
});

test("every token is masked before it is used", async () => {
  zekt.zekt = (_seen, n) => (n < 2 ? { status: 503 } : ACCEPTED);
  const { log } = await send();
  expect(log).toContain("::add-mask::token-1\n");
  expect(log).toContain("::add-mask::token-2\n");
  expect(log.replaceAll(/^::add-mask::.*$/gm, "")).not.toContain("token-");
});

test("when the time is up the step gives up with the last answer", async () => {
  zekt.zekt = () => problem(503, "Service Unavailable", "Starting.");
  expect(await send(AT_ONCE)).toMatchObject({
    code: 1,
    errors: [`Given up after 1 attempt: ${zekt.host} answered 503 Service Unavailable: Starting.`],
    outputs: { status: "failed" },
  });
});

test("a wait asked for that is longer than the step has left is not begun", async () => {
  zekt.zekt = () => ({ status: 429, headers: { "retry-after": "61" } });
  expect((await send()).errors).toEqual([
    `Given up after 1 attempt as the wait asked for, 61.0 s, is longer than is left: ${zekt.host} answered 429.`,
  ]);
});

test("an answer that does not come ends with the time", async () => {
  zekt.zekt = () => "hang";
  const { errors } = await send({ ...AT_ONCE, ZEKT_ACTION_TIME_LIMIT_MS: "1500" });
  expect(errors).toEqual([
    expect.stringMatching(
      /^Given up after 1 attempt: 127\.0\.0\.1:\d+ could not be reached \(no answer within 1\.\d s\)\.$/,
    ),
  ]);
});

test("a host where nobody answers is named", async () => {
  expect((await send({ ...AT_ONCE, ZEKT_API_URL: "http://127.0.0.1:9" })).errors).toEqual([
    "Given up after 1 attempt: 127.0.0.1:9 could not be reached (ECONNREFUSED).",
  ]);
});

test.each(["", "/", "/api", "/api/"])("the address may end in '%s'", async (end) => {
  expect(await send({ ZEKT_API_URL: `${zekt.url}${end}` })).toMatchObject({ code: 0 });
  expect(zekt.calls[0]?.path).toBe("/api/events/receive");
  expect(zekt.audiences).toEqual([zekt.url]);
});

test("the input wins over the variable, and the audience is the origin whatever the path", async () => {
  const inputs = { "event-type": "built", "zekt-api-url": `${zekt.url}/zekt/` };
  await runStep("send", zekt, { inputs, env: { ZEKT_API_URL: "http://127.0.0.1:9" } });
  expect(zekt.calls[0]?.path).toBe("/zekt/api/events/receive");
  expect(zekt.audiences).toEqual([zekt.url]);
});

test("without an address the error names both places to give it", async () => {
  expect((await send({ ZEKT_API_URL: undefined })).errors).toEqual([
    "Nothing says where Zekt answers: give the input zekt-api-url, or set the variable ZEKT_API_URL.",
  ]);
});

test("a job that may not ask for a token is told the lines to add", async () => {
  const ran = await send({
    ACTIONS_ID_TOKEN_REQUEST_URL: undefined,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: undefined,
  });
  expect(ran.outputs).toEqual({ status: "failed" });
  expect(ran.errors).toEqual([
    "This job may not ask for an ID token: add `permissions: { id-token: write, contents: read }` to it, with whatever else it needs, and to the job that calls it where its workflow is a reusable one.",
  ]);
});

test.each([
  [{ id: 2 }, "pull_request", true],
  [{ id: 2 }, "pull_request_review", true],
  [{ id: 2 }, "pull_request_review_comment", true],
  [{ id: 2 }, "pull_request_target", false],
  [null, "pull_request", true],
  [{ id: 1 }, "pull_request", false],
])(
  "a pull request from %o, told of by %s to a repository with id 1, is a fork's: %s",
  async (repo, name, fork) => {
    const env = { ACTIONS_ID_TOKEN_REQUEST_URL: undefined, GITHUB_EVENT_NAME: name };
    const event = { pull_request: { number: 1, head: { repo }, base: { repo: { id: 1 } } } };
    const { errors } = await send(env, event);
    expect(errors.length).toBe(1);
    expect(errors[0]?.startsWith("GitHub gives no ID token to the pull request of a fork")).toBe(fork);
  },
);

test("GitHub's failures to give a token are tried again, and then named as GitHub's", async () => {
  zekt.tokens = (n) => (n < 3 ? { status: 502 } : { status: 200, json: { value: "token" } });
  expect(await send()).toMatchObject({ code: 0 });
  zekt.tokens = () => ({ status: 502 });
  expect((await send(AT_ONCE)).errors).toEqual([
    `GitHub gave no ID token: Given up after 1 attempt: ${zekt.host} answered 502.`,
  ]);
  expect((await send({ ACTIONS_ID_TOKEN_REQUEST_TOKEN: "another" })).errors).toEqual([
    `GitHub gave no ID token: ${zekt.host} answered 401.`,
  ]);
});

test("calls go through the proxy that the environment names, those to this machine do not", async () => {
  // The stand-in is the proxy: it is asked for a host that nobody could reach.
  const ACTIONS_ID_TOKEN_REQUEST_URL = "http://tokens.invalid/token?api-version=2.0";
  expect(await send({ ACTIONS_ID_TOKEN_REQUEST_URL, http_proxy: zekt.url })).toMatchObject({ code: 0 });
  expect(zekt.audiences).toEqual([zekt.url]);
  expect(await send({ http_proxy: "http://127.0.0.1:9" })).toMatchObject({ code: 0 });
});

/** Makes of this Node one whose requests know no proxies, as 24.4.0 of runner 2.327. */
const WITHOUT_PROXIES = `--import=data:text/javascript,${encodeURIComponent(`
import http from "node:http";
import https from "node:https";
import { syncBuiltinESMExports } from "node:module";
for (const one of [http, https])
  one.Agent = class extends one.Agent {
    constructor({ proxyEnv, ...options } = {}) {
      super(options);
    }
  };
syncBuiltinESMExports();
`)}`;

test("on a Node without support for proxies, such as 24.4.0 of runner 2.327, calls go through the proxy as well", async () => {
  const ACTIONS_ID_TOKEN_REQUEST_URL = "http://tokens.example.invalid/token?api-version=2.0";
  const NODE_OPTIONS = WITHOUT_PROXIES;
  const ran = await send({ ACTIONS_ID_TOKEN_REQUEST_URL, http_proxy: zekt.url, NODE_OPTIONS });
  expect(ran).toMatchObject({ code: 0, errors: [] });
  expect(zekt.proxied.length).toBe(1);
  const through = { ZEKT_API_URL: "https://zekt.example.invalid", https_proxy: zekt.url, NODE_OPTIONS };
  expect((await send({ ...AT_ONCE, ...through })).errors).toEqual([
    expect.stringContaining(`through the proxy ${zekt.host} (the proxy answered 407)`),
  ]);
});

test("a proxy without a scheme is taken, and one that no_proxy excepts the host from is not asked", async () => {
  const ACTIONS_ID_TOKEN_REQUEST_URL = "http://tokens.example.invalid/token?api-version=2.0";
  const http_proxy = `user:word@${zekt.host}`;
  expect(await send({ ACTIONS_ID_TOKEN_REQUEST_URL, http_proxy })).toMatchObject({ code: 0 });
  const authorization = `Basic ${Buffer.from("user:word").toString("base64")}`;
  expect(zekt.proxied).toEqual([
    { address: expect.stringMatching(/^http:\/\/tokens\.example\.invalid\/token\?/), authorization },
  ]);
  const except = { ACTIONS_ID_TOKEN_REQUEST_URL, http_proxy, no_proxy: "example.invalid" };
  expect((await send({ ...AT_ONCE, ...except })).errors).toEqual([
    expect.stringMatching(/tokens\.example\.invalid could not be reached \((ENOTFOUND|EAI_AGAIN)\)\.$/),
  ]);
  expect(zekt.proxied.length).toBe(1);
});

test("a proxy that does not let a step through is named, with what it answered", async () => {
  const ZEKT_API_URL = "https://zekt.example.invalid";
  expect((await send({ ...AT_ONCE, ZEKT_API_URL, HTTPS_PROXY: zekt.url })).errors).toEqual([
    `Given up after 1 attempt: zekt.example.invalid could not be reached through the proxy ${zekt.host} (the proxy answered 407).`,
  ]);
  expect(zekt.proxied).toEqual([{ address: "zekt.example.invalid:443", authorization: undefined }]);
});

test("where Zekt answers 502 until the time is up, the last line says so", async () => {
  zekt.zekt = (_seen, n) => (n < 3 ? { status: 502 } : "hang");
  expect((await send({ ZEKT_ACTION_TIME_LIMIT_MS: "1500" })).errors).toEqual([
    `Given up after 3 attempts: ${zekt.host} answered 502.`,
  ]);
});

const OPENSSL = process.env.OPENSSL ?? "openssl";
const hasOpenssl = (() => {
  try {
    execFileSync(OPENSSL, ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

test.skipIf(!hasOpenssl)("Zekt is called by https, and only with a certificate that is trusted", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tls-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const subject = [
    "-subj",
    "/CN=localhost",
    "-addext",
    "subjectAltName=DNS:localhost,DNS:zekt.example.invalid",
  ];
  const made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-keyout", key, "-out", cert];
  execFileSync(OPENSSL, ["req", "-x509", "-nodes", ...made, ...subject], { stdio: "ignore" });
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
    request.resume();
    response.writeHead(202).end(JSON.stringify(RECEIVED));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const ZEKT_API_URL = `https://localhost:${(server.address() as AddressInfo).port}`;
  try {
    const trusting = await send({ ZEKT_API_URL, NODE_EXTRA_CA_CERTS: cert });
    expect(trusting).toMatchObject({ code: 0, outputs: { "event-id": "message-1" } });
    zekt.tunnelTo = (server.address() as AddressInfo).port;
    const through = { ZEKT_API_URL: "https://zekt.example.invalid", https_proxy: zekt.url };
    expect(await send({ ...through, NODE_EXTRA_CA_CERTS: cert })).toMatchObject({ code: 0, errors: [] });
    expect(zekt.proxied).toEqual([{ address: "zekt.example.invalid:443", authorization: undefined }]);
    expect((await send({ ...AT_ONCE, ...through })).errors).toEqual([
      expect.stringMatching(/ through the proxy .* \(DEPTH_ZERO_SELF_SIGNED_CERT\): /),
    ]);
    const { log, errors } = await send({ ZEKT_API_URL });
    expect(errors).toEqual([
      `${new URL(ZEKT_API_URL).host} could not be reached (DEPTH_ZERO_SELF_SIGNED_CERT): its certificate is not trusted here. Where an authority of your own signed it, name that authority's file in NODE_EXTRA_CA_CERTS, in the job's env.`,
    ]);
    expect(log).not.toContain("Trying again");
  } finally {
    server.close();
    rmSync(folder, { recursive: true });
  }
});
