import type { WorkflowRunEvent } from "@octokit/webhooks-types";
import type { WorkerDeps } from "../../deps.ts";
import { titleOf, workflowPath } from "../../domain/intake/event.ts";
import { runMismatch } from "../../domain/intake/webhook-shape.ts";
import type { ObservedRun } from "../../domain/records/observed-run.ts";
import type { RunJson } from "../../github/workflow-runs.ts";

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

/** Returns whether a listed run is as GitHub documents runs. One that is not is logged, and drops no other. */
export function isReadable(deps: WorkerDeps, repositoryId: string, run: RunJson): boolean {
  const place = runMismatch(run);
  if (place === null) return true;
  deps.log.warn(
    { event: "run.unreadable", repositoryId, runId: String(run?.id), place },
    "Listed run is not as GitHub documents it",
  );
  return false;
}
