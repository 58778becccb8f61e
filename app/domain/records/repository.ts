import type { NotificationChoice } from "./notification-choice.ts";
import type { ShieldKey } from "./shield-key.ts";

/** A webhook of ours in somebody's repository. */
export interface PlacedHook {
  /** Empty until GitHub gave it one. */
  hookId: string;
  /** The version of the derived secret that it signs with. */
  secretVersion: number;
  /** During a rotation the version before, still good. */
  previousSecretVersion: number | null;
  placedAt: string;
  /** The time it was last found in place, with its log read. Once it is gone, later runs may be missing. */
  checkedAt?: string;
  /** The time GitHub's ping arrived with a good signature; null until then. */
  pingedAt: string | null;
}

/** A repository Zekt knows of, because the App is installed on it or was. */
export interface Repository {
  repositoryId: string;
  ownerId: string;
  fullName: string;
  private: boolean;
  defaultBranch: string;
  installationId: string | null;
  /** False once it was removed from the installation, or the installation ended or is suspended. */
  reachable: boolean;
  provider: boolean;
  consumer: boolean;
  /** True has a webhook follow consumer runs. */
  tracking: boolean;
  hook: PlacedHook | null;
  /** The time the hook was last checked. */
  lookedAt?: string;
  /** The reason that the hook could not be placed or kept, for the people who can fix it. */
  hookProblem: string | null;
  /** The moment (ISO 8601) since when runs may have been missed, though the webhook's log does not tell; absent or null: none. */
  missedSince?: string | null;
  /** The latest runs that were missed and cannot be had any more, and when they ended (ISO 8601). */
  missedRuns?: { since: string; until: string; runs: number } | null;
  /** The file that manages this repository; null where people do. */
  managedBy: string | null;
  /** True from when another owner is found until all approvals have started anew; absent: false. */
  approvalsDue?: boolean;
  /** True from when it is reached until its file is about to be read; absent: false. */
  fileUnread?: boolean;
  /** True where that file names the way its people are notified; absent: false. */
  fileHasNotifications?: boolean;
  /** The way its people receive notices; absent or null: they receive none. */
  notifications?: NotificationChoice | null;
  /** The public keys that messages to it are encrypted to; absent: none. */
  shieldKeys?: ShieldKey[];
  /** The time of the first confirm from here. */
  confirmedAt: string | null;
  /** The time Zekt asked GitHub for this state. An answer to an earlier request never overwrites it. */
  askedAt?: string;
  updatedAt: string;
}
