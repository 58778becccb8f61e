import type { ApiDeps } from "../../deps.ts";
import { DAY, iso } from "../../domain/clock.ts";
import { type DispatchInputs, readDispatchInputs } from "../../domain/delivery/dispatch-inputs.ts";
import { readHazards, type WorkflowHazards } from "../../domain/delivery/workflow-hazards.ts";
import type { Repository } from "../../domain/records/repository.ts";
import type { Subscription } from "../../domain/records/subscription.ts";
import { readFile } from "../../github/contents.ts";
import { workflowState } from "../../github/workflow-dispatch.ts";
import { listRuns, type RunJson } from "../../github/workflow-runs.ts";
import { observeRun } from "../delivery/observe-run.ts";
import { isWorkflowDispatched } from "../delivery/track-workflow-run.ts";
import type { Obstacle } from "./preflight.ts";

/** The time in which the last run that Zekt started is looked for, and the runs looked through. */
const LATELY = 30 * DAY;
const RUNS = 100;

/** GitHub's names for a workflow that does not run, in words. */
export const WORKFLOW_STATES: Readonly<Record<string, string>> = {
  disabled_manually: "somebody disabled it",
  disabled_inactivity: "GitHub disabled it, since nothing happened in the repository for 60 days",
  disabled_fork: "GitHub disables it in a fork until somebody enables it",
  deleted: "it was deleted",
};

/**
 * Finds what would stop GitHub from starting a subscription's workflow by `workflow_dispatch`. It reads the
 * workflow's file, trigger and inputs, whether it is enabled, and whether GitHub let the last run begin.
 *
 * @param example - a workflow that could be started, ready to be committed
 * @throws Refusal where the App may not read the repository
 */
export async function workflowObstacles(
  deps: ApiDeps,
  repository: Repository,
  subscription: Subscription & { workflow: string },
  example: { text: string },
): Promise<{ obstacles: Obstacle[]; listens: boolean; hazards: WorkflowHazards | null }> {
  const { workflow } = subscription;
  const { fullName, defaultBranch } = repository;
  const ref = subscription.ref ?? defaultBranch;
  const onDefault = await readFile(deps.github, repository, workflow);
  const text = ref === defaultBranch ? onDefault : await readFile(deps.github, repository, workflow, ref);
  if (onDefault === null || text === null) {
    const where = onDefault === null ? defaultBranch : ref;
    const message = `${workflow} is not on ${where} of ${fullName}; GitHub starts only a workflow that is.`;
    const link = deps.links.newFile(repository, { path: workflow, text: example.text });
    return { obstacles: [{ code: "workflow-missing", message, link }], listens: false, hazards: null };
  }
  const read = readDispatchInputs(text);
  const obstacles = ofFile(deps, repository, workflow, ref, read);
  const [state, last] = await Promise.all([
    workflowState(deps.github, repository, workflow),
    lastRun(deps, repository, workflow),
  ]);
  if (state !== null && state !== "active") {
    const message = `GitHub does not start ${workflow} of ${fullName}: ${WORKFLOW_STATES[state] ?? state}. Enable it on its page.`;
    obstacles.push({ code: "workflow-disabled", message, link: deps.links.workflow(repository, workflow) });
  }
  if (last && String(last.conclusion) === "startup_failure") {
    const message = `GitHub let the last run of ${workflow} in ${fullName} begin no job. The run's page says why: a policy of Actions may not admit the App or the event.`;
    obstacles.push({ code: "run-not-begun", message, link: deps.links.run(repository, String(last.id)) });
  }
  return { obstacles, listens: read.listens && obstacles.length === 0, hazards: readHazards(text) };
}

function ofFile(
  deps: ApiDeps,
  repository: Repository,
  workflow: string,
  ref: string,
  { listens, problems, refused }: DispatchInputs,
): Obstacle[] {
  const link = deps.links.file(repository, workflow);
  const where = `${workflow} on ${ref} of ${repository.fullName}`;
  if (refused) {
    const message = `GitHub refuses ${where}, line ${refused.line}: ${refused.message}`;
    return [{ code: "workflow-refused", message, link }];
  }
  if (!listens) {
    return [{ code: "no-listener", message: `${where} does not listen to workflow_dispatch (on).`, link }];
  }
  return problems.map((problem) => ({
    code: "workflow-inputs",
    message: `GitHub would refuse to start ${where}: ${problem}.`,
    link,
  }));
}

/** Finds the last run of a workflow that Zekt started; null where there is none lately. */
async function lastRun(deps: ApiDeps, repository: Repository, workflow: string): Promise<RunJson | null> {
  const createdSince = iso(deps.clock.now() - LATELY);
  const runs = await listRuns(deps.github, repository, {
    event: "workflow_dispatch",
    createdSince,
    limit: RUNS,
  });
  const isIts = (one: RunJson): boolean => {
    const run = observeRun(repository.repositoryId, one);
    return run.workflow === workflow && isWorkflowDispatched(deps, run);
  };
  return runs.find(isIts) ?? null;
}
