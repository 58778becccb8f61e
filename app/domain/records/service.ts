import type { DeclaredType } from "./declared-type.ts";

/** The audience of a service: all owners, its own owner, or its own owner unlisted. */
export type Visibility = "public" | "organization" | "private";

/** The choice for a message that holds a credential: refuse it, store it with the credential masked, or let it through. */
export type SecretsChoice = "refuse" | "mask" | "allow";

/** The choice for a message in plain text: take it, or demand that it is shielded. */
export type ShieldChoice = "optional" | "required";

/** A provider's offer: the events of one whitelisted workflow that may leave. */
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
  /** Event types, and what their messages hold; absent: none. */
  types?: DeclaredType[];
  /** Branch patterns (`main`, `release/*`); empty means every branch. */
  branches: string[];
  /** Conclusions that may leave; empty means every conclusion. */
  conclusions: string[];
  forks: boolean;
  /** Fields of `workflow_run` that travel; null leaves it to what the repository's visibility allows. */
  runFields: string[] | null;
  /** Owners whose requests are approved at once. */
  preapprovedOwners: string[];
  /** True lets the provider, too, ask for a replay. */
  providerReplay: boolean;
  /** Absent, messages with credentials are refused. */
  secrets?: SecretsChoice;
  /** Absent, plain text is taken. */
  shield?: ShieldChoice;
  createdAt: string;
  updatedAt: string;
}
