import { type Oidc, refOf, refsOf } from "./oidc.ts";
import type { WorkflowRunRequest } from "./runner/types.ts";
import type { Account, Repository, Run, RunAttemptState } from "./state.ts";
import type { World } from "./world.ts";

/** The text of a run's workflow file: at the branch or tag that it runs from, else on the default branch. */
export function workflowText(
  world: World,
  repository: Repository,
  path: string,
  ref: string,
): string | undefined {
  return world.commit(repository, ref)?.files.get(path) ?? world.head(repository)?.files.get(path);
}

/** Returns the request that has the runner execute an attempt of a run. */
export function runRequest(world: World, oidc: Oidc, run: Run, attempt: RunAttemptState): WorkflowRunRequest {
  const repository = world.repositories.get(run.repositoryId) as Repository;
  const owner = world.owner(repository);
  const actor = world.accounts.get(run.actorId) as Account;
  const { ref, sha, headRef, baseRef } = refsOf(world, run);
  const text = workflowText(world, repository, run.workflowPath, refOf(run)) ?? "";
  return {
    workflow: { path: run.workflowPath, text },
    eventName: run.event,
    event: run.payload,
    hasEventFile: world.settings.eventFiles,
    github: {
      repository: world.fullName(repository),
      repositoryId: String(repository.id),
      repositoryOwner: owner.login,
      repositoryOwnerId: String(owner.id),
      runId: String(run.id),
      runAttempt: attempt.attempt,
      runNumber: run.runNumber,
      sha,
      ref,
      refName: ref.replace(/^refs\/(heads|tags|pull)\//, ""),
      actor: actor.login,
      actorId: String(actor.id),
      serverUrl: world.url,
      apiUrl: world.url,
      ...(headRef ? { headRef, baseRef } : {}),
    },
    localActions: world.localActions,
    variables: repository.variables,
    secrets: repository.secrets,
    idToken: () => oidc.variables(run, attempt.attempt),
  };
}
