import type { Octokit } from "@octokit/core";
import type { Repository } from "../domain/records/repository.ts";
import { Refusal } from "../domain/refusal.ts";
import type { GitHub } from "./client.ts";
import { createOnce } from "./create-once.ts";
import { getInstallation, hasStatus } from "./installations.ts";
import { archivedRefusal, isArchived, keptOut } from "./kept-out.ts";
import { refusalOf } from "./outage.ts";

type Target = Pick<Repository, "repositoryId" | "ownerId" | "installationId" | "fullName">;

/** An issue as it is on GitHub now. */
export interface IssueState {
  number: number;
  open: boolean;
  /** When somebody else than the App closed it, as ISO 8601; null where nobody did. */
  closedByOthersAt: string | null;
}

interface IssueJson {
  number: number;
  state: string;
  body: string | null;
  closed_at: string | null;
  closed_by?: { login: string } | null;
  pull_request?: unknown;
}

/** Issues that are looked through for one of ours at most. */
const LOOKED_THROUGH = 100;

async function writerOf(github: GitHub, target: Target): Promise<Octokit> {
  const { installationId, ownerId, repositoryId } = target;
  if (installationId === null) throw notGranted(target, "");
  return await github.as(
    { installationId, ownerId },
    { repositoryIds: [repositoryId], permissions: { issues: "write" } },
  );
}

const notGranted = ({ fullName }: Target, page: string): Refusal =>
  new Refusal(
    "forbidden",
    `The App may not write issues in ${fullName}. The operator of this Zekt adds the permission "Issues: read and write" to the App, and then the installation's owner accepts it${page}.`,
  );

/** Explains GitHub's refusal of an issue to the person who can fix it. */
function explain(error: unknown, target: Target): unknown {
  const known = refusalOf(error) ?? keptOut(error);
  if (known) return known;
  if (hasStatus(error, 410)) {
    return new Refusal(
      "conflict",
      `Issues are switched off in ${target.fullName}, under Settings → General.`,
      {
        cause: error,
      },
    );
  }
  return hasStatus(error, 403, 404, 422) ? notGranted(target, " on the installation's page") : error;
}

/**
 * Sees that the App may write issues in a repository, as GitHub says at this moment.
 *
 * @throws Refusal forbidden with where it is granted, conflict where issues are switched off or the repository is archived
 */
export async function checkIssuesAllowed(github: GitHub, target: Target): Promise<void> {
  const installation =
    target.installationId === null ? null : await getInstallation(github, target.installationId);
  if (installation?.permissions.issues !== "write") {
    throw notGranted(target, installation ? ` at ${installation.htmlUrl}` : "");
  }
  try {
    const octokit = await writerOf(github, target);
    await octokit.request("GET /repositories/{repository_id}/issues", {
      repository_id: Number(target.repositoryId),
      per_page: 1,
    });
    // Its issues are still read; GitHub would refuse the first that is written.
    if (await isArchived(github, target, { issues: "write" })) throw archivedRefusal();
  } catch (error) {
    throw explain(error, target);
  }
}

const stateOf = (json: IssueJson, botLogin: string): IssueState => ({
  number: json.number,
  open: json.state === "open",
  closedByOthersAt: json.state === "closed" && json.closed_by?.login !== botLogin ? json.closed_at : null,
});

/** The sign by which an issue of ours is known, and who writes it. */
export interface IssueMark {
  marker: string;
  botLogin: string;
}

/** Finds the issue that holds a marker: by its number where that is known, else among those of the App. Null where there is none. */
export async function findIssue(
  github: GitHub,
  target: Target,
  { number, marker, botLogin }: IssueMark & { number: number | null },
): Promise<IssueState | null> {
  const repository_id = Number(target.repositoryId);
  try {
    const octokit = await writerOf(github, target);
    if (number !== null) {
      const json = await getIssue(octokit, repository_id, number);
      if (json) return stateOf(json, botLogin);
    }
    const ours = await findMarked(octokit, repository_id, { marker, botLogin });
    // In a list nobody is told to have closed one.
    const whole = ours && (await getIssue(octokit, repository_id, ours.number));
    return whole ? stateOf(whole, botLogin) : null;
  } catch (error) {
    throw explain(error, target);
  }
}

/** https://docs.github.com/en/rest/issues/issues#list-repository-issues; null where none of the newest has the marker. */
async function findMarked(
  octokit: Octokit,
  repository_id: number,
  { marker, botLogin }: IssueMark,
): Promise<IssueJson | null> {
  const { data } = await octokit.request("GET /repositories/{repository_id}/issues", {
    repository_id,
    creator: botLogin,
    state: "all",
    per_page: LOOKED_THROUGH,
  });
  return (data as IssueJson[]).find(({ body }) => body?.includes(marker)) ?? null;
}

/** https://docs.github.com/en/rest/issues/issues#get-an-issue; null where it was deleted, or moved to another repository. */
async function getIssue(
  octokit: Octokit,
  repository_id: number,
  issue_number: number,
): Promise<IssueJson | null> {
  try {
    const { data } = await octokit.request("GET /repositories/{repository_id}/issues/{issue_number}", {
      repository_id,
      issue_number,
      // A moved one would be followed to where it is none of ours.
      request: { redirect: "manual" },
    });
    return (data as IssueJson | undefined)?.number === issue_number ? (data as IssueJson) : null;
  } catch (error) {
    if (hasStatus(error, 301, 404, 410)) return null;
    throw error;
  }
}

/**
 * Writes an issue: a new one where `number` is null. Returns its number. A body that holds the marker
 * makes a new one findable, so that there is only one of it after an answer that was lost.
 * https://docs.github.com/en/rest/issues/issues#create-an-issue
 *
 * @throws Refusal where the App may not, or GitHub cannot be asked
 */
export async function writeIssue(
  github: GitHub,
  target: Target,
  number: number | null,
  issue: { title?: string; body?: string; state: "open" | "closed"; reason?: "completed" | "not_planned" },
  mark: IssueMark,
): Promise<number> {
  const repository_id = Number(target.repositoryId);
  const { state, reason = "completed", ...text } = issue;
  try {
    const octokit = await writerOf(github, target);
    if (number === null) {
      const create = async (): Promise<IssueJson> =>
        (await octokit.request("POST /repositories/{repository_id}/issues", { repository_id, ...text }))
          .data as IssueJson;
      return (await createOnce(github, create, () => findMarked(octokit, repository_id, mark))).number;
    }
    await octokit.request("PATCH /repositories/{repository_id}/issues/{issue_number}", {
      repository_id,
      issue_number: number,
      ...text,
      state,
      ...(state === "closed" ? { state_reason: reason } : {}),
    });
    return number;
  } catch (error) {
    throw explain(error, target);
  }
}
