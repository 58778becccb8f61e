import type { WorkflowRunEvent } from "@octokit/webhooks-types";
import { forEachConcurrently } from "../domain/for-each-concurrently.ts";
import type { Repository } from "../domain/records/repository.ts";
import { Refusal } from "../domain/refusal.ts";
import type { GitHub } from "./client.ts";
import { hasStatus } from "./installations.ts";
import { keptOut } from "./kept-out.ts";
import { refusalOf } from "./outage.ts";

type Target = Pick<Repository, "repositoryId" | "ownerId" | "installationId" | "fullName">;

/** A run as both the REST API and the `workflow_run` webhook tell of it. */
export type RunJson = WorkflowRunEvent["workflow_run"];

/** GitHub lists so many runs a page, and with a filter no more than 1,000 in all. */
const PER_PAGE = 100;
/** Pages asked for at once: GitHub may take seconds for each, and the caller has half a minute. */
const AT_ONCE = 8;

/** A page of a list of runs, and how many there are in all. */
interface RunsJson {
  total_count: number;
  workflow_runs: RunJson[];
}

/** Which runs of a repository to list. */
export interface RunFilter {
  /** Only of this trigger. */
  event?: string;
  /** Only runs in this state or with this conclusion. */
  status?: string;
  /** Only those made at this moment (ISO 8601) or later. */
  createdSince: string;
  /** At most so many, the newest. */
  limit: number;
}

/**
 * Lists a repository's runs, newest first.
 * https://docs.github.com/en/rest/actions/workflow-runs#list-workflow-runs-for-a-repository
 *
 * @throws Refusal forbidden where the App may not read the repository's Actions, unavailable or limited
 * where GitHub cannot be asked now
 */
export async function listRuns(github: GitHub, target: Target, filter: RunFilter): Promise<RunJson[]> {
  const { event, status, createdSince, limit } = filter;
  const pages: RunJson[][] = [];
  const read = async (page: number): Promise<number> => {
    const { total_count, workflow_runs } = await ask<RunsJson>(
      github,
      target,
      "GET /repositories/{repository_id}/actions/runs",
      {
        created: `>=${wholeSeconds(createdSince)}`,
        per_page: Math.min(PER_PAGE, limit),
        page,
        ...(event === undefined ? {} : { event }),
        ...(status === undefined ? {} : { status }),
      },
    );
    pages[page - 1] = workflow_runs;
    return total_count;
  };
  const known = Math.ceil(Math.min(await read(1), limit) / PER_PAGE);
  const isOver = (): boolean => pages.length * PER_PAGE >= limit || (pages.at(-1)?.length ?? 0) < PER_PAGE;
  if (!isOver()) {
    const others = Array.from({ length: Math.max(0, known - 1) }, (_, n) => n + 2);
    await forEachConcurrently(others, { atOnce: AT_ONCE }, async (page) => void (await read(page)));
  }
  // GitHub may count fewer than it lists.
  while (!isOver()) await read(pages.length + 1);
  return pages.flat().slice(0, limit);
}

/**
 * Lists a page of a repository's completed runs that were made in a span of time, newest first. Both ends of
 * the span are included. Says how many there are in all; GitHub lists 1,000 of them at most.
 * https://docs.github.com/en/rest/actions/workflow-runs#list-workflow-runs-for-a-repository
 *
 * @throws Refusal as {@link listRuns} does
 */
export async function listCompletedRuns(
  github: GitHub,
  target: Target,
  { span: [from, to], page }: { span: readonly [from: string, to: string]; page: number },
): Promise<{ total: number; runs: RunJson[] }> {
  const { total_count, workflow_runs } = await ask<RunsJson>(
    github,
    target,
    "GET /repositories/{repository_id}/actions/runs",
    { status: "completed", created: `${wholeSeconds(from)}..${wholeSeconds(to)}`, per_page: PER_PAGE, page },
  );
  return { total: total_count, runs: workflow_runs };
}

/**
 * Reads an attempt of a run; null where there is no such attempt (any more).
 * https://docs.github.com/en/rest/actions/workflow-runs#get-a-workflow-run-attempt
 *
 * @throws Refusal as {@link listRuns} does
 */
export async function getRunAttempt(
  github: GitHub,
  target: Target,
  runId: number,
  attempt: number,
): Promise<RunJson | null> {
  const route = "GET /repositories/{repository_id}/actions/runs/{run_id}/attempts/{attempt_number}";
  return await ask<RunJson>(github, target, route, { run_id: runId, attempt_number: attempt }).catch(
    nullIfMissing,
  );
}

/** GitHub's filter knows no fractions of a second. */
const wholeSeconds = (moment: string): string => moment.replace(/\.\d+Z$/, "Z");

function nullIfMissing(error: unknown): null {
  if (error instanceof Refusal && error.code === "not-found") return null;
  throw error;
}

/**
 * Reads a run's latest attempt; null where there is no such run (any more).
 * https://docs.github.com/en/rest/actions/workflow-runs#get-a-workflow-run
 *
 * @throws Refusal as {@link listRuns} does
 */
export async function getRun(github: GitHub, target: Target, runId: string): Promise<RunJson | null> {
  try {
    return await ask<RunJson>(github, target, "GET /repositories/{repository_id}/actions/runs/{run_id}", {
      run_id: Number(runId),
    });
  } catch (error) {
    if (error instanceof Refusal && error.code === "not-found") return null;
    throw error;
  }
}

async function ask<T>(github: GitHub, target: Target, route: string, parameters: object): Promise<T> {
  const { installationId, ownerId, repositoryId, fullName } = target;
  const unreadable = (cause?: unknown): Refusal =>
    new Refusal(
      "forbidden",
      `The App may not read the workflow runs of ${fullName}; its owner can fix that on the installation's page (repository access, and the "Actions" permission).`,
      { cause },
    );
  if (installationId === null) throw unreadable();
  try {
    const octokit = await github.as(
      { installationId, ownerId },
      { repositoryIds: [repositoryId], permissions: { actions: "read" } },
      // Whoever asks comes again before long: better that than to hold up what else is due.
      { repeats: "never" },
    );
    const { data } = await octokit.request(route, {
      repository_id: Number(repositoryId),
      ...parameters,
    });
    return data as T;
  } catch (error) {
    const known = refusalOf(error) ?? keptOut(error);
    if (known) throw known;
    if (hasStatus(error, 404) && "run_id" in parameters)
      throw new Refusal("not-found", "There is no such run.");
    if (hasStatus(error, 401, 403, 404, 422)) throw unreadable(error);
    throw error;
  }
}
