import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { runWorkflow } from "../../../fake-github/runner/run-workflow.ts";
import type { WorkflowRunRequest } from "../../../fake-github/runner/types.ts";
import { buildRequest, buildSteps, buildWorkflow } from "./build-request.ts";

const logsOf = async (text: string, change: Partial<WorkflowRunRequest> = {}): Promise<string[]> =>
  (await runWorkflow(buildRequest(text, change))).jobs.flatMap(({ steps }) => steps.map(({ log }) => log));

test("the environment of a step is that of workflow, job and step, and what steps before have set", async () => {
  const logs = await logsOf(
    buildWorkflow(
      `
  job:
    runs-on: x
    env: { B: job, C: job, FROM: "\${{ github.ref }}" }
    steps:
      - run: |
          echo "D=set" >> "$GITHUB_ENV"
          printf 'LINES<<END\\none\\r\\ntwo=2\\nEND\\n' >> "$GITHUB_ENV"
          echo "GITHUB_SHA=forged" >> "$GITHUB_ENV"
          mkdir -p "$RUNNER_TEMP/bin" && printf '#!/bin/sh\\necho mine' > "$RUNNER_TEMP/bin/tool" && chmod +x "$RUNNER_TEMP/bin/tool"
          echo "$RUNNER_TEMP/bin" >> "$GITHUB_PATH"
      - env: { C: step }
        run: echo "$A $B $C $D \${{ env.C }} $(tool)" '\${{ toJSON(env.LINES) }}' "$FROM \${GITHUB_SHA:0:2}"`,
      "env: { A: workflow, B: workflow }",
    ),
  );
  expect(logs[1]).toBe('workflow job step set step mine "one\\r\\ntwo=2" refs/heads/main aa');
});

test("a step is given no more than a runner gives, and its workspace is gone afterwards", async () => {
  process.env.ZEKT_OF_THE_HOST = "secret";
  const [log = ""] = await logsOf(buildSteps("      - run: env; pwd")).finally(
    () => delete process.env.ZEKT_OF_THE_HOST,
  );
  const lines = log.split("\n");
  const workspace = lines.pop() as string;
  const names = lines
    .map((line) => line.split("=", 1)[0] as string)
    .filter((name) => !/^(GITHUB|RUNNER)_/.test(name));
  expect(names.sort()).toEqual(["CI", "HOME", "LANG", "PATH", "PWD", "SHLVL", "_"]);
  expect(lines).toContain(`GITHUB_WORKSPACE=${workspace}`);
  expect(lines).toContain("GITHUB_WORKFLOW=Test");
  expect(lines).toContain("GITHUB_WORKFLOW_REF=octo/repo/.github/workflows/test.yml@refs/heads/main");
  expect(lines).toContain("GITHUB_EVENT_NAME=repository_dispatch");
  expect(lines.some((line) => line.startsWith("GITHUB_TOKEN="))).toBe(false);
  expect(existsSync(workspace)).toBe(false);
});

test("the event is in the context and in the file", async () => {
  const logs = await logsOf(
    buildSteps(`
      - env: { NAME: "\${{ github.event.client_payload.name }}" }
        run: echo "$NAME \${{ github.event.client_payload.count }} \${{ github.event.client_payload.missing }}."
      - shell: node {0}
        run: console.log(JSON.parse(require("node:fs").readFileSync(process.env.GITHUB_EVENT_PATH, "utf8")).action)`),
  );
  expect(logs).toEqual(["it's $HOME 3 .", "built"]);
});

test("a script keeps its quotes and braces around expressions", async () => {
  const logs = await logsOf(
    buildSteps(`      - run: echo 'a' '\${{ github.actor }}' '{b}' "''\${{ 'it''s ''c''' }}"`),
  );
  expect(logs).toEqual(["a octo {b} ''it's 'c'"]);
});

test.each([
  ["1234567890123456", "1.23456789012346E+15", 1.23456789012346e15],
  ["9007199254740993", "9.00719925474099E+15", 9.00719925474099e15],
  ["123456789012345", "123456789012345", 123456789012345],
  ["1e15", "1E+15", 1e15],
  ["-1e123", "-1E+123", -1e123],
  ["0.30000000000000004", "0.3", 0.3],
  ["0.0001", "0.0001", 0.0001],
  ["0.00001", "1E-05", 1e-5],
  ["-0", "0", 0],
])("a workflow reads the number %s as GitHub writes it: %s", async (number, expected, value) => {
  const [log = ""] = await logsOf(
    buildSteps(`      - env: { MESSAGE: "\${{ toJSON(github.event.client_payload) }}" }
        run: echo "\${{ github.event.client_payload.id }} \${{ format('{0}', fromJSON('${number}')) }} $MESSAGE"`),
    { event: { client_payload: { id: Number(number) } } },
  );
  const [written, formatted, ...message] = log.split(" ");
  expect([written, formatted, JSON.parse(message.join(" "))]).toEqual([expected, expected, { id: value }]);
  expect(message.join(" ")).toContain(`: ${expected}\n`);
});

test("expressions in a script are written into its text", async () => {
  const logs = await logsOf(buildSteps(`      - run: echo "\${{ github.event.client_payload.name }}"`), {
    event: { client_payload: { name: 'a"; echo "injected' } },
  });
  expect(logs).toEqual(["a\ninjected"]);
});

test.each([
  ["the default, which fails at the first failing command", "", "false | true; echo on", "on"],
  [
    "bash, which also fails in a pipe",
    "shell: bash",
    "false | true; echo on",
    "##[error]Process completed with exit code 1.",
  ],
  ["sh", "shell: sh", "echo $0 | grep -c /", "1"],
  ["a command of one's own", "shell: node {0}", "console.log(1 + 1)", "2"],
  [
    "one that is not there",
    "shell: fish",
    "echo",
    "##[error]The shell 'fish' is not here: use bash, sh or python, or a command with {0} for the script's file.",
  ],
])("a script runs in %s", async (_, shell, script, expected) => {
  const [log] = await logsOf(buildSteps(`      - run: ${script}\n        ${shell}`));
  expect(log).toBe(expected);
});

test("case() picks the first value whose condition holds, and an anchored list of steps serves another job", async () => {
  const picked = `case(github.actor == 'mona', 'hers', github.actor == 'octo', 'octo''s', 'nobody''s')`;
  const text = `name: Test
on: repository_dispatch
jobs:
  one:
    runs-on: ubuntu-latest
    steps: &steps
      - run: echo "\${{ ${picked} }}"
  two: { runs-on: ubuntu-latest, needs: one, steps: *steps }
`;
  const { jobs, conclusion } = await runWorkflow(buildRequest(text));
  expect([conclusion, jobs.map(({ steps }) => steps.map(({ log }) => log))]).toEqual([
    "success",
    [["octo's"], ["octo's"]],
  ]);
});

test("defaults and working-directory say where a script runs", async () => {
  const logs = await logsOf(
    buildWorkflow(
      `
  job:
    runs-on: x
    defaults: { run: { working-directory: deep } }
    steps:
      - { run: mkdir deep deeper, working-directory: . }
      - run: basename "$PWD"; shopt -o pipefail
      - { run: 'basename "$PWD"', working-directory: deeper }
      - { run: echo, working-directory: nowhere }`,
      "defaults: { run: { shell: bash, working-directory: top } }",
    ),
  );
  expect(logs[1]).toBe("deep\npipefail       \ton");
  expect(logs[2]).toBe("deeper");
  expect(logs[3]).toMatch(/nowhere does not exist/);
});

test("a job's summary is what its steps have written, without what is masked", async () => {
  const { jobs } = await runWorkflow(
    buildRequest(
      buildSteps(`
      - run: echo "# One s3cret" >> "$GITHUB_STEP_SUMMARY"
      - run: echo "Two" >> "$GITHUB_STEP_SUMMARY"`),
      { secrets: { TOKEN: "s3cret" } },
    ),
  );
  expect(jobs[0]?.summary).toBe("# One ***\nTwo\n");
});

test("masks hold for later steps, by lines, the longest first, and not while commands are stopped", async () => {
  const logs = await logsOf(
    buildSteps(`
      - run: |
          echo "::add-mask::hunter2%0Aother"
          echo "::add-mask::hunter"
          echo "::stop-commands::token"
          echo "::add-mask::plain"
          echo "::token::"
          echo "::error::hunter2 plain"
      - run: echo "other hunter plain"`),
  );
  expect(logs[0]?.split("\n").at(-1)).toBe("::error::*** plain");
  expect(logs[1]).toBe("*** *** plain");
});

test("a file that a step has written wrongly fails it, and says which", async () => {
  const { jobs } = await runWorkflow(
    buildRequest(
      buildSteps(`
      - run: |
          echo "fine=yes" >> "$GITHUB_ENV"
          echo "nonsense" >> "$GITHUB_OUTPUT"
      - { if: always(), run: 'echo "$fine"' }`),
    ),
  );
  expect(jobs[0]?.steps[0]).toMatchObject({
    conclusion: "failure",
    log: "##[error]Unable to process file command 'output' successfully.\n##[error]Invalid format 'nonsense'",
  });
  expect(jobs[0]?.steps[1]?.log).toBe("yes");
});

test("a variable that Linux cannot hand to a process fails its step and says so", async () => {
  const [log] = await logsOf(buildSteps(`      - { run: echo, env: { BIG: "\${{ github.event.big }}" } }`), {
    event: { big: "x".repeat(200_000) },
  });
  expect(log).toContain("Argument list too long");
});

test.each([
  ["without permissions", "", "", ["unset", "unset"]],
  ["as the workflow says", "permissions: { id-token: write }", "", ["set", "set"]],
  ["with write-all", "permissions: write-all", "", ["set", "set"]],
  ["with read-all", "permissions: read-all", "", ["unset", "unset"]],
  [
    "as the job says, not the workflow",
    "permissions: { id-token: write }",
    "permissions: { contents: read }",
    ["unset", "set"],
  ],
  ["as the job alone says", "", "permissions: { id-token: write }", ["set", "unset"]],
])("jobs may ask for ID tokens %s", async (_, workflow, job, expected) => {
  const say = `runs-on: x\n    steps: [{ run: 'echo "\${ACTIONS_ID_TOKEN_REQUEST_URL-unset}"' }]`;
  const asked: string[] = [];
  const logs = await logsOf(buildWorkflow(`  one:\n    ${job}\n    ${say}\n  two:\n    ${say}`, workflow), {
    idToken: ({ id }) => {
      asked.push(id);
      return { url: "set", token: "request-token" };
    },
  });
  expect(logs).toEqual(expected);
  expect(asked).toEqual(["one", "two"].filter((_, index) => expected[index] === "set"));
});

test("the token that asks for ID tokens is masked", async () => {
  const logs = await logsOf(
    buildSteps('      - run: echo "$ACTIONS_ID_TOKEN_REQUEST_TOKEN"', "permissions: { id-token: write }"),
    { idToken: () => ({ url: "http://127.0.0.1", token: "request-token" }) },
  );
  expect(logs).toEqual(["***"]);
});
