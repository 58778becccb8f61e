export type SubscriptionStatus = "requested" | "approved" | "denied" | "revoked";

/** What durable delivery promises a subscription; times in seconds. */
export interface DurableSettings {
  confirmWithin: number;
  completeWithin: number;
  maxAttempts: number;
  retryOnFailure: boolean;
}

/** Who decided where an approval ended because the App left a repository. */
export const ENDED_STATUSES = "zekt";

/** A consumer repository that wants a service's events, and whether its provider agreed. */
export interface Subscription {
  subscriptionId: string;
  serviceId: string;
  providerRepositoryId: string;
  providerOwnerId: string;
  repositoryId: string;
  ownerId: string;
  /** The consumer's workflow whose result counts; null where any that listens may own a delivery. */
  workflow: string | null;
  /** Event types wanted; empty means every type the service lets out. */
  eventTypes: string[];
  status: SubscriptionStatus;
  durable: DurableSettings | null;
  requestedAt: string;
  requestedBy: string;
  decidedAt: string | null;
  decidedBy: string | null;
}
