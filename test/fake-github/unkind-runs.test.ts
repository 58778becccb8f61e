import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { DEFAULT_SETTINGS } from "../../fake-github/settings.ts";
import { type Stage, setStage, WORKFLOW } from "./stage.ts";

/* How GitHub tells of runs, and of webhooks that failed, where that is not as one would think. */

let stage: Stage;
let token: string;
beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage.close());
afterEach(() => {
  stage.control.configure(DEFAULT_SETTINGS);
  stage.github.faults.clear();
});

const SITE = "/repos/acme/site";
const get = async (path: string) => (await stage.request(token, "GET", path)).json;
const placeHook = async (): Promise<number> => {
  token = await stage.token();
  for (const { id } of [...stage.control.repository("acme/site").hooks])
    await stage.control.deleteHook("acme/site", id);
  const config = { url: stage.receiver.url, content_type: "json", secret: "s3cret" };
  const { json } = await stage.request(token, "POST", `${SITE}/hooks`, { config, events: ["workflow_run"] });
  await stage.control.idle();
  return json.id as number;
};
const startRun = (more: object = {}) =>
  stage.control.startRun({ repository: "acme/site", workflow: WORKFLOW, ...more });

test("a log is filtered by outcome, page by page; a status of 0 is in neither outcome", async () => {
  const hook = await placeHook();
  for (const status of [502, 301, 504]) {
    const { id } = await startRun();
    stage.github.faults.add({ target: "webhook", status });
    await stage.control.completeRun(id, "success");
  }
  const [unanswered] = stage.control.repository("acme/site").hooks[0]?.deliveries.slice(-1) ?? [];
  Object.assign(unanswered as object, { statusCode: 0 });
  const log = `${SITE}/hooks/${hook}/deliveries`;
  const codes = async (query: string) =>
    (await get(`${log}?${query}`)).map(({ status_code }: { status_code: number }) => status_code);
  expect(await codes("status=failure")).toEqual([502]);
  expect(await codes("status=success")).toContain(301);
  expect(await codes("per_page=100")).toContain(0);
  const first = await stage.request(token, "GET", `${log}?status=success&per_page=2`);
  expect(first.headers.get("link")).toMatch(/status=success.*cursor=v1_\d+.*rel="next"/);
  expect((await stage.request(token, "GET", `${log}?status=failed`)).status).toBe(422);
});

test("a run's end may be told once before its time", async () => {
  await placeHook();
  stage.control.configure({ earlyCompleted: true });
  const run = await startRun();
  stage.receiver.received.length = 0;
  await stage.control.completeRun(run.id, "failure");
  const told = stage.receiver.received.map(({ body }) => JSON.parse(body));
  expect(
    told.map(({ action, workflow_run: { status, conclusion } }) => [action, status, conclusion]),
  ).toEqual([
    ["completed", "in_progress", null],
    ["completed", "completed", "failure"],
  ]);
});

test("a run need not have a title", async () => {
  await placeHook();
  stage.control.configure({ untitledRuns: true });
  const { id } = await startRun();
  expect(await get(`${SITE}/actions/runs/${id}`)).not.toHaveProperty("display_title");
});

test("a fork's run that nobody approved ends without a job, and is the next attempt once it is", async () => {
  await placeHook();
  stage.control.configure({ forkApproval: true });
  const run = await startRun({ event: "pull_request", fork: true, head_branch: "fix" });
  const held = await get(`${SITE}/actions/runs/${run.id}`);
  expect([held.status, held.conclusion, held.run_attempt]).toEqual(["completed", "action_required", 1]);
  await stage.control.rerun(run.id);
  await stage.control.completeRun(run.id, "success");
  const told = stage.control
    .deliveries({ event: "workflow_run" })
    .map((one) => JSON.parse(one.request.body))
    .filter(({ workflow_run }) => workflow_run.id === run.id && workflow_run.status === "completed")
    .map(({ workflow_run }) => [workflow_run.run_attempt, workflow_run.conclusion]);
  expect(told).toEqual([
    [1, "action_required"],
    [2, "success"],
  ]);
  const own = await startRun({ event: "pull_request" });
  expect((await get(`${SITE}/actions/runs/${own.id}`)).status).toBe("in_progress");
});

test("a run of a fork that is gone is listed without its head", async () => {
  const run = await startRun({ event: "pull_request", fork: "hubot/gone", head_branch: "fix" });
  await stage.control.deleteRepository("hubot/gone");
  await stage.control.completeRun(run.id, "success");
  const { workflow_runs } = await get(`${SITE}/actions/runs`);
  const [listed] = workflow_runs.filter(({ id }: { id: number }) => id === run.id);
  expect([listed.conclusion, listed.head_repository, listed.head_commit]).toEqual(["success", null, null]);
});

test("a workflow that is switched off says so, and no dispatch starts it", async () => {
  await placeHook();
  const path = ".github/workflows/listen.yml";
  const text = "on: repository_dispatch\njobs: {job: {runs-on: ubuntu-latest, steps: [{run: echo hello}]}}\n";
  await stage.control.push("acme/site", { [path]: text });
  const body = { path, state: "disabled_inactivity" };
  await stage.request(null, "PUT", `/_control/repositories/acme/site/workflow-state`, body);
  const { workflows } = await get(`${SITE}/actions/workflows`);
  expect(workflows).toContainEqual(expect.objectContaining({ path, state: "disabled_inactivity" }));
  await stage.request(token, "POST", `${SITE}/dispatches`, { event_type: "built" });
  expect(stage.control.dispatches("acme/site").at(-1)?.runIds).toEqual([]);
});

test("GitHub's own workflows run without a file, and are listed", async () => {
  await placeHook();
  const workflow = "dynamic/pages/pages-build-deployment";
  const run = await startRun({ workflow, event: "dynamic" });
  expect(await get(`${SITE}/actions/runs/${run.id}`)).toMatchObject({ path: workflow, event: "dynamic" });
  const { workflows } = await get(`${SITE}/actions/workflows`);
  expect(workflows).toContainEqual(expect.objectContaining({ path: workflow, state: "active" }));
});
