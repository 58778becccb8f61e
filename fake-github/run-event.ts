import { refsOf } from "./oidc.ts";
import { accountJson } from "./payloads/account.ts";
import { installationLiteJson } from "./payloads/app.ts";
import type { Json } from "./payloads/common.ts";
import { repositoryJson } from "./payloads/repository.ts";
import type { Account, Dispatch, Installation, Repository, Run, WorkflowDispatch } from "./state.ts";
import type { World } from "./world.ts";

/** The event (`github.event`) of a run that somebody started by hand. */
export function startedEvent(world: World, run: Run): Json {
  const repository = world.repositories.get(run.repositoryId) as Repository;
  const common = {
    repository: repositoryJson(world, repository),
    sender: accountJson(world, world.accounts.get(run.actorId) as Account),
  };
  const { ref, baseRef } = refsOf(world, run);
  if (run.event === "push") return { ref, before: "0".repeat(40), after: run.headSha, ...common };
  if (run.event === "release")
    return { action: "published", release: { tag_name: run.headBranch, draft: false }, ...common };
  if (!run.event.startsWith("pull_request")) return common;
  const head = world.repositories.get(run.headRepositoryId) as Repository;
  return {
    action: "synchronize",
    number: 1,
    pull_request: {
      number: 1,
      head: { ref: run.headBranch, sha: run.headSha, repo: repositoryJson(world, head) },
      base: { ref: baseRef, sha: world.head(repository)?.sha, repo: common.repository },
    },
    ...common,
  };
}

/** The event of a run that a dispatch started: https://docs.github.com/en/webhooks/webhook-events-and-payloads#repository_dispatch */
export const dispatchEvent = (
  world: World,
  repository: Repository,
  dispatch: Dispatch,
  sender: Account,
  installation: Installation | undefined,
): Json => ({
  action: dispatch.eventType,
  branch: repository.defaultBranch,
  client_payload: dispatch.clientPayload,
  repository: repositoryJson(world, repository),
  sender: accountJson(world, sender),
  ...(installation ? { installation: installationLiteJson(installation) } : {}),
});

/** The event of a run that a `workflow_dispatch` started: https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_dispatch */
export const workflowDispatchEvent = (
  world: World,
  repository: Repository,
  { inputs, workflow }: WorkflowDispatch,
  ref: string,
  sender: Account,
  installation: Installation | undefined,
): Json => ({
  inputs,
  ref,
  workflow,
  repository: repositoryJson(world, repository),
  sender: accountJson(world, sender),
  ...(installation ? { installation: installationLiteJson(installation) } : {}),
});
