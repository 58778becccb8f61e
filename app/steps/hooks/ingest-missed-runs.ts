import type { WorkerDeps } from "../../deps.ts";
import { forEachConcurrently } from "../../domain/for-each-concurrently.ts";
import { afterPage } from "../../domain/hooks/gap.ts";
import type { Gap } from "../../domain/records/hook-log.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { getRunAttempt, listCompletedRuns, type RunJson } from "../../github/workflow-runs.ts";
import { isReadable } from "../delivery/observe-run.ts";
import { ingest } from "../intake/ingest.ts";
import type { Progress } from "./failed-webhooks.ts";

/** Runs of a page ingested at once. Of each that was started again GitHub is asked for the attempts before. */
const RUNS_AT_ONCE = 8;

/**
 * Ingests the runs that ended in a gap from GitHub's list of runs, a page for each request that is granted.
 * Those that were heard of all the same are there once. Returns the gap as it is then.
 *
 * @throws Refusal where the App may not read the repository's runs, or GitHub cannot be asked now
 */
export async function ingestMissedRuns(
  deps: WorkerDeps,
  repository: Repository,
  gap: Gap,
  { spend, progress }: Progress,
): Promise<Gap> {
  let at = gap;
  while (at.spans.length > 0 && (await spend())) {
    const span = at.spans.at(-1) as [string, string];
    const { total, runs } = await listCompletedRuns(deps.github, repository, { span, page: at.page });
    const next = afterPage(at, { total, listed: runs.length });
    const counts = { found: 0, failed: 0 };
    if (!next.isSplit)
      await forEachConcurrently(runs, { atOnce: RUNS_AT_ONCE }, (run) =>
        ingestAttempts(deps, repository, gap, run, { spend, counts }),
      );
    at = { ...next.gap, found: at.found + counts.found };
    if (counts.failed > 0) at = { ...at, isUnsure: true };
    progress(at);
  }
  return at;
}

/** Ingests a run's attempts that ended in a gap; one that is odd, or fails, drops no other. */
async function ingestAttempts(
  deps: WorkerDeps,
  repository: Repository,
  { since }: Gap,
  latest: RunJson,
  { spend, counts }: { spend: () => Promise<boolean>; counts: { found: number; failed: number } },
): Promise<void> {
  const { repositoryId } = repository;
  for (let run: RunJson | null = latest; run !== null; ) {
    if (!isReadable(deps, repositoryId, run)) return;
    if (Date.parse(run.updated_at) < Date.parse(since)) return;
    const result = await ingestRun(deps, repository, run);
    if (result !== "known") counts[result] += 1;
    if (run.run_attempt <= 1) return;
    await spend();
    run = await getRunAttempt(deps.github, repository, run.id, run.run_attempt - 1);
  }
}

/** Ingests an attempt of a run; returns whether it was missed, or could not be stored. */
async function ingestRun(
  deps: WorkerDeps,
  repository: Repository,
  run: RunJson,
): Promise<"found" | "known" | "failed"> {
  const { repositoryId, ownerId, provider } = repository;
  const webhook = {
    action: "completed",
    workflow_run: run,
    repository: { id: Number(repositoryId), owner: { id: Number(ownerId) } },
  };
  try {
    const result = await ingest(deps, webhook as never);
    // Of a repository that is no provider nothing is stored by which it would be known.
    return !provider || result === "stored" ? "found" : "known";
  } catch (error) {
    deps.log.error(
      { event: "missed-run.failed", err: error, repositoryId, runId: String(run.id) },
      "Missed run could not be ingested",
    );
    return "failed";
  }
}
