import type { TemplateToken } from "@actions/workflow-parser/templates/tokens/template-token";
import type { ConcurrencyGroup } from "../concurrency-groups.ts";
import { type Contexts, evaluate, evaluateText } from "./expressions.ts";
import { githubContext, inputsContext } from "./github-context.ts";
import { field } from "./parser.ts";
import type { WorkflowRunRequest, WorkflowSummary } from "./types.ts";
import { parseWorkflowFile, type WorkflowFile } from "./workflow-file.ts";

export { WorkflowSyntaxError } from "./workflow-file.ts";

/**
 * Reads what a workflow file says of itself.
 *
 * @throws WorkflowSyntaxError for a file that GitHub would not take
 */
export function readWorkflow(path: string, text: string): WorkflowSummary {
  const { name, root, events } = parseWorkflowFile(path, text);
  const dispatch = events.repository_dispatch;
  return {
    name,
    runName: field(root, "run-name")?.toString() ?? null,
    repositoryDispatchTypes: dispatch ? (dispatch.types ?? []) : null,
    events: Object.keys(events),
  };
}

/**
 * Returns whether a workflow starts on an event. It applies one filter only: the types of
 * `repository_dispatch`.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#repository_dispatch
 */
export function workflowListens(summary: WorkflowSummary, eventName: string, action?: string): boolean {
  if (eventName !== "repository_dispatch") return summary.events.includes(eventName);
  const { repositoryDispatchTypes: types } = summary;
  return types !== null && (types.length === 0 || (action !== undefined && types.includes(action)));
}

/**
 * The name a run of the workflow gets from its `run-name`, or null where it has none.
 *
 * @throws WorkflowSyntaxError for a file that GitHub would not take
 */
export function runNameOf(path: string, text: string, request: WorkflowRunRequest): string | null {
  return evaluateRunName(parseWorkflowFile(path, text), request);
}

/**
 * The concurrency group of a workflow for a run, or null where it names none.
 *
 * @throws WorkflowSyntaxError for a file that GitHub would not take
 */
export function concurrencyOf(
  path: string,
  text: string,
  request: WorkflowRunRequest,
): ConcurrencyGroup | null {
  const file = parseWorkflowFile(path, text);
  const contexts = {
    github: githubContext(request, file),
    inputs: inputsContext(request, file),
    vars: request.variables,
  };
  return groupOf(field(file.root, "concurrency"), contexts);
}

/** The group that `concurrency` of a workflow or a job names; null where there is none. */
export function groupOf(token: TemplateToken | undefined, contexts: Contexts): ConcurrencyGroup | null {
  const group = field(token, "group") ?? token;
  if (!group) return null;
  return {
    // GitHub compares groups without regard to case.
    name: evaluateText(group, contexts).toLowerCase(),
    queue: field(token, "queue")?.toString() === "max" ? "max" : "single",
    cancelsInProgress: evaluate(field(token, "cancel-in-progress"), contexts) === true,
  };
}

/** As `runNameOf`, for a file that is parsed already. */
export function evaluateRunName(file: WorkflowFile, request: WorkflowRunRequest): string | null {
  const token = field(file.root, "run-name");
  if (!token) return null;
  const contexts = {
    github: githubContext(request, file),
    inputs: inputsContext(request, file),
    vars: request.variables,
  };
  return evaluateText(token, contexts);
}
