import type { NotificationChoice } from "./notification-choice.ts";

/** A webhook of ours in somebody's repository. */
export interface PlacedHook {
  /** Empty until GitHub gave it one. */
  hookId: string;
  /** Which version of the derived secret it signs with. */
  secretVersion: number;
  /** During a rotation the version before, still good. */
  previousSecretVersion: number | null;
  placedAt: string;
  /** When it was last found in its place with its log read; what ended since then may be missing where it is gone. */
  checkedAt?: string;
  /** When GitHub's ping arrived, signed rightly; null until then. */
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
  /** Whether consumer runs are followed by a webhook. */
  tracking: boolean;
  hook: PlacedHook | null;
  /** When the hook was last looked after. */
  lookedAt?: string;
  /** Why the hook could not be placed or kept, in words for whoever can mend it. */
  hookProblem: string | null;
  /** The file that manages this repository; null where people do. */
  managedBy: string | null;
  /** How its people are told of what they have to see to; nothing said means not at all. */
  notifications?: NotificationChoice | null;
  /** When a confirm was first seen from here. */
  confirmedAt: string | null;
  /** When GitHub was asked for what stands here, as in {@link Account}. */
  askedAt?: string;
  updatedAt: string;
}
