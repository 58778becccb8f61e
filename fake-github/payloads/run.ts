import type { Account, Repository, Run, RunAttemptState } from "../state.ts";
import type { World } from "../world.ts";
import { accountJson } from "./account.ts";
import { simpleCommitJson } from "./commit.ts";
import { iso, type Json, nodeId } from "./common.ts";
import { minimalRepositoryJson, repositoryUrl } from "./repository.ts";

/**
 * A run as the REST API and `workflow_run` tell of it: nothing of a dispatch's type or payload.
 * https://docs.github.com/en/rest/actions/workflow-runs#get-a-workflow-run
 */
export function runJson(world: World, run: Run, attempt: RunAttemptState): Json {
  const repository = world.repositories.get(run.repositoryId) as Repository;
  // A fork may be gone by now: https://github.com/github/rest-api-description/issues/1586
  const head = world.repositories.get(run.headRepositoryId);
  const actor = accountJson(world, world.accounts.get(run.actorId) as Account);
  const base = repositoryUrl(world, repository);
  const { url, html_url } = runUrls(world, run);
  const commit = head?.commits.get(run.headSha);
  const workflowId = world.workflowId(repository, run.workflowPath);
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId("WorkflowRun", run.id),
    check_suite_id: run.suiteId,
    check_suite_node_id: nodeId("CheckSuite", run.suiteId),
    head_branch: run.headBranch,
    head_sha: run.headSha,
    path: run.workflowPath,
    ...(world.settings.untitledRuns ? {} : { display_title: run.displayTitle }),
    run_number: run.runNumber,
    run_attempt: attempt.attempt,
    referenced_workflows: [],
    event: run.event,
    status: attempt.status,
    conclusion: attempt.conclusion,
    workflow_id: workflowId,
    url,
    html_url,
    pull_requests: [],
    created_at: iso(run.createdAt),
    updated_at: iso(attempt.updatedAt),
    run_started_at: iso(attempt.startedAt),
    actor,
    triggering_actor: actor,
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${base}/check-suites/${run.suiteId}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: attempt.attempt > 1 ? `${url}/attempts/${attempt.attempt - 1}` : null,
    workflow_url: `${base}/actions/workflows/${workflowId}`,
    head_commit: commit ? simpleCommitJson(world, commit) : null,
    repository: minimalRepositoryJson(world, repository),
    head_repository: head ? minimalRepositoryJson(world, head) : null,
  };
}

/** The addresses of a run, as the answer to a `workflow_dispatch` names it. */
export const runUrls = (world: World, run: Run): { url: string; html_url: string } => {
  const repository = world.repositories.get(run.repositoryId) as Repository;
  return {
    url: `${repositoryUrl(world, repository)}/actions/runs/${run.id}`,
    html_url: `${world.url}/${world.fullName(repository)}/actions/runs/${run.id}`,
  };
};

/** A workflow: https://docs.github.com/en/rest/actions/workflows */
export function workflowJson(world: World, repository: Repository, path: string, name: string): Json {
  const id = world.workflowId(repository, path);
  const page = `${world.url}/${world.fullName(repository)}`;
  const at = new Date(repository.createdAt).toISOString();
  return {
    id,
    node_id: nodeId("Workflow", id),
    name,
    path,
    state: repository.disabledWorkflows.get(path) ?? "active",
    created_at: at,
    updated_at: at,
    url: `${repositoryUrl(world, repository)}/actions/workflows/${id}`,
    html_url: `${page}/blob/${repository.defaultBranch}/${path}`,
    badge_url: `${page}/workflows/${encodeURIComponent(name)}/badge.svg`,
  };
}
