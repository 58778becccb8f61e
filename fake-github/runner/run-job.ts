import { BackgroundSteps } from "./background-steps.ts";
import { evaluate, evaluateText, evaluateTexts } from "./expressions.ts";
import { JobAtWork } from "./job-at-work.ts";
import { JobCancel } from "./job-cancel.ts";
import { type Combination, suffixOf } from "./matrix.ts";
import { field, isBasicExpression, items } from "./parser.ts";
import { mayAskIdToken } from "./permissions.ts";
import { runStep } from "./run-steps.ts";
import { type StepScope, statusOf } from "./step-scope.ts";
import type { JobResult, StepResult, WorkflowRunRequest } from "./types.ts";
import { jobToken, type WorkflowFile } from "./workflow-file.ts";

/** The limit of what the outputs of a job take. */
const MAX_OUTPUT_BYTES = 1024 * 1024;

/** A job to run: one combination of it, where it has a matrix. */
export interface JobRun {
  request: WorkflowRunRequest;
  file: WorkflowFile;
  /** In the workflow file. */
  id: string;
  /** The value of `GITHUB_ACTION` in each of its steps. */
  actionNames: string[];
  contexts: Record<string, unknown> & { github: Record<string, unknown> };
  combination: Combination;
  cancel: AbortSignal;
}

/** Runs a job's steps as processes on this machine, in a workspace of its own that is removed afterwards. */
export async function runJob(run: JobRun): Promise<JobResult> {
  const { request, file, id, combination } = run;
  const token = jobToken(file, id);
  const suffix = suffixOf(combination);
  const result: JobResult = {
    id: `${id}${suffix}`,
    name: `${id}${suffix}`,
    conclusion: "failure",
    outputs: {},
    steps: [],
    summary: "",
  };
  using cancel = new JobCancel(run.cancel);
  using job = new JobAtWork(
    request,
    cancel.signal,
    mayAskIdToken(file, id) ? request.idToken({ id }) : undefined,
  );
  const contexts: StepScope["contexts"] = {
    ...run.contexts,
    github: { ...run.contexts.github, job: id, workspace: job.workspace, event_path: job.eventPath },
    runner: job.runner,
    matrix: combination,
    steps: {},
    job: { status: "success" },
    env: {},
  };
  try {
    const name = field(token, "name");
    // A name that is computed is taken as it comes; a fixed one would not tell the combinations apart.
    if (name) result.name = evaluateText(name, contexts) + (isBasicExpression(name) ? "" : suffix);
    for (const level of [file.root, token]) {
      job.env = { ...job.env, ...evaluateTexts(field(level, "env"), { ...contexts, env: job.env }) };
    }
    const minutes = evaluate(field(token, "timeout-minutes"), contexts);
    if (typeof minutes === "number") cancel.after(minutes);
    const scope: StepScope = {
      job,
      around: null,
      contexts,
      env: {},
      stop: new AbortController().signal,
      held: null,
      failed: false,
      defaultOf: (key) =>
        field(field(field(token, "defaults"), "run"), key) ??
        field(field(field(file.root, "defaults"), "run"), key),
      posts: [],
    };
    const steps = new BackgroundSteps(scope, runStep, result.steps);
    for (const [index, step] of items(field(token, "steps")).entries()) {
      await steps.run(step, run.actionNames[index] ?? "");
    }
    await steps.end();
    for (const post of scope.posts.reverse()) result.steps.push(await runPost(scope, post));
    const status = statusOf(scope);
    const outputs = evaluateTexts(field(token, "outputs"), { ...contexts, job: { status }, env: job.env });
    if (sizeOf(outputs) > MAX_OUTPUT_BYTES) {
      const log = job.openLog();
      log.error(`Fail to evaluate job outputs: Job outputs exceed ${MAX_OUTPUT_BYTES} bytes`);
      result.steps.push({ name: "Complete job", conclusion: "failure", outputs: {}, log: log.text });
    } else {
      result.outputs = withoutSecrets(job, outputs);
      result.conclusion = status;
    }
  } catch (error) {
    const log = job.openLog();
    log.error((error as Error).message);
    result.steps.push({ name: "Set up job", conclusion: "failure", outputs: {}, log: log.text });
  }
  return { ...result, summary: job.summary };
}

/**
 * The size of a job's outputs: GitHub counts their texts in UTF-16, names and values.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idoutputs
 */
const sizeOf = (outputs: Record<string, string>): number =>
  Object.entries(outputs).reduce((sum, [name, value]) => sum + 2 * (name.length + value.length), 0);

async function runPost(scope: StepScope, post: StepScope["posts"][number]): Promise<StepResult> {
  const log = scope.job.openLog();
  try {
    const conclusion = await post.run(log);
    if (conclusion === "failure") scope.failed = true;
    return { name: post.name, conclusion, outputs: {}, log: log.text };
  } catch (error) {
    scope.failed = true;
    log.error((error as Error).message);
    return { name: post.name, conclusion: "failure", outputs: {}, log: log.text };
  }
}

/** A job's outputs leave its machine: those that may hold a secret are kept back. */
function withoutSecrets(job: JobAtWork, outputs: Record<string, string>): Record<string, string> {
  const log = job.openLog();
  return Object.fromEntries(
    Object.entries(outputs).filter(([name, value]) => {
      const harmless = job.masks.hide(value) === value;
      if (!harmless) log.warning(`Skip output '${name}' since it may contain secret.`);
      return harmless;
    }),
  );
}
