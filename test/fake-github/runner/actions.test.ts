import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runWorkflow } from "../../../fake-github/runner/run-workflow.ts";
import type { WorkflowRunRequest } from "../../../fake-github/runner/types.ts";
import { buildRequest, buildSteps } from "./build-request.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "actions-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

const put = (files: Record<string, string>): void => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
};

const run = (steps: string, change: Partial<WorkflowRunRequest> = {}) =>
  runWorkflow(
    buildRequest(buildSteps(steps), { localActions: { "octo/tools": join(folder, "tools") }, ...change }),
  );

const head = "name: An action\ndescription: For a test.\n";
const printInputs = `
for (const [name, value] of Object.entries(process.env)) if (name.startsWith("INPUT_")) console.log(name + "=" + value);
`;

test("an action gets its inputs, the defaults of those not given, and a warning of unknown ones", async () => {
  put({
    "tools/send/action.yml": `${head}
inputs:
  event-type: { description: a, required: true }
  The Payload: { description: b, default: "\${{ github.repository }} {0} '\${{ github.run_id }}'" }
  quiet: { description: c }
runs: { using: node24, main: main.mjs }`,
    "tools/send/main.mjs": printInputs,
  });
  const { jobs } = await run(
    `      - { uses: "Octo/tools/send@v1", with: { Event-Type: built, surplus: 1 } }`,
  );
  expect(jobs[0]?.steps[0]?.name).toBe("Run Octo/tools/send@v1");
  expect(jobs[0]?.steps[0]?.log.split("\n").sort()).toEqual([
    "##[warning]Unexpected input(s) 'surplus', valid inputs are ['event-type', 'the payload', 'quiet']",
    "INPUT_EVENT-TYPE=built",
    "INPUT_QUIET=",
    "INPUT_SURPLUS=1",
    "INPUT_THE_PAYLOAD=octo/repo {0} '3'",
  ]);
});

test("an action's outputs reach later steps, and the Node that runs it is this one", async () => {
  put({
    "tools/action.yml": `${head}runs: { using: node24, main: main.mjs }`,
    "tools/main.mjs": `import { appendFileSync } from "node:fs";
appendFileSync(process.env.GITHUB_OUTPUT, "version<<END\\n" + process.version + "\\nEND\\n");`,
  });
  const { jobs } = await run(`
      - id: ask
        uses: octo/tools@main
      - run: echo "\${{ steps.ask.outputs.version }}"`);
  expect(jobs[0]?.steps[1]?.log).toBe(process.version);
});

test("a post step runs after all steps, even of a failed action, with the action's inputs and state", async () => {
  put({
    "tools/action.yml": `${head}
inputs: { name: { description: a } }
runs: { using: node24, main: main.mjs, post: post.mjs }`,
    "tools/main.mjs": `import { appendFileSync } from "node:fs";
appendFileSync(process.env.GITHUB_STATE, "opened=yes\\n");
process.exitCode = process.env.INPUT_NAME === "bad" ? 1 : 0;`,
    "tools/post.mjs": "console.log(process.env.INPUT_NAME, process.env.STATE_opened);",
  });
  const { conclusion, jobs } = await run(`
      - { uses: octo/tools@v1, with: { name: good } }
      - { uses: octo/tools@v1, with: { name: bad } }
      - run: echo`);
  expect(conclusion).toBe("failure");
  expect(jobs[0]?.steps.map((step) => `${step.name}: ${step.conclusion} ${step.log}`).slice(2)).toEqual([
    "Run echo: skipped ",
    "Post Run octo/tools@v1: success bad yes",
    "Post Run octo/tools@v1: success good yes",
  ]);
});

test("a post step keeps to its post-if, and its failure fails the job", async () => {
  put({
    "tools/a/action.yml": `${head}runs: { using: node24, main: main.mjs, post: post.mjs, post-if: failure() }`,
    "tools/b/action.yml": `${head}runs: { using: node24, main: main.mjs, post: post.mjs, post-if: success() }`,
    "tools/a/main.mjs": "",
    "tools/a/post.mjs": "",
    "tools/b/main.mjs": "",
    "tools/b/post.mjs": "process.exitCode = 2;",
  });
  const { conclusion, jobs } = await run(`
      - uses: octo/tools/b@v1
      - uses: octo/tools/a@v1`);
  expect(conclusion).toBe("failure");
  expect(jobs[0]?.steps.map((step) => step.conclusion)).toEqual(["success", "success", "skipped", "failure"]);
});

test("a composite action runs its steps with its own inputs and gives its outputs", async () => {
  put({
    "tools/action.yml": `${head}
inputs: { who: { description: a, default: world } }
outputs: { said: { description: b, value: "\${{ steps.say.outputs.said }}" } }
runs:
  using: composite
  steps:
    - id: say
      shell: bash
      env: { WHO: "\${{ inputs.who }}" }
      run: |
        echo "said=hello $WHO from $OUTER" >> "$GITHUB_OUTPUT"
        echo "LATER=set inside" >> "$GITHUB_ENV"
    - shell: bash
      run: echo "$LATER"; test -f "$GITHUB_ACTION_PATH/action.yml"
    - uses: octo/tools/inner@v1`,
    "tools/inner/action.yml": `${head}runs: { using: node24, main: main.mjs }`,
    "tools/inner/main.mjs": "console.log(process.env.OUTER, process.env.GITHUB_ACTION_REPOSITORY);",
  });
  const { conclusion, jobs } = await run(`
      - { id: it, uses: octo/tools@v1, env: { OUTER: outside } }
      - run: echo "\${{ steps.it.outputs.said }}, $LATER"`);
  expect(jobs[0]?.steps.map((step) => step.log)).toEqual([
    "set inside\noutside octo/tools",
    "hello world from outside, set inside",
  ]);
  expect(conclusion).toBe("success");
});

test("a step that fails inside a composite action fails the step that uses it", async () => {
  put({
    "tools/action.yml": `${head}
runs:
  using: composite
  steps:
    - { shell: bash, run: exit 4 }
    - { shell: bash, run: echo never }
    - { if: always(), shell: bash, run: echo cleaned }`,
  });
  const { jobs } = await run("      - uses: octo/tools@v1");
  expect(jobs[0]?.steps[0]).toMatchObject({
    conclusion: "failure",
    log: "##[error]Process completed with exit code 4.\ncleaned",
  });
});

test("job.status is the job's own within a composite action, whose failure github.action_status has", async () => {
  const told = `echo "\${{ job.status }} (\${{ github.action_status }}) $GITHUB_ACTION_STATUS."`;
  put({
    "tools/action.yml": `${head}
runs:
  using: composite
  steps:
    - { shell: bash, run: exit 4 }
    - { if: always(), shell: bash, run: '${told}' }`,
  });
  const { jobs } = await run(`
      - run: '${told}'
      - uses: octo/tools@v1
      - { if: always(), run: '${told}' }`);
  expect(jobs[0]?.steps.map(({ log }) => log.split("\n").at(-1))).toEqual([
    "success () .",
    "success (failure) .",
    "failure () .",
  ]);
});

test("the longest known prefix of an action wins, and ./ is the repository's own", async () => {
  put({
    "one/action.yml": `${head}runs: { using: node24, main: main.mjs }`,
    "one/main.mjs": "console.log('one');",
    "two/action.yml": `${head}runs: { using: node24, main: main.mjs }`,
    "two/main.mjs": "console.log('two');",
  });
  const { jobs } = await run(
    `
      - uses: octo/tools/deep@v1
      - uses: ./deep`,
    {
      localActions: {
        "octo/tools": join(folder, "nowhere"),
        "octo/tools/deep": join(folder, "one"),
        "octo/repo/deep": join(folder, "two"),
      },
    },
  );
  expect(jobs[0]?.steps.map((step) => step.log)).toEqual(["one", "two"]);
});

test("$/ is of the repository whose file names it: the workflow's own, or that of the composite action", async () => {
  const printing = (text: string): string =>
    `${head}runs: { using: composite, steps: [{ shell: bash, run: "echo ${text} of $GITHUB_ACTION_REPOSITORY" }] }`;
  const outer = `${head}runs: { using: composite, steps: [{ uses: $/inner }, { uses: $/inner }] }`;
  put({
    "tools/action.yml": outer,
    "tools/inner/action.yml": printing("tools"),
    "own/action.yml": outer,
    "own/inner/action.yml": printing("own"),
  });
  const localActions = { "octo/tools": join(folder, "tools"), "octo/repo": join(folder, "own") };
  const { jobs } = await run("      - uses: octo/tools@v1\n      - uses: $/\n      - uses: $/inner", {
    localActions,
  });
  expect(jobs[0]?.steps.map((step) => step.log)).toEqual([
    "tools of octo/tools\ntools of octo/tools",
    "own of\nown of",
    "own of",
  ]);
});

test.each([
  ["an action that is not known", "nobody/nothing@v1", "nobody/nothing@v1 is not on this machine"],
  ["a folder without an action", "octo/tools/empty@v1", "There is no action.yml in"],
  ["a Docker action", "octo/tools/docker@v1", "A docker action does not run here"],
  ["a Docker image", "docker://alpine:3", "docker://alpine:3 is not on this machine"],
  ["an action with an unknown context", "octo/tools/broken@v1", "cannot be used"],
])("%s fails its step and says so", async (_, uses, message) => {
  put({
    "tools/docker/action.yml": `${head}runs: { using: docker, image: Dockerfile }`,
    "tools/broken/action.yml": `${head}inputs: { a: { description: a, default: "\${{ secrets.A }}" } }\nruns: { using: node24, main: a }`,
  });
  const { conclusion, jobs } = await run(`      - uses: ${uses}`);
  expect(conclusion).toBe("failure");
  expect(jobs[0]?.steps[0]?.log).toContain(message);
});

test("actions/checkout does nothing and says so", async () => {
  const { conclusion, jobs } = await run("      - uses: actions/checkout@v5");
  expect(conclusion).toBe("success");
  expect(jobs[0]?.steps[0]?.log).toContain("nothing to check out");
});

test("each step has a GITHUB_ACTION of its own", async () => {
  put({
    "tools/action.yml": `${head}runs: { using: node24, main: main.mjs }`,
    "tools/main.mjs": "console.log(process.env.GITHUB_ACTION);",
  });
  const { jobs } = await run(`
      - run: echo "$GITHUB_ACTION"
      - run: echo "$GITHUB_ACTION"
      - { id: mine, run: 'echo "$GITHUB_ACTION"' }
      - uses: octo/tools@v1
      - uses: octo/tools@v1`);
  expect(jobs[0]?.steps.map((step) => step.log)).toEqual([
    "__run",
    "__run_2",
    "mine",
    "__octo_tools",
    "__octo_tools_2",
  ]);
});

test("an action sees the environment of its workflow, its job and its step", async () => {
  put({
    "tools/env/action.yml": `${head}runs: { using: node24, main: main.mjs }`,
    "tools/env/main.mjs": "console.log(process.env.OF_WORKFLOW, process.env.OF_JOB, process.env.OF_STEP);",
  });
  const text = `on: repository_dispatch
env: { OF_WORKFLOW: a }
jobs:
  job:
    runs-on: ubuntu-latest
    env: { OF_JOB: b }
    steps:
      - { uses: octo/tools/env@v1, env: { OF_STEP: c } }
`;
  const { jobs } = await runWorkflow(
    buildRequest(text, { localActions: { "octo/tools": join(folder, "tools") } }),
  );
  expect(jobs[0]?.steps[0]?.log).toContain("a b c");
});
