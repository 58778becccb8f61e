import type { WorkerDeps } from "../../deps.ts";
import { DAY, iso, MINUTE } from "../../domain/clock.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { listRuns } from "../../github/workflow-runs.ts";
import { ingest } from "../intake/ingest.ts";

/** Runs that began so long before the gap are looked at too: they may have ended in it. */
const BEGAN_BEFORE = 1 * DAY;
/** GitHub lists no more with a filter. */
const MAX_RUNS = 1000;
const SKEW = 1 * MINUTE;

/**
 * Takes in the runs that ended while a repository's webhook was gone, of which GitHub kept no log: from
 * its list of runs. Those that were heard of all the same are there once. Returns how many were new.
 *
 * @throws Refusal where the App may not read the repository's runs, or GitHub cannot be asked now
 */
export async function ingestMissedRuns(
  deps: WorkerDeps,
  repository: Repository,
  since: string,
): Promise<number> {
  const from = Date.parse(since) - SKEW;
  const runs = await listRuns(deps.github, repository, {
    status: "completed",
    createdSince: iso(from - BEGAN_BEFORE),
    limit: MAX_RUNS,
  });
  const missed = runs.filter(({ updated_at }) => Date.parse(updated_at) >= from);
  let found = 0;
  for (const run of missed) {
    const repositoryIds = { id: Number(repository.repositoryId), owner: { id: Number(repository.ownerId) } };
    const told = { action: "completed", workflow_run: run, repository: repositoryIds };
    if ((await ingest(deps, told as never)) === "stored") found += 1;
  }
  const { repositoryId } = repository;
  if (missed.length === MAX_RUNS)
    deps.log.error(
      { event: "missed-runs.truncated", repositoryId, since },
      "More runs were missed than GitHub lists",
    );
  if (found > 0)
    deps.log.warn(
      { event: "missed-runs.ingested", repositoryId, since, found },
      "Runs whose webhook was missed were ingested",
    );
  return found;
}
