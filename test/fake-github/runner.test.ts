import { expect, test } from "vitest";
import {
  readWorkflow,
  WorkflowSyntaxError,
  workflowListens,
} from "../../fake-github/runner/read-workflow.ts";
import { runWorkflow } from "../../fake-github/runner/run-workflow.ts";
import type { WorkflowRunRequest } from "../../fake-github/runner/types.ts";

/** A run of a workflow text, with whatever the test sets itself. */
const buildRequest = (text: string, change: Partial<WorkflowRunRequest> = {}): WorkflowRunRequest => ({
  workflow: { path: ".github/workflows/test.yml", text },
  eventName: "repository_dispatch",
  event: { client_payload: { name: "it's $HOME" } },
  github: {
    repository: "octo/repo",
    repositoryId: "1",
    repositoryOwner: "octo",
    repositoryOwnerId: "2",
    runId: "3",
    runAttempt: 1,
    runNumber: 1,
    sha: "a".repeat(40),
    ref: "refs/heads/main",
    refName: "main",
    actor: "octo",
    actorId: "2",
    serverUrl: "http://127.0.0.1",
    apiUrl: "http://127.0.0.1",
  },
  localActions: {},
  variables: {},
  secrets: {},
  idToken: () => ({ url: "http://127.0.0.1/token", token: "request-token" }),
  ...change,
});

const workflow = (jobs: string, head = ""): string =>
  `name: Test\non: repository_dispatch\n${head}\njobs:\n${jobs}`;

test("outputs travel between steps and jobs, several lines and all", async () => {
  const result = await runWorkflow(
    buildRequest(
      workflow(`
  first:
    runs-on: ubuntu-latest
    outputs:
      text: \${{ steps.say.outputs.text }}
    steps:
      - id: say
        run: |
          printf 'text<<END\\none\\ntwo\\nEND\\n' >> "$GITHUB_OUTPUT"
  second:
    needs: first
    runs-on: ubuntu-latest
    steps:
      - run: echo "got $TEXT"
        env:
          TEXT: \${{ needs.first.outputs.text }}`),
    ),
  );
  expect(result.conclusion).toBe("success");
  expect(result.jobs[1]?.steps[0]?.log).toBe("got one\ntwo");
});

test("after a failure only steps that ask for it run, and the run fails", async () => {
  const result = await runWorkflow(
    buildRequest(
      workflow(`
  job:
    runs-on: ubuntu-latest
    steps:
      - run: exit 3
      - run: echo never
      - if: always()
        run: echo \${{ job.status }}`),
    ),
  );
  expect(result.conclusion).toBe("failure");
  expect(result.jobs[0]?.steps.map(({ conclusion }) => conclusion)).toEqual([
    "failure",
    "skipped",
    "success",
  ]);
  expect(result.jobs[0]?.steps[2]?.log).toBe("failure");
});

test.each([
  ["without permissions", "", "unset"],
  ["with contents: read", "permissions:\n  contents: read", "unset"],
  ["with id-token: write", "permissions:\n  id-token: write", "set"],
])("a job gets an ID token's variables only with the permission: %s", async (_, head, expected) => {
  const result = await runWorkflow(
    buildRequest(
      workflow(
        `
  job:
    runs-on: ubuntu-latest
    steps:
      - run: echo "\${ACTIONS_ID_TOKEN_REQUEST_TOKEN:+set}\${ACTIONS_ID_TOKEN_REQUEST_TOKEN-unset}" | sed s/request-token//`,
        head,
      ),
    ),
  );
  expect(result.jobs[0]?.steps[0]?.log).toBe(expected);
});

test("masked values and secrets are hidden in the log", async () => {
  const result = await runWorkflow(
    buildRequest(
      workflow(`
  job:
    runs-on: ubuntu-latest
    steps:
      - run: |
          echo "::add-mask::hunter2"
          echo "password hunter2, token s3cret"`),
      { secrets: { TOKEN: "s3cret" } },
    ),
  );
  expect(result.jobs[0]?.steps[0]?.log).toBe("password ***, token ***");
});

test("re-running failed jobs keeps the results of the others", async () => {
  const text = workflow(`
  good:
    runs-on: ubuntu-latest
    steps:
      - run: echo good
  bad:
    runs-on: ubuntu-latest
    steps:
      - run: test "$GITHUB_RUN_ATTEMPT" = 2`);
  const first = await runWorkflow(buildRequest(text));
  expect(first.conclusion).toBe("failure");
  const request = buildRequest(text);
  const second = await runWorkflow({
    ...request,
    github: { ...request.github, runAttempt: 2 },
    jobs: ["bad"],
    previous: Object.fromEntries(first.jobs.map((job) => [job.id, job])),
  });
  expect(second.conclusion).toBe("success");
  expect(second.jobs[0]).toBe(first.jobs[0]);
});

test.each([
  ["a list", "on:\n  repository_dispatch:\n    types: [built, sent]", ["built", "sent"], true, false],
  ["every type", "on: repository_dispatch", [], true, true],
  ["no dispatch", "on: push", null, false, false],
])("a workflow listens to %s", (_, on, types, built, other) => {
  const summary = readWorkflow("w.yml", `${on}\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: a`);
  expect(summary.repositoryDispatchTypes).toEqual(types);
  expect(workflowListens(summary, "repository_dispatch", "built")).toBe(built);
  expect(workflowListens(summary, "repository_dispatch", "other")).toBe(other);
});

test("run-name is evaluated", async () => {
  const head = `run-name: "For \${{ github.event.client_payload.name }}"`;
  const result = await runWorkflow(
    buildRequest(workflow("\n  a:\n    runs-on: x\n    steps:\n      - run: 'true'", head)),
  );
  expect(result.runName).toBe("For it's $HOME");
});

test("what GitHub would not take is refused", () => {
  expect(() => readWorkflow("w.yml", "on: push\njobs: 3")).toThrow(WorkflowSyntaxError);
});

test("an unknown action fails its step and says so", async () => {
  const result = await runWorkflow(
    buildRequest(workflow("\n  a:\n    runs-on: x\n    steps:\n      - uses: nobody/nothing@v1")),
  );
  expect(result.conclusion).toBe("failure");
  expect(result.jobs[0]?.steps[0]?.log).toContain("nobody/nothing@v1 is not on this machine");
});
