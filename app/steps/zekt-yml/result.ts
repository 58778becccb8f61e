import type { WorkerDeps } from "../../deps.ts";
import type { Repository } from "../../domain/records/repository.ts";
import type { FileProblem } from "../../domain/zekt-yml/read-zekt-file.ts";

/** The result of applying a file: changes, notes about pending parts, and problems. */
export interface Applied {
  changes: string[];
  notes: string[];
  problems: FileProblem[];
}

/** Adds a change once it is made: what comes after it may fail. */
export type Done = (change: string) => void;

/** Carries out one part of the file, which tells its changes; false where it was refused, which is a problem at the path. */
export type Attempt = (path: readonly PropertyKey[], step: (done: Done) => Promise<void>) => Promise<boolean>;

/**
 * Switches a part of what a repository is enabled for. The switch is told where GitHub lets it be done only in part,
 * such as without the webhook's removal: the next try finds it done.
 */
export async function switchPart(
  deps: WorkerDeps,
  before: Repository,
  part: "provider" | "consumer" | "tracking",
  step: () => Promise<unknown>,
  tell: () => void,
): Promise<void> {
  try {
    await step();
  } catch (error) {
    const now = await deps.store.accounts.getRepository(before.repositoryId);
    if (now && now[part] !== before[part]) tell();
    throw error;
  }
  tell();
}
