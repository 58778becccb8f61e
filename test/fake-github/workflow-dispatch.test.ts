import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { DEFAULT_SETTINGS } from "../../fake-github/settings.ts";
import { type Stage, setStage } from "./stage.ts";

const FILE = "take.yml";
const PATH = `.github/workflows/${FILE}`;
const at = (file: string) => `/repos/acme/site/actions/workflows/${file}/dispatches`;
const JOBS = "jobs: {job: {runs-on: ubuntu-latest, steps: [{run: echo hello}]}}\n";
const withInputs = (inputs: string) =>
  `name: Take\nrun-name: Take \${{ inputs.zekt }}\non: {workflow_dispatch: {inputs: ${inputs}}}\n${JOBS}`;

let stage: Stage;
let token: string;
beforeAll(async () => {
  stage = await setStage();
  const { control } = stage;
  control.configure({ runWorkflows: false });
  await control.push("acme/site", {
    [PATH]: withInputs("{zekt: {type: string}, kind: {type: choice, options: [a, b]}}"),
    ".github/workflows/needs.yml": withInputs("{zekt: {type: string}, place: {required: true}}"),
    ".github/workflows/defaults.yml": withInputs("{place: {required: true, default: here}}"),
    ".github/workflows/plain.yml": `on: workflow_dispatch\n${JOBS}`,
    ".github/workflows/broken.yml": `on: {workflow_dispatch: {odd: 1}}\n${JOBS}`,
  });
  await control.push("acme/site", { [PATH]: null }, "without");
  const installation = [...stage.github.world.installations.values()][0];
  if (installation) installation.permissions = { ...installation.permissions, actions: "write" };
  token = await stage.token();
});
afterAll(() => stage.close());
afterEach(() => {
  stage.control.configure({ ...DEFAULT_SETTINGS, runWorkflows: false });
});

const OLD = { "x-github-api-version": "2022-11-28" };
const dispatch = (body: object, file = FILE, headers: Record<string, string> = OLD) =>
  stage.request(token, "POST", at(file), body, headers);
const accepted = () => stage.control.workflowDispatches("acme/site");

test("a workflow_dispatch that asks for it is answered with its run, which can be read at once", async () => {
  const answer = await dispatch({ ref: "main", inputs: { zekt: "x" }, return_run_details: true });
  expect(answer.status).toBe(200);
  expect(Object.keys(answer.json).sort()).toEqual(["html_url", "run_url", "workflow_run_id"]);
  const run = await stage.request(token, "GET", answer.json.run_url);
  expect(run.json).toMatchObject({
    id: answer.json.workflow_run_id,
    event: "workflow_dispatch",
    status: "queued",
    display_title: "Take x",
    actor: { login: "carrier[bot]" },
    path: PATH,
  });
  expect(accepted().at(-1)).toMatchObject({ workflow: PATH, inputs: { zekt: "x" }, appSlug: "carrier" });
});

test.each([
  ["without the parameter it is answered 204", { ref: "main" }, OLD, 204],
  [
    "under the version of 2026-03-10 its run is always named",
    { ref: "main" },
    { "x-github-api-version": "2026-03-10" },
    200,
  ],
])("%s", async (_, body, headers, status) => {
  expect((await dispatch(body, "plain.yml", headers)).status).toBe(status);
});

test.each([
  ["ignored", 204, null],
  ["refused", 422, 'Invalid request.\n\n"return_run_details" is not a permitted key.'],
] as const)("a server that does not know the parameter has it %s", async (runDetails, status, message) => {
  stage.control.configure({ runDetails });
  const answer = await dispatch({ ref: "main", return_run_details: true });
  expect([answer.status, answer.json?.message ?? null]).toEqual([status, message]);
});

const properties = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, ""]));
/** Inputs whose JSON has so many characters. */
const characters = (count: number) => ({ zekt: "x".repeat(count - '{"zekt":""}'.length) });

test.each([
  ["of 26 inputs", FILE, { inputs: properties(26) }, "No more than 25 properties are allowed; 26 were"],
  ["of an input that is no text", FILE, { inputs: { zekt: { a: 1 } } }, "is not a string."],
  ["of 65,536 characters", FILE, { inputs: characters(65_536) }, "inputs are too large."],
  ["with unknown inputs", FILE, { inputs: { foo: "1" } }, 'Unexpected inputs provided: ["foo"]'],
  ["without a required input", "needs.yml", { inputs: { zekt: "" } }, "Required input 'place' not provided"],
  ["of a value that is no choice", FILE, { inputs: { kind: "c" } }, "not in the list of allowed values"],
  ["to a ref that is not there", FILE, { ref: "gone" }, "No ref found for: gone"],
  [
    "to a workflow that listens to something else",
    "release.yml",
    {},
    "Workflow does not have 'workflow_dispatch' trigger",
  ],
  [
    "to a branch without the workflow",
    FILE,
    { ref: "without" },
    "Workflow does not have 'workflow_dispatch' trigger",
  ],
  ["to a file that GitHub cannot read", "broken.yml", {}, "failed to parse workflow"],
  ["without a ref", FILE, { ref: undefined }, `"ref" wasn't supplied.`],
  ["with a key that GitHub does not know", FILE, { event_type: "x" }, `"event_type" is not a permitted key.`],
])("a workflow_dispatch %s is refused in GitHub's words", async (_, file, body, message) => {
  const count = accepted().length;
  const answer = await dispatch({ ref: "main", ...body }, file);
  expect(answer.status).toBe(422);
  expect(answer.json.message).toContain(message);
  expect(accepted()).toHaveLength(count);
});

test.each([
  ["of 65,535 characters", FILE, { inputs: characters(65_535) }],
  ["of a required input with a default", "defaults.yml", {}],
  ["to a full ref", FILE, { ref: "refs/heads/main" }],
])("a workflow_dispatch %s is taken", async (_, file, body) => {
  expect((await dispatch({ ref: "main", ...body }, file)).status).toBe(204);
});

test("a workflow that is not there is not found, and a disabled one is refused and says so", async () => {
  expect((await dispatch({ ref: "main" }, "none.yml")).status).toBe(404);
  stage.control.setWorkflowState("acme/site", PATH, "disabled_manually");
  const answer = await dispatch({ ref: "main" });
  expect([answer.status, answer.json.message]).toEqual([
    422,
    "Cannot trigger a 'workflow_dispatch' on a disabled workflow",
  ]);
  const read = await stage.request(token, "GET", `/repos/acme/site/actions/workflows/${FILE}`);
  expect(read.json.state).toBe("disabled_manually");
  stage.control.setWorkflowState("acme/site", PATH, null);
});

test("actions: read does not suffice, whatever else a token may do", async () => {
  token = await stage.token({ permissions: { actions: "read", contents: "write" } });
  expect((await dispatch({ ref: "main" })).status).toBe(403);
  token = await stage.token({ permissions: { actions: "write" } });
  expect((await dispatch({ ref: "main" })).status).toBe(204);
});

test("a new run may be missing from lists for a while", async () => {
  stage.control.configure({ runListDelayMs: 3000 });
  const { json } = await dispatch({ ref: "main", return_run_details: true });
  const listed = async () =>
    (await stage.request(token, "GET", "/repos/acme/site/actions/runs?event=workflow_dispatch")).json
      .workflow_runs;
  const holds = (runs: { id: number }[]) => runs.some(({ id }) => id === json.workflow_run_id);
  expect(holds(await listed())).toBe(false);
  stage.clock.advance(3000);
  expect(holds(await listed())).toBe(true);
});
