import { existsSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startGitHub } from "../../fake-github/server.ts";
import { type Stage, setStage, WORKFLOW } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage.close());

const call = (method: string, path: string, body?: unknown) =>
  stage.request(null, method, `/_control${path}`, body);

test("it documents itself, for a program and for a person", async () => {
  const { json } = await call("GET", "");
  const start = json.routes.find(({ path }: { path: string }) => path === "/_control/runs");
  expect(start).toMatchObject({ method: "POST", does: expect.stringContaining("Starts a run") });
  expect(start.body.properties).toHaveProperty("head_branch");
  const page = await stage.request(null, "GET", "/_control", undefined, { accept: "text/html" });
  expect(page.headers.get("content-type")).toContain("text/html");
  expect(page.text).toContain("/_control/runs");
});

test("a whole story is told by nothing but HTTP", async () => {
  const { receiver } = stage;
  await call("POST", "/accounts", { login: "globex", type: "Organization", is_verified: true });
  await call("POST", "/repositories", {
    owner: "globex",
    name: "tool",
    files: { [WORKFLOW]: "on: push\njobs: {job: {runs-on: ubuntu-latest, steps: [{run: echo hi}]}}\n" },
  });
  const installation = await call("POST", "/installations", { app: "carrier", account: "globex" });
  const path = `/app/installations/${installation.json.id}/access_tokens`;
  const { json } = await stage.request(await stage.jwt(), "POST", path);
  const hook = await stage.request(json.token, "POST", "/repos/globex/tool/hooks", {
    config: { url: `${receiver.url}/tool`, content_type: "json" },
    events: ["workflow_run"],
  });
  const run = await call("POST", "/runs", { repository: "globex/tool", workflow: WORKFLOW });
  const done = await call("POST", `/runs/${run.json.run_id}/complete`, { conclusion: "failure" });
  expect(done.json.deliveries).toMatchObject([
    { event: "workflow_run", action: "completed", status_code: 202, hook_id: hook.json.id },
  ]);
  await call("POST", "/idle");
  const sent = await call("GET", `/deliveries?repository=globex/tool&event=workflow_run`);
  expect(sent.json.map(({ action }: { action: string }) => action)).toEqual([
    "requested",
    "in_progress",
    "completed",
  ]);
  const again = await call("POST", `/deliveries/${sent.json[2].id}/redeliver`);
  expect(again.json).toMatchObject({ guid: sent.json[2].guid, redelivery: true });
});

test.each([
  ["a body of another form", "POST", "/runs", { repository: 1 }, "repository"],
  [
    "a repository that is not there",
    "POST",
    "/runs",
    { repository: "a/b", workflow: "c" },
    "There is no repository a/b.",
  ],
  [
    "a workflow that is not there",
    "POST",
    "/runs",
    { repository: "acme/site", workflow: "c" },
    "c is not in acme/site.",
  ],
  [
    "an account that is not there",
    "POST",
    "/repositories",
    { owner: "zzz", name: "a" },
    "There is no account zzz.",
  ],
  ["a setting that is none", "PUT", "/settings", { speed: 1 }, "speed"],
  ["events an App may not have", "POST", "/apps", { name: "X", owner: "mona", events: ["push"] }, "push"],
])("%s is refused with a reason", async (_, method, path, body, reason) => {
  const { status, json } = await call(method, path, body);
  expect(status).toBe(422);
  expect(json.message).toContain(reason);
});

test("every setting can be set to what it is", async () => {
  const { json: settings } = await call("GET", "/settings");
  const { status, json } = await call("PUT", "/settings", settings);
  expect([status, json]).toEqual([200, settings]);
});

test("its clock is moved ahead, unless it is somebody else's", async () => {
  const before = stage.clock.now();
  const { json } = await call("POST", "/clock", { advance_ms: 1000 });
  expect(Date.parse(json.now)).toBe(before + 1000);
  const github = await startGitHub({ clock: { now: () => 0 } });
  expect(() => github.control.advanceClock(1)).toThrow("a clock of its owner's");
  await github.close();
});

test("files made for a run are gone when the server is", async () => {
  const github = await startGitHub();
  github.control.createAccount({ login: "acme" });
  github.control.createRepository({
    owner: "acme",
    name: "a",
    files: { [WORKFLOW]: "on: push\njobs: {a: {runs-on: x, steps: [{run: a}]}}" },
  });
  const { env } = github.control.runAnswer(
    await github.control.startRun({ repository: "acme/a", workflow: WORKFLOW }),
  );
  expect(existsSync(env.GITHUB_OUTPUT as string)).toBe(true);
  await github.close();
  expect(existsSync(env.GITHUB_OUTPUT as string)).toBe(false);
});

test("a reset forgets everything", async () => {
  const github = await startGitHub();
  github.control.createAccount({ login: "acme" });
  github.faults.add({ status: 500 });
  await github.control.reset();
  expect([github.world.accounts.size, github.faults.list().length]).toEqual([0, 0]);
  await github.close();
});
