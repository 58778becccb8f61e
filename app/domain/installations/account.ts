import type { NotificationChoice } from "../notices/notice.ts";

/** What an event costs its provider, as usage shows it. */
export interface EventCost {
  perEvent: number;
  /** ISO 4217. */
  currency: string;
}

/** An owner on GitHub, with the App's installation there if it has one. */
export interface Account {
  ownerId: string;
  login: string;
  type: "User" | "Organization";
  verified: boolean;
  installationId: string | null;
  installation: "active" | "suspended" | "none";
  /** Permissions granted to the App, as GitHub names them. */
  permissions: Record<string, string>;
  /** Whether deliveries to its repositories may be replayed: an add-on, on unless switched off. */
  replay?: boolean;
  /** What it reckons an event with, in place of the deployment's price. */
  cost?: EventCost | null;
  /** When GitHub was asked for what stands here; an answer to an earlier question never overwrites it. */
  askedAt?: string;
  updatedAt: string;
}

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
