import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startGitHub } from "../../fake-github/server.ts";
import { type Stage, setStage } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage.close());

const seconds = () => Math.floor(stage.clock.now() / 1000);

test("an App is known by its id and by its client id", async () => {
  for (const iss of [stage.app.app_id, stage.app.client_id, Number(stage.app.app_id)]) {
    const answer = await stage.request(await stage.jwt({ iss }), "GET", "/app");
    expect(answer.json).toMatchObject({ slug: "carrier", installations_count: 1 });
  }
});

test.each([
  ["that lives longer than ten minutes", () => ({ exp: seconds() + 700 }), 401, "too far in the future"],
  ["that has expired", () => ({ exp: seconds() - 1 }), 401, "Expiration time"],
  ["issued in the future", () => ({ iat: seconds() + 60 }), 401, "Issued at"],
  ["of an App that is not there", () => ({ iss: "999999" }), 404, "Integration not found"],
  ["of an issuer that is no App's id", () => ({ iss: "carrier" }), 401, "must be an Integer"],
  ["without an issuer", () => ({ iss: undefined }), 401, "Missing 'issuer' claim"],
])("a JSON web token %s is refused", async (_, claims, status, message) => {
  const answer = await stage.request(await stage.jwt(claims()), "GET", "/app");
  expect(answer.status).toBe(status);
  expect(answer.json.message).toContain(message);
});

test("a JSON web token that another App signed is refused", async () => {
  const other = stage.control.createApp({ name: "Other", owner: "mona" });
  const answer = await stage.request(await stage.jwt({ iss: other.app_id }), "GET", "/app");
  expect([answer.status, answer.json.message]).toEqual([401, "A JSON web token could not be decoded"]);
});

test("a JSON web token opens no repository", async () => {
  expect((await stage.request(await stage.jwt(), "GET", "/repos/acme/site")).status).toBe(401);
});

test("Octokit's App authentication takes the key as GitHub hands it out", async () => {
  await using github = Object.assign(await startGitHub(), {
    [Symbol.asyncDispose]: () => github.close(),
  });
  const { control, url } = github;
  control.createAccount({ login: "acme" });
  const app = control.createApp({ name: "Carrier", owner: "acme" });
  const { id } = await control.install({ app: app.slug, account: "acme" });
  expect(app.private_key).toContain("BEGIN RSA PRIVATE KEY");
  const octokit = new Octokit({
    baseUrl: `${url}/api/v3`,
    authStrategy: createAppAuth,
    auth: { appId: app.app_id, privateKey: app.private_key, installationId: id },
  });
  expect((await octokit.request("GET /installation/repositories")).data.total_count).toBe(0);
});

test("a token is good for an hour and no longer", async () => {
  const token = await stage.token();
  stage.clock.advance(3_599_000);
  expect((await stage.request(token, "GET", "/installation/repositories")).status).toBe(200);
  stage.clock.advance(2000);
  const answer = await stage.request(token, "GET", "/installation/repositories");
  expect([answer.status, answer.json.message]).toEqual([401, "Bad credentials"]);
});

test("a token narrowed to a repository knows of no other", async () => {
  const { id } = stage.control.repository("acme/site");
  const token = await stage.token({ repository_ids: [id], permissions: { contents: "read" } });
  const { json } = await stage.request(token, "GET", "/installation/repositories");
  expect(json.repositories.map((one: { full_name: string }) => one.full_name)).toEqual(["acme/site"]);
  expect((await stage.request(token, "GET", "/repos/acme/vault")).status).toBe(404);
});

test("a token narrowed to a permission does nothing else", async () => {
  const token = await stage.token({ permissions: { contents: "read" } });
  expect((await stage.request(token, "GET", "/repos/acme/site/contents/README.md")).status).toBe(200);
  const hooks = await stage.request(token, "GET", "/repos/acme/site/hooks");
  expect([hooks.status, hooks.json.message]).toEqual([403, "Resource not accessible by integration"]);
  const dispatch = await stage.request(token, "POST", "/repos/acme/site/dispatches", { event_type: "a" });
  expect(dispatch.status).toBe(403);
});

test.each([
  ["a permission that was not granted", { permissions: { administration: "write" } }],
  ["a higher level than was granted", { permissions: { actions: "write" } }],
  ["a repository that is not there", { repositories: ["nothing"] }],
  ["no repository at all", { repository_ids: [] }],
])("a token for %s is not issued", async (_, narrowing) => {
  const path = `/app/installations/${stage.installationId}/access_tokens`;
  expect((await stage.request(await stage.jwt(), "POST", path, narrowing)).status).toBe(422);
});

test("a permission taken back is gone from tokens that had it", async () => {
  const token = await stage.token();
  const { control, installationId } = stage;
  const { permissions } = control.installation(installationId);
  await control.setPermissions(installationId, { contents: "read" });
  expect((await stage.request(token, "GET", "/repos/acme/site/hooks")).status).toBe(403);
  await control.setPermissions(installationId, permissions);
  expect((await stage.request(token, "GET", "/repos/acme/site/hooks")).status).toBe(200);
});

test("a repository removed is gone from tokens that reached it", async () => {
  const token = await stage.token();
  const { control, installationId } = stage;
  await control.changeRepositories(installationId, { remove: ["acme/vault"] });
  expect((await stage.request(token, "GET", "/repos/acme/vault")).status).toBe(404);
  await control.changeRepositories(installationId, { add: ["acme/vault"] });
  expect((await stage.request(token, "GET", "/repos/acme/vault")).status).toBe(200);
});

test("a suspended installation's tokens are refused, and no new ones issued", async () => {
  const token = await stage.token();
  const { control, installationId } = stage;
  await control.suspend(installationId);
  const used = await stage.request(token, "GET", "/repos/acme/site");
  const path = `/app/installations/${installationId}/access_tokens`;
  const asked = await stage.request(await stage.jwt(), "POST", path);
  expect([used, asked].map(({ status, json }) => [status, json.message])).toEqual([
    [403, "This installation has been suspended"],
    [403, "This installation has been suspended"],
  ]);
  await control.unsuspend(installationId);
  expect((await stage.request(token, "GET", "/repos/acme/site")).status).toBe(200);
});

test("an uninstalled App's tokens end at once", async () => {
  stage.control.createAccount({ login: "globex", type: "Organization" });
  const { id } = await stage.control.install({ app: "carrier", account: "globex" });
  const path = `/app/installations/${id}/access_tokens`;
  const { json } = await stage.request(await stage.jwt(), "POST", path);
  await stage.control.uninstall(id);
  expect((await stage.request(json.token, "GET", "/installation/repositories")).status).toBe(401);
  expect((await stage.request(await stage.jwt(), "POST", path)).status).toBe(404);
});

test("an installation is found by its account and by its repository, by name and by id", async () => {
  const { id } = stage.control.repository("acme/site");
  for (const path of [
    "/orgs/acme/installation",
    "/users/acme/installation",
    "/repos/acme/site/installation",
    `/repositories/${id}/installation`,
  ]) {
    expect((await stage.request(await stage.jwt(), "GET", path)).json).toMatchObject({
      id: stage.installationId,
    });
  }
  expect((await stage.request(await stage.jwt(), "GET", "/users/hubot/installation")).status).toBe(404);
});
