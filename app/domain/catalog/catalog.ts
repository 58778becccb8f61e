export type Visibility = "public" | "organization" | "private";
export type SubscriptionStatus = "requested" | "approved" | "denied" | "revoked";

/** What a provider offers: the events of one whitelisted workflow, and which of them. */
export interface Service {
  serviceId: string;
  repositoryId: string;
  ownerId: string;
  slug: string;
  workflow: string;
  description: string;
  tags: string[];
  /** Shown instead of the owner and repository, which then stay unknown to consumers. */
  alias: string | null;
  visibility: Visibility;
  published: boolean;
  /** Event types that may leave; empty means every type. */
  eventTypes: string[];
  /** Branch patterns (`main`, `release/*`); empty means every branch. */
  branches: string[];
  /** Conclusions that may leave; empty means every conclusion. */
  conclusions: string[];
  forks: boolean;
  /** Fields of `workflow_run` that travel; null leaves it to what the repository's visibility allows. */
  runFields: string[] | null;
  /** Owners whose requests are approved at once. */
  preapprovedOwners: string[];
  /** Whether the provider, too, may ask for a replay. */
  providerReplay: boolean;
  createdAt: string;
  updatedAt: string;
}

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

/** A workflow file of a provider's repository whose runs may leave it. */
export interface WhitelistedWorkflow {
  repositoryId: string;
  path: string;
  addedAt: string;
  addedBy: string;
}

/** A provider's answer given by its file, which holds for requests yet to come as well. */
export interface PresetDecision {
  serviceId: string;
  /** `owner/name` of the consumer, in lower case. */
  repository: string;
  decision: "approved" | "denied";
}
