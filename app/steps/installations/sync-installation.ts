import type { WorkerDeps } from "../../deps.ts";
import { askAgain } from "../../domain/jobs/ask-again.ts";
import type { Repository } from "../../domain/records/repository.ts";
import {
  getInstallation,
  type InstallationState,
  isVerified,
  listRepositories,
  REPOSITORIES_PER_PAGE,
} from "../../github/installations.ts";
import type { InstallationJob, JobLeft } from "../../store/queues.ts";
import { hasMoved, updatePermissionNotices } from "../notices/raise-notice.ts";
import { leaveRepository } from "./leave-repository.ts";
import { adopt, askedNow, recordFilesAsked, syncRepository } from "./sync-repository.ts";

/** Repositories worked on at once. */
const AT_ONCE = 10;
/** Stored repositories one job looks through. */
const STORED_PER_JOB = 100;

/**
 * Brings what is stored of an installation and its repositories up to what GitHub says now. Every
 * event of an installation leads here, so that it matters neither in which order they come nor whether
 * one was missed. One that a webhook has just told of, and GitHub does not show, is asked about again before it counts
 * as ended. One job reads one page of GitHub's list, or looks through as many stored repositories,
 * and answers what is left.
 */
export async function syncInstallation(deps: WorkerDeps, job: InstallationJob): Promise<JobLeft | null> {
  const since = job.since ?? askedNow(deps);
  const state = await getInstallation(deps.github, job.installationId);
  const again = state === null && job.isThere ? askAgain(job, deps.clock.now()) : null;
  if (again) return again;
  if (job.since === undefined) await learnAccount(deps, job, state, since);
  if (state && !state.suspended && job.cursor === undefined) {
    const page = job.page ?? 1;
    const more = await adoptPage(deps, state, page);
    if (more) return { job: { ...job, since, page: page + 1 } };
  }
  const cursor = await updateStored(deps, job, state, since);
  return cursor === null ? null : { job: { ...job, since, cursor } };
}

async function learnAccount(
  deps: WorkerDeps,
  { installationId, ownerId }: InstallationJob,
  state: InstallationState | null,
  askedAt: string,
): Promise<void> {
  const { accounts } = deps.store;
  const known = await accounts.getAccount(state?.ownerId ?? ownerId);
  if (!state) {
    // A newer installation of the same owner is none of this one's business.
    if (known?.installationId !== installationId) return;
    const ended = { installationId: null, installation: "none" as const, permissions: {} };
    await accounts.recordAccount({ ownerId: known.ownerId, login: known.login, ...ended }, askedAt);
    return;
  }
  const { suspended, login, type, permissions } = state;
  const verified = suspended
    ? (known?.verified ?? false)
    : type === "Organization" && (await isVerified(deps.github, state, login));
  const learnt = { ownerId: state.ownerId, login, permissions };
  const areDue =
    known !== null &&
    (known.noticesDue === true || (known.installation === "active" && hasMoved(known, learnt)));
  await accounts.recordAccount(
    {
      ...learnt,
      type,
      verified,
      installationId,
      installation: suspended ? "suspended" : "active",
      ...(areDue ? { noticesDue: true } : {}),
    },
    askedAt,
  );
  if (!areDue) return;
  // Where they were due before, the process ended that raised and resolved them: which of them, nobody knows.
  await updatePermissionNotices(deps, known.noticesDue ? null : known, learnt);
  await accounts.changeAccount({ ownerId: state.ownerId, noticesDue: false });
}

/** Adopts a page of what GitHub lists; answers whether there are more. */
async function adoptPage(deps: WorkerDeps, state: InstallationState, page: number): Promise<boolean> {
  const askedAt = askedNow(deps);
  const { repositories, total } = await listRepositories(deps.github, state, page);
  for (let i = 0; i < repositories.length; i += AT_ONCE) {
    const batch = repositories.slice(i, i + AT_ONCE);
    const unread = await Promise.all(
      batch.map((repository) => adopt(deps, repository, state.installationId, askedAt)),
    );
    // Reading every file of a large installation would cost its owner's quota; there a push brings each in.
    const toRead = total > REPOSITORIES_PER_PAGE ? [] : batch.filter((_, index) => unread[index]);
    await deps.store.jobs.enqueue(
      toRead.map(({ repositoryId, ownerId }) => ({ kind: "file", repositoryId, ownerId, sha: null })),
    );
    await recordFilesAsked(
      deps,
      batch.filter((_, index) => unread[index]).map(({ repositoryId }) => repositoryId),
    );
  }
  return repositories.length === REPOSITORIES_PER_PAGE;
}

/** Searches what is stored of the owner for what the installation does not reach; returns where to go on, or null at the end. */
async function updateStored(
  deps: WorkerDeps,
  job: InstallationJob,
  state: InstallationState | null,
  since: string,
): Promise<string | null> {
  const { accounts } = deps.store;
  const page = await accounts.listRepositories(state?.ownerId ?? job.ownerId, {
    limit: STORED_PER_JOB,
    cursor: job.cursor,
  });
  // The index names them and may lag; the table tells how they are now.
  const stored = await accounts.getRepositories(page.items.map(({ repositoryId }) => repositoryId));
  for (let i = 0; i < stored.length; i += AT_ONCE) {
    await Promise.all(stored.slice(i, i + AT_ONCE).map((one) => updateOne(deps, job, state, one, since)));
  }
  return page.cursor;
}

async function updateOne(
  deps: WorkerDeps,
  job: InstallationJob,
  state: InstallationState | null,
  repository: Repository,
  since: string,
): Promise<void> {
  const { repositoryId, installationId } = repository;
  if (installationId === null) return;
  if (state === null) {
    if (installationId === job.installationId) await leaveRepository(deps, repository, since);
  } else if (state.suspended) {
    await deps.store.accounts.recordKnownRepository({ repositoryId, reachable: false }, since);
  } else if ((repository.askedAt ?? "") < since) {
    await updateUnlisted(deps, repository, since);
  }
}

/** Reads again, or leaves, a repository that GitHub did not list: removed, transferred, or moved to another page meanwhile. */
async function updateUnlisted(deps: WorkerDeps, repository: Repository, since: string): Promise<void> {
  const inUse = repository.provider || repository.consumer || repository.tracking;
  if (inUse) await syncRepository(deps, repository.repositoryId);
  else await leaveRepository(deps, repository, since);
}
