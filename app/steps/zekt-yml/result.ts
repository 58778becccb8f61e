import type { WorkerDeps } from "../../deps.ts";
import type { AuditAction } from "../../domain/records/audit-entry.ts";
import type { Repository } from "../../domain/records/repository.ts";
import type { Subscription } from "../../domain/records/subscription.ts";
import type { FileProblem } from "../../domain/zekt-yml/read-zekt-file.ts";

/** The result of applying a file: changes, notes about pending parts, and problems. */
export interface Applied {
  changes: string[];
  notes: string[];
  problems: FileProblem[];
}

/** A change of a subscription, which is told to both of its sides. */
export interface SharedChange {
  action: AuditAction;
  subscription: Pick<Subscription, "repositoryId" | "providerRepositoryId">;
  /** Names the subscription as both sides know it. */
  subject: string;
}

/** Adds a change once it is made, as what comes after it may fail. Null: it is a part of another change. */
export type Done = (change: string | null, shared?: SharedChange) => void;

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
