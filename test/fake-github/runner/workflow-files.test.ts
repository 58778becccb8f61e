import { expect, test } from "vitest";
import {
  readWorkflow,
  WorkflowSyntaxError,
  workflowListens,
} from "../../../fake-github/runner/read-workflow.ts";
import { runWorkflow } from "../../../fake-github/runner/run-workflow.ts";
import { buildRequest, buildSteps, buildWorkflow } from "./build-request.ts";

const job = "jobs:\n  a:\n    runs-on: x\n    steps: [{ run: echo }]\n";

test.each([
  ["one type as a text", "on: { repository_dispatch: { types: built } }", ["built"], [true, false]],
  [
    "a list of types",
    "on: { repository_dispatch: { types: [built, sent] } }",
    ["built", "sent"],
    [true, false],
  ],
  ["every type, as a text", "on: repository_dispatch", [], [true, true]],
  ["every type, in a list", "on: [push, repository_dispatch]", [], [true, true]],
  ["every type, as a key without a value", "on: { push: , repository_dispatch: }", [], [true, true]],
  ["no dispatch", "on: push", null, [false, false]],
])("a workflow listens to %s", (_, on, types, listens) => {
  const summary = readWorkflow("w.yml", `${on}\n${job}`);
  expect(summary.repositoryDispatchTypes).toEqual(types);
  expect(["built", "other"].map((type) => workflowListens(summary, "repository_dispatch", type))).toEqual(
    listens,
  );
  expect(workflowListens(summary, "push")).toBe(on.includes("push"));
});

test("a workflow is called by its name, or else by its path", () => {
  expect(readWorkflow("w.yml", `name: Mine\non: push\n${job}`).name).toBe("Mine");
  expect(readWorkflow("w.yml", `on: push\n${job}`).name).toBe("w.yml");
});

test("a run's name is computed from what the run knows", async () => {
  const head = `run-name: \${{ github.event.client_payload.name }} by \${{ github.actor }} on \${{ vars.PLACE }}`;
  const { runName } = await runWorkflow(
    buildRequest(buildSteps("      - run: echo", head), { variables: { PLACE: "earth" } }),
  );
  expect(runName).toBe("it's $HOME by octo on earth");
});

test("a run started by hand has its inputs, the defaults of those not given, and booleans", async () => {
  const text = `run-name: To \${{ inputs.place }}
on: { workflow_dispatch: { inputs: { place: { default: moon }, dry: { type: boolean, default: true } } } }
jobs:
  a:
    runs-on: x
    if: inputs.dry
    steps: [{ run: "echo \${{ inputs.place }} \${{ inputs.dry }}" }]`;
  const { runName, jobs } = await runWorkflow(
    buildRequest(text, { eventName: "workflow_dispatch", event: { inputs: { place: "mars" } } }),
  );
  expect(runName).toBe("To mars");
  expect(jobs[0]?.steps[0]?.log).toBe("mars true");
});

test.each([
  ["a key that is not known", `on: push\nnonsense: 1\n${job}`, "Unexpected value 'nonsense'"],
  ["what is not YAML", "on: [", "w.yml cannot be run"],
  ["nothing", "", "w.yml cannot be run"],
  ["an event that is not known", `on: pushed\n${job}`, "pushed"],
  ["a context where there is none", `on: push\nrun-name: \${{ secrets.A }}\n${job}`, "secrets"],
  ["a function that is not known", `on: push\nrun-name: \${{ nope() }}\n${job}`, "nope"],
  [
    "jobs that need one another",
    buildWorkflow(
      "  a: { runs-on: x, steps: [{ run: a }] }\n  b: { needs: c, runs-on: x, steps: [{ run: a }] }\n  c: { needs: b, runs-on: x, steps: [{ run: a }] }",
    ),
    "cycle",
  ],
  [
    "a job that needs one that is not there",
    buildWorkflow(
      "  a: { runs-on: x, steps: [{ run: a }] }\n  b: { needs: z, runs-on: x, steps: [{ run: a }] }",
    ),
    "unknown job 'z'",
  ],
  [
    "a step id given twice",
    buildSteps("      - { id: a, run: a }\n      - { id: a, run: a }"),
    "may not be used more than once",
  ],
])("a file with %s is refused", (_, text, message) => {
  expect(() => readWorkflow("w.yml", text)).toThrow(WorkflowSyntaxError);
  expect(() => readWorkflow("w.yml", text)).toThrow(message);
});

test.each([
  ["a container", "  a: { runs-on: x, container: alpine, steps: [{ run: a }] }", "the job a has a container"],
  [
    "services",
    "  a: { runs-on: x, services: { db: { image: pg } }, steps: [{ run: a }] }",
    "the job a has services",
  ],
  [
    "a reusable workflow",
    "  a: { uses: octo/repo/.github/workflows/b.yml@v1 }",
    "the job a is a reusable workflow",
  ],
])("a run with %s is refused before anything runs", async (_, jobs, message) => {
  const request = buildRequest(buildWorkflow(jobs));
  await expect(runWorkflow(request)).rejects.toThrow(WorkflowSyntaxError);
  await expect(runWorkflow(request)).rejects.toThrow(message);
});
