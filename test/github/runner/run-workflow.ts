import type { TemplateToken } from "@actions/workflow-parser/templates/tokens/template-token";
import { type Contexts, evaluate, holds } from "./expressions.ts";
import { isMapping } from "./parser.ts";
import { field, githubContext, parse, runNameOf, WorkflowSyntaxError } from "./read-workflow.ts";
import { runJob } from "./run-job.ts";
import type { Conclusion, JobResult, WorkflowRunRequest, WorkflowRunResult } from "./types.ts";

const skipped = (id: string): JobResult => ({
  id,
  name: id,
  conclusion: "skipped",
  outputs: {},
  steps: [],
  summary: "",
});

/**
 * Runs a workflow file on this machine, its jobs in the order of their `needs`.
 *
 * @throws WorkflowSyntaxError for a file that GitHub would not take
 */
export async function runWorkflow(request: WorkflowRunRequest): Promise<WorkflowRunResult> {
  const { path, text } = request.workflow;
  const root = parse(path, text);
  const jobs = new Map<string, TemplateToken>();
  const list = field(root, "jobs");
  for (let i = 0; list && isMapping(list) && i < list.count; i++) {
    const { key, value } = list.get(i);
    jobs.set(key.toString(), value);
  }
  const results = new Map<string, JobResult>();
  while (results.size < jobs.size) {
    const ready = [...jobs].filter(
      ([id, job]) => !results.has(id) && needsOf(job).every((need) => results.has(need)),
    );
    if (ready.length === 0)
      throw new WorkflowSyntaxError(`The jobs of ${path} need one another in a circle.`);
    const done = await Promise.all(ready.map(([id, job]) => settleJob(request, root, id, job, results)));
    for (const job of done) results.set(job.id, job);
  }
  const all = [...jobs.keys()].map((id) => results.get(id) as JobResult);
  return { conclusion: conclude(all), runName: runNameOf(path, text, request), jobs: all };
}

const needsOf = (job: TemplateToken): string[] => {
  const needs = evaluate(field(job, "needs"), {}, { failed: false, cancelled: false });
  return needs === undefined ? [] : ([needs].flat() as string[]);
};

async function settleJob(
  request: WorkflowRunRequest,
  root: TemplateToken,
  id: string,
  job: TemplateToken,
  results: ReadonlyMap<string, JobResult>,
): Promise<JobResult> {
  const before = request.previous?.[id];
  if (before && request.jobs && !request.jobs.includes(id)) return before;
  const needs = Object.fromEntries(
    needsOf(job).map((need) => {
      const { conclusion, outputs } = results.get(need) as JobResult;
      return [need, { result: conclusion, outputs }];
    }),
  );
  const contexts: Contexts = {
    github: githubContext(request),
    needs,
    vars: request.variables,
    secrets: request.secrets,
    inputs: {},
    matrix: {},
    strategy: {},
    runner: { os: "Linux", arch: "X64", name: "local", environment: "github-hosted" },
  };
  const unsuccessful = Object.values(needs).some(({ result }) => result !== "success");
  const status = { failed: unsuccessful, cancelled: request.signal?.aborted ?? false };
  if (!holds(field(job, "if"), contexts, status)) return skipped(id);
  if (field(job, "uses")) throw new WorkflowSyntaxError("Reusable workflows do not run here.");
  return await runJob(request, root, id, job, contexts);
}

function conclude(jobs: readonly JobResult[]): Conclusion {
  const conclusions = new Set(jobs.map(({ conclusion }) => conclusion));
  if (conclusions.has("cancelled")) return "cancelled";
  if (conclusions.has("failure")) return "failure";
  return conclusions.has("success") ? "success" : "skipped";
}
