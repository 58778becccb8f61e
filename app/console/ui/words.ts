import type { BlockReason } from "../../domain/records/routing-plan.ts";
import type { Delivery, Diagnostics, Service } from "../api/types.ts";

type Failure = NonNullable<Delivery["failure"]>;
type Attempt = Delivery["attempts"][number];

/* The API's codes, in words for people. One that is not known here is shown as it is. */

const BLOCKED: Record<BlockReason, string> = {
  "not-enabled": "Repository not enabled",
  "not-whitelisted": "Workflow not whitelisted",
  "github-workflow": "A workflow of GitHub's own",
  "no-service": "No published service offers the workflow",
  "no-consumer": "No approved subscription",
  fork: "Run of a fork's code",
  branch: "Branch not allowed",
  conclusion: "Conclusion not allowed",
  "event-type": "Event type not allowed, or not wanted",
  "hop-limit": "Too many repositories triggered one another",
  breaker: "Too many events in an hour: perhaps a loop",
};

/** Why an event was blocked. */
export const blockedWords = (reason: string): string => BLOCKED[reason as BlockReason] ?? reason;

const OUTCOMES: Record<Attempt["outcome"], string> = {
  leased: "being sent",
  dispatched: "dispatched",
  failed: "failed",
  unknown: "not known whether it arrived",
};

/** Returns the words for an attempt's outcome. */
export const outcomeWords = (outcome: Attempt["outcome"]): string => OUTCOMES[outcome];

/** Returns the words for GitHub's answer to an attempt. */
export const answerWords = ({ status, outcome }: Pick<Attempt, "status" | "outcome">): string =>
  status ? `GitHub answered ${status}` : outcome === "leased" ? "no answer yet" : "no answer";

const VIA: Record<Delivery["owners"][number]["via"], string> = {
  "run-id": "named by GitHub",
  action: "known by the action",
  "run-name": "known by the run's name",
  inferred: "inferred",
};

/** Returns the words for the way in which a run's ownership of a delivery was learned. */
export const viaWords = (via: keyof typeof VIA): string => VIA[via];

const STAGES: Record<Failure["stage"], string> = {
  "before-github": "before it was sent",
  github: "at GitHub",
  confirmation: "waiting for a run to confirm",
  completion: "waiting for the run to end",
  conclusion: "in the consumer's run",
};

/** The words for each kind of failure. */
export const FAILURE_KINDS: Record<Failure["kind"], string> = {
  "service-unavailable": "GitHub was not available",
  timeout: "no answer in time",
  auth: "no permission",
  "rate-limit": "rate limit used up",
  "not-found": "repository not found",
  payload: "payload refused",
  network: "network",
  "startup-failure": "GitHub started no job",
  consumer: "the consumer's own workflow",
  internal: "an error of Zekt's own",
};

/** Returns the words for a failure: its sentence where this side may read it, else its stage and kind. */
export const failureWords = ({ stage, kind, reason }: Failure): string =>
  reason ?? `Failed ${STAGES[stage]}: ${FAILURE_KINDS[kind]}`;

const GROUPS: Record<Diagnostics["groups"][number]["group"], string> = {
  "service-unavailable": "GitHub was not available",
  timeout: "GitHub did not answer in time",
  auth: "No permission",
  "rate-limit": "Rate limit used up",
  network: "GitHub could not be reached",
  "not-found": "Repository not found",
  payload: "Payload refused",
  "startup-failure": "GitHub started no job",
  internal: "An error of Zekt's own",
  conclusion: "The consumer's run failed",
  "no-confirmation": "No run confirmed in time",
  "no-completion": "No run completed in time",
};

/** Returns the words for a group of failures. */
export const groupWords = (group: keyof typeof GROUPS): string => GROUPS[group];

interface Provided {
  provider: string;
  alias: boolean;
}

interface Named {
  name: string;
  alias: boolean;
}

/** Returns a provider's name; an alias says that it is one, since it may look like somebody's name. */
export const providerWords = ({ provider, alias }: Provided): string =>
  alias ? `${provider} (alias)` : provider;

/** Describes what a subscription without event types receives, where it is made or changed. */
export const EVERY_TYPE =
  "Separated by commas. Empty: every type that the service allows. A run with one message then makes two dispatches: its message, and zekt-workflow-completed.";

/** Returns the name of a service, the one that requests and zekt.yml take; an alias says that it is one. */
export const serviceWords = (service: Named | null): string =>
  service ? `${service.name}${service.alias ? " (alias)" : ""}` : "a removed service";

const VISIBILITIES: Record<NonNullable<Service["visibility"]>, string> = {
  public: "Everybody",
  organization: "This organization",
  private: "This organization, hidden",
};

/** Returns the words for a service's visibility. */
export const visibilityWords = (visibility: keyof typeof VISIBILITIES): string => VISIBILITIES[visibility];
