import { githubContext, inputsContext } from "./github-context.ts";
import { JobGraph } from "./job-graph.ts";
import { evaluateRunName } from "./read-workflow.ts";
import type { Conclusion, JobResult, WorkflowRunRequest, WorkflowRunResult } from "./types.ts";
import { refuseUnsupported } from "./unsupported.ts";
import { parseWorkflowFile } from "./workflow-file.ts";

/**
 * Runs a workflow file on this machine, its jobs in the order of their `needs`, each step a process. Not
 * there: containers, services, reusable workflows, Docker actions, `environment`, `strategy.max-parallel`.
 *
 * @throws WorkflowSyntaxError for a file that GitHub would not take, or that cannot be run here
 */
export async function runWorkflow(request: WorkflowRunRequest): Promise<WorkflowRunResult> {
  const file = parseWorkflowFile(request.workflow.path, request.workflow.text);
  refuseUnsupported(file);
  const runName = evaluateRunName(file, request);
  const graph = new JobGraph(request, file, {
    github: githubContext(request, file),
    vars: request.variables,
    secrets: request.secrets,
    inputs: inputsContext(request, file),
  });
  const outcomes = await graph.run();
  const conclusion = conclude(
    outcomes.map(({ result }) => result),
    request.signal?.aborted ?? false,
  );
  const jobs: JobResult[] = outcomes.flatMap(({ jobs }) => jobs);
  return { conclusion, runName, jobs };
}

/** A run that was cancelled is so whatever had failed before; one of which a job was cancelled is not. */
function conclude(results: readonly Conclusion[], cancelled: boolean): Conclusion {
  const order: Conclusion[] = cancelled
    ? ["cancelled", "failure", "success"]
    : ["failure", "cancelled", "success"];
  return order.find((conclusion) => results.includes(conclusion)) ?? "skipped";
}
