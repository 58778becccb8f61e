import { createHmac, createPublicKey, randomUUID } from "node:crypto";
import { exportJWK, generateKeyPair, type JWK, SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { callAs, startWorld, tokenOf, WORKFLOW, type World } from "../../harness/world.ts";

let world: World;
let runId: number;
let claims: Record<string, unknown>;

const HOUR = 3600;
/** Milliseconds after which GitHub's keys are surely asked for again. */
const KEYS_KEPT = 11 * 60_000;
const seconds = (): number => Math.floor(Date.now() / 1000);

beforeAll(async () => {
  world = await startWorld();
  runId = (await world.github.control.startRun({ repository: "acme/provider", workflow: WORKFLOW })).id;
  const { runs, oidc } = world.github.control.parts;
  const run = runs.find(runId);
  claims = {
    ...oidc.claims(run, 1),
    iss: oidc.issuer,
    aud: world.server.url,
    iat: seconds(),
    exp: seconds() + 300,
  };
});
afterAll(() => world.close());

const publicJwk = (): JWK => world.github.oidc.jwks().keys[0] as JWK;

const send = (token: string, headers: Record<string, string> = {}, body?: object) =>
  callAs(
    world,
    token,
    "POST",
    "/events/receive",
    body ?? { eventType: "built", payload: { jti: randomUUID() }, workflowRunId: String(runId) },
    headers,
  );

/** A token signed by somebody else's key, with whatever header they like. */
async function forged(header: Record<string, unknown> = {}, changed: object = {}): Promise<string> {
  const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
  const jwk = header.jwk === "own" ? await exportJWK(publicKey) : undefined;
  return await new SignJWT({ ...claims, jti: randomUUID(), ...changed })
    .setProtectedHeader({ alg: "RS256", kid: publicJwk().kid, ...header, ...(jwk ? { jwk } : {}) } as never)
    .sign(privateKey);
}

/** The public key taken for an HMAC's secret, as careless libraries do. */
function hmacByPublicKey(format: "pem" | "jwk"): string {
  const jwk = publicJwk();
  const pem = createPublicKey({ key: jwk as never, format: "jwk" }).export({ type: "spki", format: "pem" });
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "HS256", kid: jwk.kid })}.${part({ ...claims, jti: randomUUID() })}`;
  const secret = format === "pem" ? pem : JSON.stringify(jwk);
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

const tampered = async (): Promise<string> => {
  const [header, , signature] = (await tokenOf(world, runId)).split(".");
  const other = { ...claims, jti: randomUUID(), repository_id: world.consumer };
  return [header, Buffer.from(JSON.stringify(other)).toString("base64url"), signature].join(".");
};

const FORGERIES: [string, () => Promise<string> | string][] = [
  ["no signature at all (alg none)", () => new UnsecuredJWT({ ...claims, jti: randomUUID() }).encode()],
  ["an HMAC by the public key's PEM", () => hmacByPublicKey("pem")],
  ["an HMAC by the public key's JWK", () => hmacByPublicKey("jwk")],
  ["another key under GitHub's key id", () => forged()],
  ["another key under a key id of its own", () => forged({ kid: "mine" })],
  ["another key that it brings along (jwk)", () => forged({ jwk: "own" })],
  ["another key that it says where to fetch (jku)", () => forged({ jku: "http://127.0.0.1:1/jwks" })],
  ["claims changed after signing", tampered],
  ["its signature cut off", async () => `${(await tokenOf(world, runId)).split(".").slice(0, 2).join(".")}.`],
  ["another audience", () => tokenOf(world, runId, {}, "https://other.example")],
  ["GitHub's default audience", () => tokenOf(world, runId, {}, "https://github.com/acme")],
  ["the older clients' audience, which is not allowed here", () => tokenOf(world, runId, {}, "api://zekt")],
  [
    "our origin as a mere beginning of the audience",
    () => tokenOf(world, runId, {}, `${world.server.url}.evil.example`),
  ],
  ["another issuer", () => tokenOf(world, runId, { iss: "https://token.actions.githubusercontent.com" })],
  ["an issuer that only begins like GitHub's", () => tokenOf(world, runId, { iss: `${claims.iss}evil` })],
  ["an issuer two levels below GitHub's", () => tokenOf(world, runId, { iss: `${claims.iss}/octo/corp` })],
  ["an issuer above GitHub's", () => tokenOf(world, runId, { iss: `${claims.iss}/..` })],
  ["an enterprise's issuer, and another key", () => forged({}, { iss: `${claims.iss}/evil` })],
  [
    "an enterprise's issuer, and a key of its own",
    () => forged({ kid: "mine" }, { iss: `${claims.iss}/evil` }),
  ],
  ["its time over", () => tokenOf(world, runId, { exp: seconds() - HOUR, iat: seconds() - 2 * HOUR })],
  ["its time yet to come", () => tokenOf(world, runId, { nbf: seconds() + HOUR, iat: seconds() + HOUR })],
  ["no end", () => tokenOf(world, runId, { exp: undefined })],
  ["no id", () => tokenOf(world, runId, { jti: undefined })],
  ["no repository's id", () => tokenOf(world, runId, { repository_id: undefined })],
  ["a number for a repository's id", () => tokenOf(world, runId, { repository_id: Number(world.provider) })],
  ["no run", () => tokenOf(world, runId, { run_id: "" })],
];

test.each(FORGERIES)("a token with %s is refused", async (_, make) => {
  const { status, headers, text } = await send(await make());
  expect(status, text).toBe(401);
  expect(headers.get("www-authenticate")).toMatch(/^Bearer/);
  const { messages } = await world.server.deps.store.runs.load({
    repositoryId: world.provider,
    runId: String(runId),
  });
  expect(messages).toEqual([]);
});

test("a token signed by a key that GitHub has withdrawn is refused once it is forgotten", async () => {
  const { oidc } = world.github.control.parts;
  const lasting = { iat: seconds(), exp: seconds() + 4 * HOUR };
  const [before, soon, late] = await Promise.all([1, 2, 3].map(() => tokenOf(world, runId, lasting)));
  expect((await send(before as string)).status).toBe(202);
  await oidc.rotate(true);
  expect(oidc.jwks().keys).toHaveLength(1);
  try {
    // GitHub's keys are not asked for with each token.
    expect((await send(soon as string)).status).toBe(202);
    vi.setSystemTime(Date.now() + KEYS_KEPT);
    expect((await send(late as string)).status).toBe(401);
    expect((await send(await tokenOf(world, runId))).status).toBe(202);
  } finally {
    vi.useRealTimers();
  }
});

test("a run speaks for no other repository and no other run, whatever it names", async () => {
  const token = () => tokenOf(world, runId);
  const payload = { x: 1 };
  const naming = [
    [{ eventType: "built", payload, workflowRunId: "1" }, {}],
    [{ eventType: "built", payload, repository: "initech/consumer" }, {}],
    [{ eventType: "built", payload }, { "x-github-repository": "initech/consumer" }],
  ] as const;
  for (const [body, headers] of naming) {
    const { status, text } = await send(await token(), headers, body);
    expect(status, text).toBe(403);
  }
});

test("a run confirms, completes and reads nothing that is another repository's", async () => {
  const { control } = world.github;
  const run = await control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
  await control.completeRun(run.id, "success");
  const deliveries = () => world.server.deps.store.deliveries.correlated(String(run.id), world.consumer);
  await expect.poll(async () => (await deliveries()).length, { timeout: 10_000 }).toBe(1);
  const [delivery] = await deliveries();
  const asDispatch = { event_name: "repository_dispatch", ref: "refs/heads/main" };
  const named = { correlationId: String(run.id), deliveryId: delivery?.deliveryId };
  const calls = [
    ["POST", "/event-delivery/confirm", named],
    ["POST", "/event-delivery/complete", { ...named, success: true }],
    ["GET", `/event-delivery/${delivery?.deliveryId}/payload`, undefined],
  ] as const;
  for (const [method, path, body] of calls) {
    // The provider's own run, which knows every id there is to know.
    const { status } = await callAs(world, await tokenOf(world, runId, asDispatch), method, path, body);
    expect(status, path).toBe(404);
  }
  // The consumer's run, but not one that a dispatch started on the default branch.
  const consumers = { ...asDispatch, repository_id: world.consumer, repository: "initech/consumer" };
  for (const claim of [
    { event_name: "push" },
    { ref: "refs/heads/feature" },
    { event_name: "pull_request_target" },
  ]) {
    const token = await tokenOf(world, runId, { ...consumers, ...claim });
    expect((await callAs(world, token, "POST", "/event-delivery/confirm", named)).status).toBe(403);
  }
  expect((await deliveries())[0]?.status).toBe("Dispatched");
});

test("a captured token says nothing but what it said", async () => {
  const token = await tokenOf(world, runId);
  const body = { eventType: "captured", payload: { n: 1 }, workflowRunId: String(runId) };
  expect((await send(token, {}, body)).status).toBe(202);
  expect((await send(token, {}, body)).status).toBe(202);
  expect((await send(token, {}, { ...body, payload: { n: 2 } })).status).toBe(401);
  expect((await send(token, { "idempotency-key": "another" }, body)).status).toBe(401);
  const elsewhere = await callAs(world, token, "POST", "/event-delivery/confirm", { correlationId: "1" });
  expect(elsewhere.status).toBe(401);
});

test("a step's token opens nothing of a user's, nor a user's token anything of a step's", async () => {
  const step = await callAs(world, await tokenOf(world, runId), "GET", "/repositories");
  expect(step.status).toBe(401);
  const [app] = world.github.world.apps.values();
  const user = world.github.control.userToken("acme-dev", app?.clientId ?? "");
  expect((await send(user)).status).toBe(401);
});
