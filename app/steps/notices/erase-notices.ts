import type { WorkerDeps } from "../../deps.ts";
import type { NoticeKey } from "../../domain/records/notice.ts";
import { PERMISSION_RAISED } from "../../store/fact-kinds.ts";
import { PERMISSION_SUBJECTS, resolveNotice } from "./raise-notice.ts";

/** Removes a notice that names somebody who is erased: where it is open, and where it is yet to be sent. */
export async function eraseNotice(deps: WorkerDeps, key: NoticeKey & { ownerId: string }): Promise<void> {
  const { jobs } = deps.store;
  await jobs.removeAll(await jobs.ofNotices(key, key));
  await resolveNotice(deps, key);
}

/** Removes all notices of a repository, and what was recorded of them by name. */
export async function eraseNotices(
  deps: WorkerDeps,
  { repositoryId, ownerId }: { repositoryId: string; ownerId: string },
): Promise<void> {
  const { notices, jobs, facts } = deps.store;
  for (const subject of PERMISSION_SUBJECTS)
    await facts.remove(PERMISSION_RAISED.of({ repositoryId, subject }));
  await jobs.removeAll(await jobs.ofNotices({ repositoryId, ownerId }));
  await notices.removeAll(repositoryId);
}
