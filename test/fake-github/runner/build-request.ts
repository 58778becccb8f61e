import type { WorkflowRunRequest } from "../../../fake-github/runner/types.ts";

/** A run of a workflow's text on a dispatch, with whatever the test sets itself. */
export const buildRequest = (text: string, change: Partial<WorkflowRunRequest> = {}): WorkflowRunRequest => ({
  workflow: { path: ".github/workflows/test.yml", text },
  eventName: "repository_dispatch",
  event: { action: "built", client_payload: { name: "it's $HOME", count: 3 } },
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
  idToken: () => undefined,
  ...change,
});

/** A workflow on a dispatch with these jobs, and whatever else stands above them. */
export const buildWorkflow = (jobs: string, head = ""): string =>
  `name: Test\non: repository_dispatch\n${head}\njobs:\n${jobs}`;

/** A workflow of one job with these steps. */
export const buildSteps = (steps: string, head = ""): string =>
  buildWorkflow(`  job:\n    runs-on: ubuntu-latest\n    steps:\n${steps}`, head);
