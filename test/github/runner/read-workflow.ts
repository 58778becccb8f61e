import type { MappingToken } from "@actions/workflow-parser/templates/tokens/mapping-token";
import type { TemplateToken } from "@actions/workflow-parser/templates/tokens/template-token";
import { evaluate, evaluateText } from "./expressions.ts";
import { isMapping, isSequence, NoOperationTraceWriter, parseWorkflow } from "./parser.ts";
import type { WorkflowRunRequest, WorkflowSummary } from "./types.ts";

const NONE = { failed: false, cancelled: false };

/** A workflow file that GitHub would not take. */
export class WorkflowSyntaxError extends Error {
  override name = "WorkflowSyntaxError";
}

/** Parses a workflow file to its tree, checked against GitHub's own schema. */
export function parse(path: string, text: string): MappingToken {
  const { context, value } = parseWorkflow({ name: path, content: text }, new NoOperationTraceWriter());
  const errors = context.errors.getErrors();
  if (errors.length > 0 || !value || !isMapping(value)) {
    throw new WorkflowSyntaxError(
      errors.map(({ message }) => message).join("\n") || `${path} is not a workflow.`,
    );
  }
  return value;
}

/** The value under a key of a mapping. */
export const field = (token: TemplateToken | undefined, key: string): TemplateToken | undefined =>
  token && isMapping(token) ? token.find(key) : undefined;

/** Reads what a workflow file says of itself. Throws on one that GitHub would not take. */
export function readWorkflow(path: string, text: string): WorkflowSummary {
  const root = parse(path, text);
  const on = field(root, "on") as TemplateToken;
  const events = isMapping(on)
    ? Object.keys(evaluate(on, {}, NONE) as object)
    : isSequence(on)
      ? (evaluate(on, {}, NONE) as string[])
      : [on.toString()];
  const types = evaluate(field(field(on, "repository_dispatch"), "types"), {}, NONE) as
    | string
    | string[]
    | undefined;
  return {
    name: field(root, "name")?.toString() ?? path,
    runName: field(root, "run-name")?.toString() ?? null,
    repositoryDispatchTypes: events.includes("repository_dispatch")
      ? types === undefined
        ? []
        : [types].flat()
      : null,
    events,
  };
}

/** Whether a workflow starts on an event. */
export function workflowListens(summary: WorkflowSummary, eventName: string, action?: string): boolean {
  if (eventName !== "repository_dispatch") return summary.events.includes(eventName);
  const { repositoryDispatchTypes: types } = summary;
  return types !== null && (types.length === 0 || (action !== undefined && types.includes(action)));
}

/** The name a run of the workflow gets from its `run-name`, or null where it has none. */
export function runNameOf(path: string, text: string, request: WorkflowRunRequest): string | null {
  const token = field(parse(path, text), "run-name");
  return token
    ? evaluateText(token, { github: githubContext(request), inputs: {}, vars: request.variables }, NONE)
    : null;
}

/** https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#github-context */
export function githubContext({
  github,
  event,
  eventName,
  workflow,
}: WorkflowRunRequest): Record<string, unknown> {
  return {
    repository: github.repository,
    repository_id: github.repositoryId,
    repository_owner: github.repositoryOwner,
    repository_owner_id: github.repositoryOwnerId,
    run_id: github.runId,
    run_attempt: String(github.runAttempt),
    run_number: String(github.runNumber),
    sha: github.sha,
    ref: github.ref,
    ref_name: github.refName,
    head_ref: github.headRef ?? "",
    base_ref: github.baseRef ?? "",
    actor: github.actor,
    actor_id: github.actorId,
    triggering_actor: github.actor,
    server_url: github.serverUrl,
    api_url: github.apiUrl,
    event_name: eventName,
    event,
    workflow_ref: `${github.repository}/${workflow.path}@${github.ref}`,
  };
}
