import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RELEASE, type Stage, setStage, WORKFLOW } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage.close());

type RunWish = Partial<Parameters<Stage["control"]["startRun"]>[0]>;

const start = async (wish: RunWish = {}) => {
  const run = await stage.control.startRun({ repository: "acme/site", workflow: WORKFLOW, ...wish });
  return { run, env: stage.control.runAnswer(run).env };
};
/** Asks for a token as a job does. */
const ask = (env: Record<string, string>, audience = "") =>
  stage.request(
    env.ACTIONS_ID_TOKEN_REQUEST_TOKEN as string,
    "GET",
    `${env.ACTIONS_ID_TOKEN_REQUEST_URL}${audience && `&audience=${encodeURIComponent(audience)}`}`,
  );
/** Verifies a token as anybody on the net would: by discovery. */
const verify = async (token: string, audience: string) => {
  const discovery = await stage.request(
    null,
    "GET",
    `${stage.github.oidcIssuer}/.well-known/openid-configuration`,
  );
  return await jwtVerify(token, createRemoteJWKSet(new URL(discovery.json.jwks_uri)), {
    issuer: discovery.json.issuer,
    audience,
    currentDate: new Date(stage.clock.now()),
    algorithms: ["RS256"],
  });
};

test("a token is verified by discovery, and says everything about its run, ids as text", async () => {
  const { run, env } = await start();
  const { json } = await ask(env, "https://carrier.example");
  const { payload } = await verify(json.value, "https://carrier.example");
  const repository = stage.control.repository("acme/site");
  expect(payload).toMatchObject({
    sub: expect.stringMatching(/^repo:acme@\d+\/site@\d+:ref:refs\/heads\/main$/),
    repository: "acme/site",
    repository_id: String(repository.id),
    repository_owner: "acme",
    repository_owner_id: String(stage.control.account("acme").id),
    repository_visibility: "public",
    run_id: String(run.id),
    run_number: "1",
    run_attempt: "1",
    workflow: "Release",
    workflow_ref: `acme/site/${WORKFLOW}@refs/heads/main`,
    job_workflow_ref: `acme/site/${WORKFLOW}@refs/heads/main`,
    event_name: "push",
    ref: "refs/heads/main",
    ref_type: "branch",
    sha: run.headSha,
    actor: "acme",
    runner_environment: "github-hosted",
  });
  const numbers = Object.entries(payload).filter(([, value]) => typeof value === "number");
  expect(numbers.map(([name]) => name).sort()).toEqual(["exp", "iat", "nbf"]);
  expect((payload.exp as number) - (payload.iat as number)).toBe(300);
});

test.each(["push", "release"])(
  "the %s of a tag has the tag's name as head_branch, and its ref apart",
  async (event) => {
    const { run, env } = await start({ event, tag: "v1.4.0" });
    expect(stage.control.parts.runs.json(run)).toMatchObject({ event, head_branch: "v1.4.0" });
    expect(env).toMatchObject({
      GITHUB_REF: "refs/tags/v1.4.0",
      GITHUB_REF_NAME: "v1.4.0",
      GITHUB_REF_TYPE: "tag",
    });
    const { json } = await ask(env, "https://carrier.example");
    expect(decodeJwt(json.value)).toMatchObject({
      sub: expect.stringMatching(/:ref:refs\/tags\/v1\.4\.0$/),
      ref: "refs/tags/v1.4.0",
      ref_type: "tag",
      workflow_ref: `acme/site/${WORKFLOW}@refs/tags/v1.4.0`,
    });
  },
);

test("without an audience it is the owner's address", async () => {
  const { env } = await start();
  const { json } = await ask(env);
  const { payload } = await verify(json.value, `${stage.github.url}/acme`);
  expect(payload.jti).toBeTypeOf("string");
});

test("a token is for once: the next has another jti", async () => {
  const { env } = await start();
  const tokens = [await ask(env, "a"), await ask(env, "a")].map(({ json }) => json.value as string);
  const [first, second] = await Promise.all(tokens.map((token) => verify(token, "a")));
  expect(first?.payload.jti).not.toBe(second?.payload.jti);
});

test("after the run's end no token is issued, and a re-run has a request token of its own", async () => {
  const { run, env } = await start();
  await stage.control.completeRun(run.id, "failure");
  expect((await ask(env)).status).toBe(401);
  const again = stage.control.runAnswer(await stage.control.rerun(run.id));
  const { payload } = await verify((await ask(again.env, "a")).json.value, "a");
  expect(payload).toMatchObject({ run_id: String(run.id), run_attempt: "2" });
  expect((await ask(env)).status).toBe(401);
});

test("the pull request of a fork gets no token, and says where it comes from", async () => {
  const { run, env } = await start({ event: "pull_request", fork: "hubot/site", head_branch: "main" });
  expect(env).not.toHaveProperty("ACTIONS_ID_TOKEN_REQUEST_URL");
  expect(env).toMatchObject({
    GITHUB_HEAD_REF: "main",
    GITHUB_BASE_REF: "main",
    GITHUB_REF: "refs/pull/1/merge",
  });
  expect(stage.control.parts.runs.json(run)).toMatchObject({
    head_branch: "main",
    head_repository: { full_name: "hubot/site", fork: true },
    repository: { full_name: "acme/site" },
  });
});

test("a pull_request_target run of a fork has a token of the base branch", async () => {
  const { env } = await start({ event: "pull_request_target", fork: true, head_branch: "fix" });
  const { payload } = await verify((await ask(env, "a")).json.value, "a");
  expect(payload).toMatchObject({
    event_name: "pull_request_target",
    ref: "refs/heads/main",
    head_ref: "fix",
    base_ref: "main",
    repository: "acme/site",
  });
});

test("a pull request from the repository itself has a token", async () => {
  const { env } = await start({ event: "pull_request", head_branch: "fix" });
  const { payload } = await verify((await ask(env, "a")).json.value, "a");
  expect(payload).toMatchObject({
    sub: expect.stringMatching(/^repo:acme@\d+\/site@\d+:pull_request$/),
    ref: "refs/pull/1/merge",
  });
});

test("a job without id-token: write gets none", async () => {
  const { env } = await start({ id_token: false });
  expect(env).not.toHaveProperty("ACTIONS_ID_TOKEN_REQUEST_TOKEN");
});

test("a new key signs what comes after, and the old one verifies what came before until it is forgotten", async () => {
  const { env } = await start();
  const before = (await ask(env, "a")).json.value as string;
  await stage.request(null, "POST", "/_control/oidc/rotate", {});
  const after = (await ask(env, "a")).json.value as string;
  expect(decodeProtectedHeader(after).kid).not.toBe(decodeProtectedHeader(before).kid);
  await verify(before, "a");
  await verify(after, "a");
  await stage.request(null, "POST", "/_control/oidc/rotate", { forget: true });
  await expect(verify(before, "a")).rejects.toThrow("no applicable key");
});

test("an enterprise's own issuer ends with its slug, and its discovery document leads to the keys of all", async () => {
  stage.control.configure({ issuerSlug: "octo-corp" });
  const { env } = await start();
  const token = (await ask(env, "a")).json.value as string;
  const issuer = `${stage.github.oidcIssuer}/octo-corp`;
  expect(decodeJwt(token).iss).toBe(issuer);
  const discover = (of: string) => fetch(`${of}/.well-known/openid-configuration`);
  const discovery = (await (await discover(issuer)).json()) as Record<string, unknown>;
  expect([discovery.issuer, discovery.jwks_uri]).toEqual([
    issuer,
    `${stage.github.oidcIssuer}/.well-known/jwks`,
  ]);
  expect((await discover(`${stage.github.oidcIssuer}/made-up`)).status).toBe(404);
  stage.control.configure({ issuerSlug: "" });
});

test("a deployment's run has a token without a ref", async () => {
  const { env } = await start({ event: "deployment" });
  expect(decodeJwt((await ask(env, "a")).json.value as string).ref).toBe("");
});

test("each job has a check run of its own, and a token has the properties that its organisation includes", async () => {
  stage.control.createRepository({
    owner: "acme",
    name: "shop",
    files: { [WORKFLOW]: RELEASE },
    oidc_properties: { team: "platform", tier: "gold" },
  });
  const [one, other] = [await start({ repository: "acme/shop" }), await start({ repository: "acme/shop" })];
  const claims = async ({ env }: typeof one) => decodeJwt((await ask(env, "a")).json.value as string);
  const first = await claims(one);
  expect(first).toMatchObject({
    repo_property_team: "platform",
    repo_property_tier: "gold",
    check_run_id: expect.stringMatching(/^\d+$/),
  });
  expect((await claims(one)).check_run_id).toBe(first.check_run_id);
  expect((await claims(other)).check_run_id).not.toBe(first.check_run_id);
});
