import { afterAll, beforeAll, expect, test } from "vitest";
import type { Role } from "../../fake-github/state.ts";
import { type Stage, setStage } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage.close());

const tokenOf = (login: string) => stage.control.userToken(login, stage.app.client_id);
const as = (login: string, method: string, path: string, body?: unknown) =>
  stage.request(tokenOf(login), method, path, body);

test.each<[Role, object]>([
  ["read", { admin: false, maintain: false, push: false, triage: false, pull: true }],
  ["triage", { admin: false, maintain: false, push: false, triage: true, pull: true }],
  ["write", { admin: false, maintain: false, push: true, triage: true, pull: true }],
  ["maintain", { admin: false, maintain: true, push: true, triage: true, pull: true }],
  ["admin", { admin: true, maintain: true, push: true, triage: true, pull: true }],
])("a user with the role %s is told their rights", async (role, permissions) => {
  stage.control.setRole("acme/vault", "hubot", role);
  const { json } = await as("hubot", "GET", "/repos/acme/vault");
  expect(json.permissions).toEqual(permissions);
  const asked = await stage.request(
    await stage.token(),
    "GET",
    "/repos/acme/vault/collaborators/hubot/permission",
  );
  const permission = { triage: "read", maintain: "write" }[role as string] ?? role;
  expect(asked.json).toMatchObject({ permission, role_name: role });
  stage.control.setRole("acme/vault", "hubot", null);
});

test("a private repository is not there for strangers, a public one is to be read", async () => {
  expect((await as("hubot", "GET", "/repos/acme/vault")).status).toBe(404);
  expect((await stage.request(null, "GET", "/repos/acme/vault")).status).toBe(404);
  const { json } = await as("hubot", "GET", "/repos/acme/site");
  expect(json.permissions).toMatchObject({ pull: true, triage: false });
  expect((await stage.request(null, "GET", "/repos/acme/site")).status).toBe(200);
});

test("a user does no more than their own right, though the App may", async () => {
  const body = { event_type: "built" };
  expect((await as("hubot", "POST", "/repos/acme/site/dispatches", body)).status).toBe(403);
  expect((await as("mona", "POST", "/repos/acme/site/dispatches", body)).status).toBe(204);
  expect((await as("mona", "GET", "/repos/acme/site/hooks")).status).toBe(404);
});

test("a user does no more than the App's right, though they may themselves", async () => {
  stage.control.createRepository({ owner: "mona", name: "diary", private: true });
  expect((await as("mona", "GET", "/repos/mona/diary")).status).toBe(404);
  const { id } = await stage.control.install({
    app: "carrier",
    account: "mona",
    permissions: { contents: "read" },
  });
  expect((await as("mona", "GET", "/repos/mona/diary")).status).toBe(200);
  const dispatch = await as("mona", "POST", "/repos/mona/diary/dispatches", { event_type: "a" });
  expect([dispatch.status, dispatch.json.message]).toEqual([403, "Resource not accessible by integration"]);
  await stage.control.uninstall(id);
});

test("a user's lists hold what they were given, not what everybody reads", async () => {
  const installations = await as("mona", "GET", "/user/installations");
  expect(installations.json.installations).toMatchObject([{ id: stage.installationId }]);
  const path = `/user/installations/${stage.installationId}/repositories`;
  const repositories = await as("mona", "GET", path);
  expect(repositories.json.repositories).toMatchObject([
    { full_name: "acme/site", permissions: { maintain: true, admin: false } },
  ]);
  expect((await as("mona", "GET", "/user/repos")).json).toMatchObject([{ full_name: "acme/site" }]);
  expect((await as("hubot", "GET", "/user/installations")).json.total_count).toBe(0);
  expect((await as("hubot", "GET", path)).json.total_count).toBe(0);
});

test("an organisation says whether it is verified", async () => {
  const { json } = await as("mona", "GET", "/orgs/acme");
  expect(json).toMatchObject({ login: "acme", is_verified: true, type: "Organization" });
  expect((await as("mona", "GET", "/orgs/mona")).status).toBe(404);
});

test("a user is who their token says, and an App is nobody", async () => {
  expect((await as("mona", "GET", "/user")).json).toMatchObject({ login: "mona", type: "User" });
  expect((await stage.request(await stage.token(), "GET", "/user")).status).toBe(403);
  expect((await stage.request(null, "GET", "/user")).status).toBe(401);
});

test("an organisation's admins administer its repositories", async () => {
  stage.control.createAccount({ login: "boss" });
  stage.control.setMember("acme", "boss", "admin");
  expect((await as("boss", "GET", "/repos/acme/vault")).json.permissions).toMatchObject({ admin: true });
  stage.control.setMember("acme", "boss", null);
  expect((await as("boss", "GET", "/repos/acme/vault")).status).toBe(404);
});

test("a client without a name is turned away", async () => {
  const { status, text } = await stage.request(null, "GET", "/orgs/acme", undefined, { "user-agent": "" });
  expect([status, text]).toEqual([403, expect.stringContaining("User-Agent")]);
});

test("a version of the API that is none is refused", async () => {
  const headers = { "x-github-api-version": "2020-01-01" };
  expect((await stage.request(null, "GET", "/orgs/acme", undefined, headers)).status).toBe(400);
});

test("the log of requests says who asked, and what their token was narrowed to", async () => {
  const { id } = stage.control.repository("acme/site");
  const token = await stage.token({ repository_ids: [id], permissions: { contents: "read" } });
  await stage.request(token, "GET", "/repos/acme/vault");
  expect(stage.control.requests().at(-1)).toMatchObject({
    method: "GET",
    path: "/repos/acme/vault",
    status: 404,
    as: "installation",
    permissions: { contents: "read", metadata: "read" },
    repository_ids: [id],
  });
});

test("an organization with single sign-on refuses tokens of users who had not signed on, and lists leave it out", async () => {
  const old = tokenOf("mona");
  stage.control.setGuards("acme", ["single-sign-on"]);
  const { id } = stage.control.account("acme");
  const refused = await stage.request(old, "GET", "/repos/acme/site");
  expect([refused.status, refused.json.message]).toEqual([
    403,
    "Resource protected by organization SAML enforcement. You must grant your OAuth token access to this organization.",
  ]);
  expect(refused.headers.get("x-github-sso")).toMatch(/^required; url=http:\/\/\S+\/orgs\/acme\/sso\?/);
  for (const path of ["/user/installations", "/user/repos"]) {
    const listed = await stage.request(old, "GET", path);
    expect(listed.headers.get("x-github-sso")).toBe(`partial-results; organizations=${id}`);
    expect(listed.json.installations ?? listed.json).toEqual([]);
  }
  expect((await stage.request(await stage.token(), "GET", "/repos/acme/site")).status).toBe(200);
  stage.control.signOn("mona", "acme");
  expect((await stage.request(old, "GET", "/repos/acme/site")).status).toBe(403);
  expect((await as("mona", "GET", "/repos/acme/site")).status).toBe(200);
  stage.control.setGuards("acme", []);
});

test("an IP allow list keeps the App out, too, but not anyone who does not say who they are", async () => {
  const token = await stage.token();
  stage.control.setGuards("acme", ["ip-allow-list"]);
  const message = expect.stringContaining("the `acme` organization has an IP allow list enabled");
  for (const [by, path] of [
    [token, "/repos/acme/site"],
    [token, "/installation/repositories"],
    [await stage.jwt(), "/repos/acme/site/installation"],
    [tokenOf("mona"), "/repos/acme/site"],
  ] as const) {
    const { status, json } = await stage.request(by, "GET", path);
    expect([status, json.message]).toEqual([403, message]);
  }
  expect((await stage.request(null, "GET", "/repos/acme/site")).status).toBe(200);
  stage.control.setGuards("acme", []);
});

test.each([
  ["dmca", 451],
  ["tos", 403],
] as const)(
  "a repository that is blocked for %s is listed, and all else of it is refused",
  async (reason, status) => {
    stage.control.setBlocked("acme/site", reason);
    const token = await stage.token();
    const listed = await stage.request(token, "GET", "/installation/repositories");
    expect(listed.json.repositories.map((one: { name: string }) => one.name)).toContain("site");
    for (const path of ["", "/contents/README.md", "/actions/runs", "/hooks", "/issues"]) {
      const { status: answered, json } = await stage.request(token, "GET", `/repos/acme/site${path}`);
      expect([path, answered, json.message, json.block.reason]).toEqual([
        path,
        status,
        "Repository access blocked",
        reason,
      ]);
    }
    const dispatched = await stage.request(token, "POST", "/repos/acme/site/dispatches", { event_type: "a" });
    expect(dispatched.status).toBe(status);
    stage.control.setBlocked("acme/site", null);
  },
);
