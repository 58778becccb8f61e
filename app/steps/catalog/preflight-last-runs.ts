import type { ApiDeps } from "../../deps.ts";
import { DAY, iso } from "../../domain/clock.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { Refusal } from "../../domain/refusal.ts";
import { listRuns, type RunJson } from "../../github/workflow-runs.ts";
import type { FoundListeners } from "../delivery/find-listeners.ts";
import { observeRun } from "../delivery/observe-run.ts";
import { isDispatched } from "../delivery/track.ts";
import type { Obstacle } from "./preflight.ts";

/** The time for which a run that never started is held against its repository. */
const LAST_RUNS = 7 * DAY;

/** Returns an obstacle for each workflow of whose last run, made for our dispatch, GitHub started no job. */
export async function lastRunObstacles(
  deps: ApiDeps,
  repository: Repository,
  { listeners }: FoundListeners,
): Promise<Obstacle[]> {
  const createdSince = iso(deps.clock.now() - LAST_RUNS);
  const filter = { event: "repository_dispatch", createdSince, limit: 50 };
  const runs: RunJson[] = await listRuns(deps.github, repository, filter).catch((error: unknown) => {
    // Nothing needs the list: without it the files alone are looked at.
    if (error instanceof Refusal) return [];
    throw error;
  });
  const observed = runs.map((run) => observeRun(repository.repositoryId, run));
  return listeners.flatMap(({ path }) => {
    const last = observed.find((run) => run.workflow === path && isDispatched(deps, run));
    if (last?.conclusion !== "startup_failure") return [];
    const message = `GitHub started no job of the last run of ${path} in ${repository.fullName}: most often an Actions policy does not list the App ${deps.settings.botLogin.replace("[bot]", "")} or repository_dispatch. The run's page says why.`;
    return [{ code: "run-not-begun" as const, message, link: deps.links.run(repository, last.runId) }];
  });
}
