import { existsSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Stage, setStage, WORKFLOW } from "./stage.ts";

const LISTEN = ".github/workflows/listen.yml";
const listening = (types: string, runName = "") => `name: Listen
${runName}
on:
  repository_dispatch:
    types: [${types}]
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - run: echo "got \${{ github.event.client_payload.word }} for \${{ github.actor }}"
`;

let stage: Stage;
let token: string;
beforeAll(async () => {
  stage = await setStage();
  stage.control.createRepository({ owner: "acme", name: "listener" });
});
afterAll(() => stage.close());
beforeEach(async () => {
  token = await stage.token();
});

const dispatch = async (eventType: string, payload: object) => {
  await stage.request(token, "POST", "/repos/acme/listener/dispatches", {
    event_type: eventType,
    client_payload: payload,
  });
  await stage.control.idle();
  const last = stage.control.dispatches("acme/listener").at(-1);
  return (last?.runIds ?? []).map((id) => stage.control.parts.runs.find(id));
};
test.each([
  ["an actor", { actors: ["acme-dev"], events: null }, /^Actor '.*\[bot\]' is not allowed to trigger/],
  ["an event", { actors: null, events: ["push"] }, /^Event 'repository_dispatch' is not allowed to trigger/],
] as const)(
  "a policy that does not list %s takes the dispatch, and its run ends without a job",
  async (_, { actors, events }, reason) => {
    await stage.control.push("acme/listener", { [LISTEN]: listening("allowed") });
    const policy = { actors: actors && [...actors], events: events && [...events] };
    stage.control.setActionsPolicy("acme/listener", policy);
    const [run] = await dispatch("allowed", {});
    stage.control.setActionsPolicy("acme/listener", null);
    const attempt = stage.control.parts.runs.latest(run as never);
    expect(attempt).toMatchObject({ status: "completed", conclusion: "startup_failure", jobs: {} });
    expect(attempt.log).toEqual([expect.stringMatching(reason)]);
    const [again] = await dispatch("allowed", {});
    expect(stage.control.parts.runs.latest(again as never).conclusion).toBe("success");
  },
);

const CANCELLING = "group: deploy, cancel-in-progress: true";
const ofRun = (group: string) => `concurrency: { ${group} }\n${listening("grouped")}`;
const ofJob = (group: string) =>
  listening("grouped").replace("runs-on:", `concurrency: { ${group} }\n    runs-on:`);

test.each([
  [
    "a plain group cancels the run that waits when another comes",
    ofRun("group: deploy"),
    "success cancelled success",
  ],
  [
    "a group with queue: max has each run wait its turn",
    ofRun("group: deploy, queue: max"),
    "success success success",
  ],
  ["a group may cancel the run in progress", ofRun(CANCELLING), "cancelled cancelled success"],
  ["a job's plain group cancels the job that waits", ofJob("group: deploy"), "success cancelled success"],
  [
    "a job's group with queue: max has each wait",
    ofJob("group: deploy, queue: max"),
    "success success success",
  ],
  ["a job's group may cancel the job in progress", ofJob(CANCELLING), "cancelled cancelled success"],
  [
    "a group of a run's own has nobody wait",
    ofJob(`group: "\${{ github.run_id }}"`),
    "success success success",
  ],
])("%s", async (_, text, conclusions) => {
  const workflow = text.replace("echo", "sleep 0.3; echo");
  await stage.control.push("acme/listener", { [LISTEN]: workflow });
  const before = stage.control.dispatches("acme/listener").length;
  for (let n = 0; n < 3; n++) {
    await stage.request(token, "POST", "/repos/acme/listener/dispatches", { event_type: "grouped" });
  }
  await stage.control.idle();
  const { runs } = stage.control.parts;
  const ids = stage.control
    .dispatches("acme/listener")
    .slice(before)
    .flatMap(({ runIds }) => runIds);
  expect(ids.map((id) => runs.latest(runs.find(id)).conclusion).join(" ")).toBe(conclusions);
});

test("a job in the group of its own run never begins", async () => {
  const text = `concurrency: deploy\n${ofJob("group: Deploy")}`;
  await stage.control.push("acme/listener", { [LISTEN]: text });
  const [run] = await dispatch("grouped", {});
  await stage.control.idle();
  expect(run && stage.control.parts.runs.latest(run).conclusion).toBe("cancelled");
});

test("a run has at most 50 re-runs", async () => {
  const run = await stage.control.startRun({ repository: "acme/site", workflow: WORKFLOW });
  await stage.control.completeRun(run.id, "failure");
  for (let n = 0; n < 50; n++) {
    await stage.control.rerun(run.id);
    await stage.control.completeRun(run.id, "failure");
  }
  await expect(stage.control.rerun(run.id)).rejects.toThrow("limit of 50 re-runs");
});

test.each([
  ["of more than 500 KB", `# ${"x".repeat(500 * 1024)}\n${listening("read")}`, 0],
  ["with an unknown key at its root", `colour: red\n${listening("read")}`, 0],
  ["with background steps", listening("read").replace("- run:", "- background: true\n        run:"), 1],
])("a workflow file %s starts as many runs as at GitHub", async (_, text, runs) => {
  await stage.control.push("acme/listener", { [LISTEN]: text });
  expect(await dispatch("read", {})).toHaveLength(runs);
});

const list = async (query: string) =>
  (await stage.request(token, "GET", `/repos/acme/site/actions/runs?${query}`)).json;

test("a run started by hand has the variables and files that its steps need", async () => {
  const answer = await stage.request(null, "POST", "/_control/runs", {
    repository: "acme/site",
    workflow: WORKFLOW,
    head_branch: "feature",
    actor: "mona",
  });
  const { run_id, run_attempt, status, env } = answer.json;
  expect([run_attempt, status]).toEqual([1, "in_progress"]);
  expect(env).toMatchObject({
    GITHUB_RUN_ID: String(run_id),
    GITHUB_RUN_ATTEMPT: "1",
    GITHUB_REPOSITORY: "acme/site",
    GITHUB_REF: "refs/heads/feature",
    GITHUB_ACTOR: "mona",
    GITHUB_WORKFLOW_REF: `acme/site/${WORKFLOW}@refs/heads/feature`,
    GITHUB_API_URL: stage.github.url,
  });
  expect(JSON.parse(readFileSync(env.GITHUB_EVENT_PATH, "utf8"))).toMatchObject({
    ref: "refs/heads/feature",
  });
  for (const name of ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ENV", "GITHUB_STATE", "RUNNER_TEMP"]) {
    expect(existsSync(env[name])).toBe(true);
  }
});

test("a run that is executed completes with what its steps made of it", async () => {
  const answer = await stage.request(null, "POST", "/_control/runs", {
    repository: "acme/site",
    workflow: WORKFLOW,
    execute: true,
  });
  expect(answer.json).toMatchObject({ status: "completed", conclusion: "success" });
  const told = await stage.request(null, "GET", `/_control/runs/${answer.json.run_id}`);
  expect(told.json.attempts[0].log).toEqual(["hello"]);
});

test("a dispatch runs every workflow on the default branch that listens to its type, and no other", async () => {
  await stage.control.push("acme/listener", {
    [LISTEN]: listening("built, sent"),
    ".github/workflows/other.yml": listening("other"),
    ".github/workflows/broken.yml": "on: repository_dispatch\njobs: 3",
  });
  await stage.control.push(
    "acme/listener",
    { ".github/workflows/branch.yml": listening("built") },
    "feature",
  );
  const runs = await dispatch("built", { word: "hi" });
  expect(runs.map(({ workflowPath }) => workflowPath)).toEqual([LISTEN]);
  const [run] = runs;
  expect(run?.attempts[0]).toMatchObject({ conclusion: "success", log: ["got hi for carrier[bot]"] });
  const seen = await stage.request(null, "GET", "/_control/repositories/acme/listener/dispatches");
  expect(seen.json.at(-1)).toMatchObject({
    event_type: "built",
    client_payload: { word: "hi" },
    app_slug: "carrier",
    runs: [{ id: run?.id, event: "repository_dispatch", conclusion: "success" }],
  });
});

test("a dispatched run is titled by its type, and tells nothing of its payload", async () => {
  const [run] = await dispatch("sent", { word: "secret-word" });
  const { json } = await stage.request(token, "GET", `/repos/acme/listener/actions/runs/${run?.id}`);
  expect(json).toMatchObject({ event: "repository_dispatch", actor: { login: "carrier[bot]", type: "Bot" } });
  expect(json.display_title).toBe("sent");
  expect(JSON.stringify(json)).not.toMatch(/secret-word/);
});

test("a run-name says more, where the workflow's author wrote one", async () => {
  const runName = `run-name: "Run \${{ github.event.client_payload.word }}"`;
  await stage.control.push("acme/listener", { [LISTEN]: listening("named", runName) });
  const [run] = await dispatch("named", { word: "seven" });
  expect(run?.displayTitle).toBe("Run seven");
});

test("more runs than there are runners wait in the queue, and all are done", async () => {
  stage.control.configure({ runners: 1 });
  await stage.control.push("acme/listener", { [LISTEN]: listening("many") });
  const count = 4;
  for (let n = 0; n < count; n++) {
    await stage.request(token, "POST", "/repos/acme/listener/dispatches", { event_type: "many" });
  }
  await stage.control.idle();
  stage.control.configure({ runners: 4 });
  const made = stage.control.dispatches("acme/listener").slice(-count);
  const runs = made.flatMap(({ runIds }) => runIds.map((id) => stage.control.parts.runs.find(id)));
  expect(runs.map((run) => stage.control.parts.runs.latest(run).status)).toEqual(
    Array(count).fill("completed"),
  );
});

test("a re-run is the same run's next attempt, and the one before stays as it was", async () => {
  const run = await stage.control.startRun({ repository: "acme/site", workflow: WORKFLOW });
  const early = await stage.request(null, "POST", `/_control/runs/${run.id}/rerun`, {});
  expect([early.status, early.json.message]).toEqual([422, "This workflow is already running"]);
  await stage.control.completeRun(run.id, "failure");
  const { json } = await stage.request(null, "POST", `/_control/runs/${run.id}/rerun`, {});
  expect(json).toMatchObject({ run_id: run.id, run_attempt: 2, env: { GITHUB_RUN_ATTEMPT: "2" } });
  await stage.control.completeRun(run.id, "success");
  const path = `/repos/acme/site/actions/runs/${run.id}`;
  expect((await stage.request(token, "GET", path)).json).toMatchObject({
    run_attempt: 2,
    conclusion: "success",
    previous_attempt_url: `${stage.github.url}${path}/attempts/1`,
  });
  expect((await stage.request(token, "GET", `${path}/attempts/1`)).json).toMatchObject({
    run_attempt: 1,
    conclusion: "failure",
    previous_attempt_url: null,
  });
  expect((await stage.request(token, "GET", `${path}/attempts/3`)).status).toBe(404);
});

test("re-running failed jobs repeats no other", async () => {
  const text = `on: push
jobs:
  good: {runs-on: ubuntu-latest, steps: [{run: echo good}]}
  bad: {runs-on: ubuntu-latest, steps: [{run: 'test "$GITHUB_RUN_ATTEMPT" = 2'}]}
`;
  await stage.control.push("acme/site", { ".github/workflows/flaky.yml": text });
  const run = await stage.control.startRun({
    repository: "acme/site",
    workflow: ".github/workflows/flaky.yml",
    execute: true,
  });
  await stage.control.rerun(run.id, { failed_only: true, execute: true });
  expect(run.attempts.map(({ conclusion }) => conclusion)).toEqual(["failure", "success"]);
  expect(run.attempts[1]?.log).not.toContain("good");
});

test("a run completes once", async () => {
  const run = await stage.control.startRun({ repository: "acme/site", workflow: WORKFLOW });
  await stage.control.completeRun(run.id, "success");
  expect((await stage.request(null, "POST", `/_control/runs/${run.id}/complete`, {})).status).toBe(422);
});

test("a repository's runs are listed newest first, by page and by filter", async () => {
  stage.clock.advance(86_400_000);
  token = await stage.token();
  const start = (head_branch: string, event = "push") =>
    stage.control.startRun({ repository: "acme/site", workflow: WORKFLOW, head_branch, event });
  const first = await start("one");
  stage.clock.advance(60_000);
  const second = await start("two", "schedule");
  await stage.control.completeRun(second.id, "failure");
  const ids = async (query: string) => (await list(query)).workflow_runs.map(({ id }: { id: number }) => id);
  expect(await ids("per_page=1")).toEqual([second.id]);
  expect(await ids("per_page=1&page=2")).toEqual([first.id]);
  expect(await ids("event=schedule")).toEqual([second.id]);
  expect(await ids("branch=one")).toEqual([first.id]);
  expect(await ids("status=failure&created=>=2026-05-02")).toEqual([second.id]);
  expect(await ids(`head_sha=${first.headSha}`)).toEqual([first.id]);
  expect(await ids("created=2026-05-02T11:00:00Z..2026-05-02T12:00:30Z")).toEqual([first.id]);
  expect(await ids("created=<2026-05-02&branch=two")).toEqual([]);
  expect((await list("per_page=1")).total_count).toBeGreaterThan(2);
});

test("workflows are listed as they are on the default branch", async () => {
  const { json } = await stage.request(token, "GET", "/repos/acme/site/actions/workflows");
  expect(json.workflows.map(({ path, name }: { path: string; name: string }) => [path, name])).toEqual([
    [WORKFLOW, "Release"],
    [".github/workflows/flaky.yml", ".github/workflows/flaky.yml"],
  ]);
});

test("contents are read as they were at a commit or on a branch", async () => {
  const { before } = await stage.control.push("acme/site", { "README.md": "changed\n" });
  await stage.control.push("acme/site", { "README.md": "elsewhere\n" }, "side");
  const read = async (query: string) => {
    const { status, json } = await stage.request(token, "GET", `/repos/acme/site/contents/README.md${query}`);
    return status === 200 ? Buffer.from(json.content, "base64").toString() : json.message;
  };
  expect(await read("")).toBe("changed\n");
  expect(await read(`?ref=${before}`)).toBe("hello\n");
  expect(await read("?ref=side")).toBe("elsewhere\n");
  expect(await read("?ref=nowhere")).toBe("No commit found for the ref nowhere");
  const folder = await stage.request(token, "GET", "/repos/acme/site/contents/.github/workflows");
  expect(folder.json.map(({ name, type }: { name: string; type: string }) => [name, type])).toContainEqual([
    "release.yml",
    "file",
  ]);
});
