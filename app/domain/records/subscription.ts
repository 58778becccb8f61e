/** The provider's decision on a subscription. */
export type SubscriptionStatus = "requested" | "approved" | "denied" | "revoked";

/** The promises of durable delivery to a subscription; times in seconds. */
export interface DurableSettings {
  confirmWithin: number;
  completeWithin: number;
  maxAttempts: number;
  retryOnFailure: boolean;
}

/** The event that starts a consumer's runs. */
export type StartEvent = "repository_dispatch" | "workflow_dispatch";

/** The form of an event: Zekt's own, or a CloudEvent beside it. */
export type EventFormat = "zekt" | "cloudevents";

/** A subscription's choice of how its deliveries start runs, and of the form that events have in them. */
export interface StartChoice {
  /** Absent for `repository_dispatch`. */
  start?: StartEvent;
  /** The branch or tag that `workflow_dispatch` runs the workflow of; null for the default branch. */
  ref?: string | null;
  /** Absent for `zekt`. */
  format?: EventFormat;
}

/** The value of `decidedBy` where an approval ended because the App left a repository. */
export const ENDED_STATUSES = "zekt";

/** A consumer repository's request for a service's events, with its provider's decision. */
export interface Subscription extends StartChoice {
  subscriptionId: string;
  serviceId: string;
  providerRepositoryId: string;
  providerOwnerId: string;
  repositoryId: string;
  ownerId: string;
  /** The consumer's workflow whose result counts; null where any that listens may own a delivery. */
  workflow: string | null;
  /** Event types wanted; empty means every type the service allows. */
  eventTypes: string[];
  /** The filter over message and run, in CEL, that says which of these are wanted; absent or null: all. */
  filter?: string | null;
  status: SubscriptionStatus;
  durable: DurableSettings | null;
  /**
   * Says that GitHub starts this subscription's runs without naming them, as older Enterprise Servers do, and
   * since when; absent or null where it names them.
   */
  unnamedRuns?: { since: string; by: "answer" | "refusal" } | null;
  requestedAt: string;
  requestedBy: string;
  decidedAt: string | null;
  decidedBy: string | null;
}
