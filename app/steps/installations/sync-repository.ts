import type { WorkerDeps } from "../../deps.ts";
import { iso } from "../../domain/clock.ts";
import { askAgain } from "../../domain/jobs/ask-again.ts";
import type { Repository } from "../../domain/records/repository.ts";
import {
  findInstallationOf,
  getRepository,
  type InstallationState,
  type RepositoryState,
} from "../../github/installations.ts";
import { isBlocked } from "../../github/kept-out.ts";
import type { JobLeft, RepositoryJob } from "../../store/queues.ts";
import { restartApprovals } from "../catalog/restart-approvals.ts";
import { changeIssue, updatePermissionNotice } from "../notices/raise-notice.ts";
import { forgetRepository, leaveRepository } from "./leave-repository.ts";

let questions = 0;

/** The moment of a question to GitHub, as a text; a later one of this process sorts later, even in the same millisecond. */
export const askedNow = (deps: WorkerDeps): string =>
  `${iso(deps.clock.now())}#${String(questions++).padStart(12, "0")}`;

/**
 * Brings a repository up to date as its job says. One that a webhook has just named as reached, and GitHub does not
 * show, is asked about again before it is left.
 */
export async function workRepository(deps: WorkerDeps, job: RepositoryJob): Promise<JobLeft | null> {
  const { repositoryId } = job;
  // GitHub takes a deletion back under the same id only by restoring the repository.
  if (job.deleted) {
    await forgetRepository(deps, repositoryId, askedNow(deps));
    return null;
  }
  const again = job.isThere ? askAgain(job, deps.clock.now()) : null;
  return (await syncRepository(deps, repositoryId, again !== null)) ? null : again;
}

/**
 * Brings what is stored of one repository up to what GitHub says now. Every event of a repository
 * leads here, so that it matters neither in which order they come nor whether one came twice.
 *
 * @returns false where GitHub does not show it and the caller `waits`: then it stays as it is
 */
export async function syncRepository(
  deps: WorkerDeps,
  repositoryId: string,
  waits = false,
): Promise<boolean> {
  const { accounts } = deps.store;
  const askedAt = askedNow(deps);
  const installation = await findInstallationOf(deps.github, repositoryId);
  if (installation?.suspended) {
    // Nothing more can be asked; what it is now is learnt when the suspension is lifted.
    await accounts.recordKnownRepository({ repositoryId, reachable: false }, askedAt);
    return true;
  }
  const state = installation && (await readState(deps, installation, repositoryId));
  // No webhook tells of a block's end: what is known stays, and works again then.
  if (state === "blocked") return true;
  if (!state) {
    if (waits) return false;
    const known = await accounts.getRepository(repositoryId);
    if (known) await leaveRepository(deps, known, askedAt);
    return true;
  }
  const { installationId, ownerId } = installation;
  if ((await accounts.getAccount(ownerId))?.installationId !== installationId) {
    await deps.store.jobs.enqueue([{ kind: "installation", installationId, ownerId }]);
  }
  if (await adopt(deps, state, installationId, askedAt)) {
    await deps.store.jobs.enqueue([{ kind: "file", repositoryId, ownerId, sha: null }]);
    await recordFilesAsked(deps, [repositoryId]);
  }
  return true;
}

async function readState(
  deps: WorkerDeps,
  installation: InstallationState,
  repositoryId: string,
): Promise<RepositoryState | "blocked" | null> {
  try {
    return await getRepository(deps.github, installation, repositoryId);
  } catch (error) {
    if (isBlocked(error)) return "blocked";
    throw error;
  }
}

/**
 * Stores a repository as GitHub described it when asked at `askedAt`; with another owner than before,
 * its approvals start anew. Answers whether its file has to be read: it was out of reach until now, or has another
 * default branch. That stays so until {@link recordFilesAsked}, should the process end before the file's job is stored.
 */
export async function adopt(
  deps: WorkerDeps,
  state: RepositoryState,
  installationId: string,
  askedAt: string,
): Promise<boolean> {
  const { accounts } = deps.store;
  const { repositoryId, ownerId } = state;
  const before = await accounts.getRepository(repositoryId);
  const moved = before !== null && before.ownerId !== ownerId;
  // Begun for an owner who may have given it back since, by a process that ended.
  const restarts = moved || before?.approvalsDue === true;
  const elsewhere =
    before !== null && before.installationId !== null && before.installationId !== installationId;
  // An owner has one installation: the one before has ended, though its own event may come later.
  if (elsewhere && !moved) await leaveRepository(deps, before, askedAt);
  // Before the owner is stored, so that no crash leaves the approvals of the old one; and after it, for
  // those that were given in between.
  if (restarts) {
    await accounts.changeRepository({ repositoryId, approvalsDue: true });
    await restartApprovals(deps, repositoryId, ownerId);
  }
  const wasUnreached = before?.reachable === false && (before.askedAt ?? "") <= askedAt;
  // Before it is reached, since by that a repetition knows that it was not.
  if (wasUnreached) await updatePermissionNotice(deps, state, "installation", null);
  const isUnread =
    !before?.reachable || before.defaultBranch !== state.defaultBranch || before.fileUnread === true;
  const record = (): Promise<Repository | null> =>
    accounts.recordRepository(
      {
        ...state,
        installationId,
        reachable: true,
        ...(isUnread ? { fileUnread: true } : {}),
        // What a new owner's people have to see to is none of the old one's.
        ...(moved ? { notifications: null, shieldKeys: [] } : {}),
      },
      askedAt,
    );
  // In a public one everybody reads the issue: what it says of others goes.
  const becomesPublic = before?.private && !state.private && before.notifications?.by === "issue";
  if (!(await (becomesPublic ? changeIssue(deps, state, record) : record()))) return false;
  if (restarts) {
    await restartApprovals(deps, repositoryId);
    await accounts.changeRepository({ repositoryId, approvalsDue: false });
  }
  return isUnread;
}

/** Records that the files of repositories are about to be read. */
export async function recordFilesAsked(deps: WorkerDeps, repositoryIds: readonly string[]): Promise<void> {
  const { accounts } = deps.store;
  await Promise.all(
    repositoryIds.map((repositoryId) => accounts.changeRepository({ repositoryId, fileUnread: false })),
  );
}
