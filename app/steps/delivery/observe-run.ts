import type { WorkflowRunEvent } from "@octokit/webhooks-types";
import { titleOf, workflowPath } from "../../domain/intake/event.ts";
import type { ObservedRun } from "../../domain/records/observed-run.ts";

/** Returns the fields of a run that tracking needs; GitHub sent the run by webhook or on request. */
export const observeRun = (repositoryId: string, run: WorkflowRunEvent["workflow_run"]): ObservedRun => ({
  repositoryId,
  runId: String(run.id),
  runAttempt: run.run_attempt,
  workflow: workflowPath(run.path),
  event: run.event,
  actor: run.actor?.login ?? null,
  title: titleOf(run),
  headSha: run.head_sha,
  status: run.status,
  conclusion: run.conclusion,
  createdAt: run.created_at,
});
