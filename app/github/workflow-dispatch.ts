import { AsyncLocalStorage } from "node:async_hooks";
import type { Repository } from "../domain/records/repository.ts";
import { Refusal } from "../domain/refusal.ts";
import type { GitHub } from "./client.ts";
import { type DispatchAnswer, type GrantedAccess, postDispatch } from "./dispatch.ts";
import { getInstallation, hasStatus, type InstallationState } from "./installations.ts";
import { keptOut } from "./kept-out.ts";
import { refusalOf } from "./outage.ts";

type Target = Pick<Repository, "repositoryId" | "ownerId" | "installationId" | "fullName">;

/** One `workflow_dispatch`. */
export interface WorkflowDispatchBody {
  ref: string;
  inputs: Record<string, string>;
}

/** The result of a `workflow_dispatch`, and whether the server knows the parameter that has it name its run. */
export interface WorkflowDispatchAnswer {
  answer: DispatchAnswer;
  /** True where the server refused the parameter, so that the dispatch was sent without it. */
  parameterRefused: boolean;
}

/**
 * An older Enterprise Server's words, with 422 or 400:
 * https://github.com/benc-uk/workflow-dispatch/issues/86 and https://github.com/cli/cli/issues/12672
 */
const PARAMETER_REFUSED = /^GitHub answered 4(?:00|22): .*return_run_details/s;

/** Returns the address that dispatches of a workflow file, given by its path, go to. */
export function workflowDispatchUrl({ apiUrl }: GitHub, repositoryId: string, workflow: string): string {
  const file = encodeURIComponent(workflow.split("/").at(-1) as string);
  return `${apiUrl}/repositories/${repositoryId}/actions/workflows/${file}/dispatches`;
}

/** Returns a body that asks GitHub to name the run that it starts. */
export const withRunDetails = (
  body: WorkflowDispatchBody,
): WorkflowDispatchBody & { return_run_details: true } => ({ ...body, return_run_details: true });

/**
 * Makes one `workflow_dispatch`, asks GitHub to name its run, and says how it went. A server that refuses
 * the parameter did nothing, so that the same dispatch is sent without it.
 * https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event
 *
 * @param workflow - path of the workflow file
 */
export async function dispatchWorkflow(
  github: GitHub,
  access: GrantedAccess,
  { repositoryId, workflow }: { repositoryId: string; workflow: string },
  body: WorkflowDispatchBody,
  now: () => number,
  withoutParameter = false,
): Promise<WorkflowDispatchAnswer> {
  const url = workflowDispatchUrl(github, repositoryId, workflow);
  const posting = { now, accepted: startedRun };
  if (!withoutParameter) {
    const answer = await postDispatch(github, url, access, withRunDetails(body), posting);
    const refused = answer.outcome === "refused" && PARAMETER_REFUSED.test(answer.reason);
    if (!refused) return { answer: explained(answer, workflow), parameterRefused: false };
  }
  const answer = await postDispatch(github, url, access, body, posting);
  return { answer: explained(answer, workflow), parameterRefused: true };
}

/** Says what GitHub's 404 means, which names nothing. */
function explained(answer: DispatchAnswer, workflow: string): DispatchAnswer {
  if (answer.outcome !== "refused" || answer.status !== 404) return answer;
  // GitHub's own words may end without a stop.
  const reason = `${answer.reason.replace(/\.?$/, ".")} GitHub starts only a workflow that is on the default branch: look whether ${workflow} is there.`;
  return { ...answer, reason };
}

/** Returns whether GitHub refused a dispatch since there is no such branch or tag. */
export const isRefMissing = (answer: DispatchAnswer): boolean =>
  answer.outcome === "refused" && answer.status === 422 && /No ref found for/.test(answer.reason);

/** Reads GitHub's yes: 200 with the run, or 204 where the server does not name it. */
function startedRun(status: number, text: string): DispatchAnswer | null {
  if (status === 204) return { outcome: "dispatched", status };
  if (status !== 200) return null;
  try {
    const { workflow_run_id } = JSON.parse(text) as { workflow_run_id?: unknown };
    if (typeof workflow_run_id !== "number" || !Number.isSafeInteger(workflow_run_id)) return null;
    return workflow_run_id > 0 ? { outcome: "dispatched", status, runId: String(workflow_run_id) } : null;
  } catch {
    // A page of a proxy's: that is no run.
    return null;
  }
}

const notGranted = ({ fullName }: Target, page: string): Refusal =>
  new Refusal(
    "forbidden",
    `The App may not start workflows in ${fullName}. The operator of this Zekt raises the App's permission "Actions" to read and write, and then the installation's owner accepts it${page}.`,
  );

/** The installations that some work has asked for, by their id. */
const looked = new AsyncLocalStorage<Map<string, Promise<InstallationState | null>>>();

/** Does work that checks one repository often, and asks GitHub once what the App may there. */
export const withOneLook = <T>(work: () => Promise<T>): Promise<T> => looked.run(new Map(), work);

/** Reads an installation, within {@link withOneLook} once. */
async function lookAt(github: GitHub, installationId: string): Promise<InstallationState | null> {
  const known = looked.getStore();
  const answer = known?.get(installationId) ?? getInstallation(github, installationId);
  known?.set(installationId, answer);
  return await answer;
}

/**
 * Checks that the App may start a repository's workflows, as GitHub says at this moment.
 *
 * @throws Refusal forbidden with the address where it is granted; unavailable or limited where GitHub cannot
 * be asked now
 */
export async function requireWorkflowDispatch(github: GitHub, target: Target): Promise<void> {
  if (target.installationId === null) throw notGranted(target, "");
  try {
    const installation = await lookAt(github, target.installationId);
    if (installation?.permissions.actions === "write") return;
    throw notGranted(target, installation ? ` at ${installation.htmlUrl}` : "");
  } catch (error) {
    throw refusalOf(error) ?? error;
  }
}

/**
 * Reads whether a workflow is switched on; null where GitHub does not know it.
 * https://docs.github.com/en/rest/actions/workflows#get-a-workflow
 *
 * @returns `active`, `disabled_manually`, or another of GitHub's names for a workflow that does not run
 */
export async function workflowState(
  github: GitHub,
  { installationId, ownerId, repositoryId }: Target,
  workflow: string,
): Promise<string | null> {
  if (installationId === null) return null;
  try {
    const octokit = await github.as(
      { installationId, ownerId },
      { repositoryIds: [repositoryId], permissions: { actions: "read" } },
    );
    const { data } = await octokit.request(
      "GET /repositories/{repository_id}/actions/workflows/{workflow_id}",
      { repository_id: Number(repositoryId), workflow_id: workflow.split("/").at(-1) as string },
    );
    return (data as { state: string }).state;
  } catch (error) {
    const known = refusalOf(error) ?? keptOut(error);
    if (known) throw known;
    if (hasStatus(error, 401, 403, 404, 422)) return null;
    throw error;
  }
}
