import type { WorkflowRunRequest } from "./types.ts";
import type { WorkflowFile } from "./workflow-file.ts";

/**
 * Returns the `github` context of a run before a job has started.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#github-context
 */
export function githubContext(request: WorkflowRunRequest, file: WorkflowFile): Record<string, unknown> {
  const { github, event, eventName, secrets } = request;
  return {
    repository: github.repository,
    repository_id: github.repositoryId,
    repository_owner: github.repositoryOwner,
    repository_owner_id: github.repositoryOwnerId,
    run_id: github.runId,
    run_attempt: String(github.runAttempt),
    run_number: String(github.runNumber),
    retention_days: "90",
    sha: github.sha,
    ref: github.ref,
    ref_name: github.refName,
    ref_type: github.ref.startsWith("refs/tags/") ? "tag" : "branch",
    ref_protected: "false",
    head_ref: github.headRef ?? "",
    base_ref: github.baseRef ?? "",
    actor: github.actor,
    actor_id: github.actorId,
    triggering_actor: github.actor,
    server_url: github.serverUrl,
    api_url: github.apiUrl,
    graphql_url: `${github.apiUrl}/graphql`,
    event_name: eventName,
    event,
    token: secrets.GITHUB_TOKEN ?? "",
    workflow: file.name,
    workflow_ref: `${github.repository}/${file.path}@${github.ref}`,
    workflow_sha: github.sha,
  };
}

const NO_VARIABLES = ["token", "action_status"];

/** The part of the `github` context that processes are given as `GITHUB_…`; the token never is. */
export function githubVariables(context: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(context)
      .filter(
        (entry): entry is [string, string] =>
          typeof entry[1] === "string" && !NO_VARIABLES.includes(entry[0]),
      )
      .map(([name, value]) => [`GITHUB_${name.toUpperCase()}`, value]),
  );
}

/** The `inputs` of a run started by hand: what was given, else the defaults; booleans as booleans. */
export function inputsContext(request: WorkflowRunRequest, file: WorkflowFile): Record<string, unknown> {
  if (request.eventName !== "workflow_dispatch") return {};
  const given = (request.event.inputs ?? {}) as Record<string, unknown>;
  const declared = Object.entries(file.events.workflow_dispatch?.inputs ?? {});
  return Object.fromEntries(
    declared.map(([name, input]) => {
      const value = given[name] ?? input.default ?? "";
      return [name, input.type === "boolean" ? String(value) === "true" : String(value)];
    }),
  );
}
