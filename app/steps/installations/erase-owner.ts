import type { WorkerDeps } from "../../deps.ts";
import { Refusal } from "../../domain/refusal.ts";
import type { ErasureJob, JobLeft, RemnantsJob } from "../../store/queues.ts";
import { eraseAudit, eraseRemnants, eraseRepository, Interrupted } from "./erase-repository.ts";
import { eraseExports } from "./export-owner.ts";

/** Pages one call works through; what is left is a job's. */
const PAGES_PER_CALL = 50;

/**
 * Removes all that is stored of an owner: what it offered, wanted and said, its deliveries, and what
 * others' notices say of it. Finds it by indexes, so that it can be cut off anywhere and begun again. Of
 * a large owner it erases a part and enqueues the rest. Some time later each repository is looked at again, for what
 * was just being stored. Counts of single facts and of what was used once end by themselves, within 40 days.
 *
 * @throws Refusal conflict while the App is installed: it would only be filled again
 */
export async function eraseOwner(
  deps: WorkerDeps,
  ownerId: string,
  pagesPerCall = PAGES_PER_CALL,
): Promise<void> {
  if (!(await eraseSome(deps, ownerId, pagesPerCall)))
    await deps.store.jobs.enqueue([{ kind: "erasure", ownerId }]);
}

/** Does a part of an erasure; an owner who installed the App again during it keeps the remaining data. */
export async function workErasure(deps: WorkerDeps, job: ErasureJob): Promise<JobLeft | null> {
  try {
    return (await eraseSome(deps, job.ownerId, PAGES_PER_CALL)) ? null : { job };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return null;
  }
}

/** Checks a repository again that was erased, unless the App reaches it, or its owner has the App again. */
export async function workRemnants(deps: WorkerDeps, job: RemnantsJob): Promise<JobLeft | null> {
  const { accounts, meters } = deps.store;
  const { ownerId, repositoryId } = job;
  if (await accounts.getRepository(repositoryId)) return null;
  if (await isInstalled(deps, ownerId)) return null;
  const whole = await uninterrupted(PAGES_PER_CALL, async (spend) => {
    await eraseRemnants(deps, job, spend);
    // A part that an export's job was just writing.
    await eraseExports(deps, ownerId, spend);
  });
  if (!whole) return { job };
  await meters.remove(`owner#${ownerId}`);
  return null;
}

async function isInstalled(deps: WorkerDeps, ownerId: string): Promise<boolean> {
  const account = await deps.store.accounts.getAccount(ownerId);
  return account !== null && account.installation !== "none";
}

/** Erases as much as the pages allow; answers whether that was all. */
async function eraseSome(deps: WorkerDeps, ownerId: string, most: number): Promise<boolean> {
  const { accounts, meters, jobs } = deps.store;
  if (await isInstalled(deps, ownerId)) {
    const account = await accounts.getAccount(ownerId);
    throw new Refusal(
      "conflict",
      `Uninstall the App from ${account?.login} first; then its data can be erased.`,
    );
  }
  const whole = await uninterrupted(most, async (spend) => {
    for (const repository of await accounts.allRepositories(ownerId)) {
      await eraseRepository(deps, repository, spend);
    }
    await eraseExports(deps, ownerId, spend);
    await eraseAudit(deps, `owner#${ownerId}`, spend);
  });
  if (!whole) return false;
  for await (const stored of jobs.ofOwner(ownerId)) {
    await jobs.removeAll(stored.filter(({ job }) => job.kind !== "erasure" && job.kind !== "remnants"));
  }
  await meters.remove(`owner#${ownerId}`);
  // Last, since by it a repetition knows that somebody asked.
  await accounts.removeAccount(ownerId);
  return true;
}

/** Does something that spends a page at a time; answers whether so many pages were enough. */
async function uninterrupted(most: number, work: (spend: () => void) => Promise<void>): Promise<boolean> {
  let left = most;
  try {
    await work(() => {
      if (left-- <= 0) throw new Interrupted();
    });
    return true;
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    return false;
  }
}
