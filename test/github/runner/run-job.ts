import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import type { TemplateToken } from "@actions/workflow-parser/templates/tokens/template-token";
import { type Contexts, evaluate, evaluateText, evaluateTexts, holds, type Status } from "./expressions.ts";
import { isSequence } from "./parser.ts";
import { field, githubContext } from "./read-workflow.ts";
import { type Action, actionFolder, inputEnvironment, readAction } from "./run-action.ts";
import { runProcess } from "./run-process.ts";
import { makeStepFiles, readPairs } from "./step-files.ts";
import type { Conclusion, JobResult, StepResult, WorkflowRunRequest } from "./types.ts";

const SHELLS: Record<string, [string, (file: string) => string[]]> = {
  default: ["bash", (file) => ["-e", file]],
  bash: ["bash", (file) => ["--noprofile", "--norc", "-eo", "pipefail", file]],
  sh: ["sh", (file) => ["-e", file]],
  python: ["python3", (file) => [file]],
};

/** One job at work: its folders, what its steps have set, and how it goes. */
interface Work {
  request: WorkflowRunRequest;
  jobId: string;
  folder: string;
  contexts: Contexts & { env: Record<string, string>; steps: Record<string, object> };
  status: Status;
  masks: Set<string>;
  paths: string[];
  summary: string;
  posts: { action: Action; inputs: Record<string, string>; name: string; state: Record<string, string> }[];
  idToken: { url: string; token: string } | undefined;
}

/** Runs a job's steps as processes on this machine, in a workspace of its own. */
export async function runJob(
  request: WorkflowRunRequest,
  root: TemplateToken,
  jobId: string,
  job: TemplateToken,
  contexts: Contexts,
): Promise<JobResult> {
  const folder = mkdtempSync(join(tmpdir(), "job-"));
  const status: Status = { failed: false, cancelled: false };
  const base = {
    ...contexts,
    github: githubContext(request),
    runner: { ...(contexts.runner as object), temp: join(folder, "temp") },
    job: { status: "success" },
    steps: {},
    env: {} as Record<string, string>,
  };
  base.env = {
    ...evaluateTexts(field(root, "env"), base, status),
    ...evaluateTexts(field(job, "env"), base, status),
  };
  const work: Work = {
    request,
    jobId,
    folder,
    contexts: base as Work["contexts"],
    status,
    masks: new Set(Object.values(request.secrets)),
    paths: [],
    summary: "",
    posts: [],
    idToken: mayAskIdToken(root, job) ? request.idToken({ id: jobId }) : undefined,
  };
  const steps: StepResult[] = [];
  try {
    for (const unsupported of ["container", "services"]) {
      if (field(job, unsupported)) throw new Error(`Jobs with ${unsupported} do not run here.`);
    }
    const list = field(job, "steps");
    const count = list && isSequence(list) ? list.count : 0;
    for (let i = 0; i < count; i++)
      steps.push(
        await runStep(work, root, job, (list as unknown as { get(i: number): TemplateToken }).get(i)),
      );
    for (const post of work.posts.reverse()) {
      if (post.action.post === null) continue;
      const state = Object.fromEntries(
        Object.entries(post.state).map(([name, value]) => [`STATE_${name}`, value]),
      );
      const ran = await runIn(work, process.execPath, [post.action.post], { ...post.inputs, ...state });
      steps.push({
        name: `Post ${post.name}`,
        conclusion: ran.code === 0 ? "success" : "failure",
        outputs: {},
        log: ran.log,
      });
    }
    const conclusion: Conclusion = status.cancelled ? "cancelled" : status.failed ? "failure" : "success";
    const outputs = evaluateTexts(field(job, "outputs"), work.contexts, status);
    const name = evaluateText(field(job, "name"), work.contexts, status) || jobId;
    return { id: jobId, name, conclusion, outputs, steps, summary: work.summary };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A job's own `permissions` replace the workflow's; tokens need `id-token: write`, said outright. */
function mayAskIdToken(root: TemplateToken, job: TemplateToken): boolean {
  const permissions = field(job, "permissions") ?? field(root, "permissions");
  const value = evaluate(permissions, {}, { failed: false, cancelled: false });
  if (value === "write-all") return true;
  return (
    typeof value === "object" && value !== null && (value as Record<string, unknown>)["id-token"] === "write"
  );
}

async function runStep(
  work: Work,
  root: TemplateToken,
  job: TemplateToken,
  step: TemplateToken,
): Promise<StepResult> {
  const { contexts, status, request } = work;
  const id = field(step, "id")?.toString();
  const uses = field(step, "uses")?.toString();
  const plainEnv = contexts.env;
  contexts.job = { status: status.cancelled ? "cancelled" : status.failed ? "failure" : "success" };
  if (request.signal?.aborted) status.cancelled = true;
  const name = evaluateText(field(step, "name"), contexts, status) || uses || "Run";
  const result: StepResult = { ...(id ? { id } : {}), name, conclusion: "skipped", outputs: {}, log: "" };
  try {
    if (!holds(field(step, "if"), contexts, status)) return result;
    contexts.env = { ...plainEnv, ...evaluateTexts(field(step, "env"), contexts, status) };
    const ran = uses === undefined ? await runScript(work, root, job, step) : await runUses(work, uses, step);
    result.log = ran.log;
    result.outputs = ran.outputs;
    result.conclusion = ran.code === 0 ? "success" : request.signal?.aborted ? "cancelled" : "failure";
    Object.assign(plainEnv, ran.env);
  } catch (error) {
    result.log = `${result.log}\n${String(error)}`.trim();
    result.conclusion = "failure";
  } finally {
    contexts.env = plainEnv;
  }
  const outcome = result.conclusion;
  const forgiven =
    outcome === "failure" && evaluate(field(step, "continue-on-error"), contexts, status) === true;
  if (outcome === "failure" && !forgiven) status.failed = true;
  if (outcome === "cancelled") status.cancelled = true;
  if (id)
    contexts.steps[id] = { outputs: result.outputs, outcome, conclusion: forgiven ? "success" : outcome };
  return result;
}

interface Ran {
  code: number;
  log: string;
  outputs: Record<string, string>;
  env: Record<string, string>;
  state: Record<string, string>;
}

async function runScript(
  work: Work,
  root: TemplateToken,
  job: TemplateToken,
  step: TemplateToken,
): Promise<Ran> {
  const { contexts, status, folder } = work;
  const setting = (key: string): string =>
    evaluateText(
      field(step, key) ??
        field(field(field(job, "defaults"), "run"), key) ??
        field(field(field(root, "defaults"), "run"), key),
      contexts,
      status,
    );
  const shell = SHELLS[setting("shell") || "default"];
  if (!shell) throw new Error(`The shell ${setting("shell")} is not here.`);
  const file = join(folder, `script-${Math.random().toString(36).slice(2)}`);
  writeFileSync(file, evaluateText(field(step, "run"), contexts, status));
  return await runIn(work, shell[0], shell[1](file), {}, setting("working-directory"));
}

async function runUses(work: Work, uses: string, step: TemplateToken): Promise<Ran> {
  const { contexts, status, request } = work;
  if (/^actions\/checkout(@|$)/.test(uses)) {
    return { code: 0, log: "There is nothing to check out here.", outputs: {}, env: {}, state: {} };
  }
  const folder = actionFolder(uses, request.localActions);
  if (folder === null) throw new Error(`The action ${uses} is not on this machine.`);
  const action = readAction(folder);
  const inputs = inputEnvironment(
    action,
    evaluateTexts(field(step, "with"), contexts, status),
    contexts,
    status,
  );
  const ran = await runIn(work, process.execPath, [action.main], inputs);
  work.posts.push({ action, inputs, name: uses, state: ran.state });
  return ran;
}

/** Runs a process with the environment a runner gives, and takes up what it said in its files. */
async function runIn(
  work: Work,
  command: string,
  args: string[],
  env: Record<string, string>,
  directory = "",
): Promise<Ran> {
  const { request, folder, contexts, masks, paths } = work;
  const workspace = join(folder, "workspace");
  const temp = join(folder, "temp");
  for (const made of [workspace, temp]) mkdirSync(made, { recursive: true });
  const files = makeStepFiles(folder);
  const eventPath = join(folder, "event.json");
  writeFileSync(eventPath, JSON.stringify(request.event));
  const { github } = request;
  const environment: Record<string, string> = {
    PATH: [...paths, dirname(process.execPath), process.env.PATH ?? ""].join(delimiter),
    HOME: folder,
    LANG: "C.UTF-8",
    ...contexts.env,
    CI: "true",
    GITHUB_ACTIONS: "true",
    GITHUB_ACTION: "step",
    GITHUB_ACTOR: github.actor,
    GITHUB_ACTOR_ID: github.actorId,
    GITHUB_API_URL: github.apiUrl,
    GITHUB_SERVER_URL: github.serverUrl,
    GITHUB_EVENT_NAME: request.eventName,
    GITHUB_EVENT_PATH: eventPath,
    GITHUB_JOB: work.jobId,
    GITHUB_REF: github.ref,
    GITHUB_REF_NAME: github.refName,
    GITHUB_HEAD_REF: github.headRef ?? "",
    GITHUB_BASE_REF: github.baseRef ?? "",
    GITHUB_REPOSITORY: github.repository,
    GITHUB_REPOSITORY_ID: github.repositoryId,
    GITHUB_REPOSITORY_OWNER: github.repositoryOwner,
    GITHUB_REPOSITORY_OWNER_ID: github.repositoryOwnerId,
    GITHUB_RUN_ATTEMPT: String(github.runAttempt),
    GITHUB_RUN_ID: github.runId,
    GITHUB_RUN_NUMBER: String(github.runNumber),
    GITHUB_SHA: github.sha,
    GITHUB_WORKFLOW: request.workflow.path,
    GITHUB_WORKFLOW_REF: `${github.repository}/${request.workflow.path}@${github.ref}`,
    GITHUB_WORKSPACE: workspace,
    GITHUB_OUTPUT: files.output,
    GITHUB_ENV: files.env,
    GITHUB_PATH: files.path,
    GITHUB_STATE: files.state,
    GITHUB_STEP_SUMMARY: files.summary,
    RUNNER_TEMP: temp,
    RUNNER_OS: "Linux",
    RUNNER_ARCH: "X64",
    RUNNER_NAME: "local",
    ...(work.idToken
      ? { ACTIONS_ID_TOKEN_REQUEST_URL: work.idToken.url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: work.idToken.token }
      : {}),
    ...env,
  };
  const ran = await runProcess(command, args, {
    cwd: join(workspace, directory),
    env: environment,
    masks,
    signal: request.signal,
    onLine: (line) => request.onLog?.(line),
  });
  work.summary += readFileSync(files.summary, "utf8");
  paths.unshift(...readFileSync(files.path, "utf8").split(/\r?\n/).filter(Boolean));
  return {
    ...ran,
    outputs: readPairs(files.output),
    env: readPairs(files.env),
    state: readPairs(files.state),
  };
}
