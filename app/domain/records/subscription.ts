/** The provider's decision on a subscription. */
export type SubscriptionStatus = "requested" | "approved" | "denied" | "revoked";

/** The promises of durable delivery to a subscription; times in seconds. */
export interface DurableSettings {
  confirmWithin: number;
  completeWithin: number;
  maxAttempts: number;
  retryOnFailure: boolean;
}

/** The value of `decidedBy` where an approval ended because the App left a repository. */
export const ENDED_STATUSES = "zekt";

/** A consumer repository's request for a service's events, with its provider's decision. */
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
