import type { Failure, FailureKind, FailureStage } from "../records/delivery.ts";
import type { Counts, MeterKind } from "../records/meter-fact.ts";

/** Failures that have one cause and one remedy. */
export type FailureGroup =
  | "service-unavailable"
  | "timeout"
  | "auth"
  | "rate-limit"
  | "network"
  | "not-found"
  | "payload"
  | "startup-failure"
  | "internal"
  | "conclusion"
  | "no-confirmation"
  | "no-completion";

/** A page on which a remedy is applied; the API makes an address of it. */
export type RemedyPage =
  | "github-status"
  | "installation"
  | "consumer-workflows"
  | "consumer-runs"
  | "consumer-policies"
  | "subscription"
  | "service";

/** The advice about a group of failures. */
export interface Remedy {
  advice: string;
  /** The setting that it concerns, as the API and the file name it; null where it is none of ours. */
  setting: string | null;
  page: RemedyPage;
}

/** Failures of a connection that are alike. */
export interface FailureCount {
  group: FailureGroup;
  stage: FailureStage;
  kind: FailureKind;
  /** Deliveries that ended so. */
  failed: number;
  /** Attempts that failed so, whether or not a later one succeeded. */
  attempts: number;
}

type FailureType = Pick<Failure, "stage" | "kind">;

const ENDED = "health:ended:";
const ATTEMPT = "health:attempt:";

/** The counter of deliveries that ended in a failure. */
export const endedKind = ({ stage, kind }: FailureType): MeterKind => `${ENDED}${stage}:${kind}`;
/** The counter of attempts that failed so. */
export const attemptKind = ({ stage, kind }: FailureType): MeterKind => `${ATTEMPT}${stage}:${kind}`;

/** The group a failure belongs to: by its stage where the consumer's side did not answer, else by its kind. */
export function groupOf({ stage, kind }: FailureType): FailureGroup {
  if (kind === "internal") return kind;
  if (stage === "confirmation") return "no-confirmation";
  if (stage === "completion") return "no-completion";
  if (kind === "startup-failure") return kind;
  if (stage === "conclusion" || kind === "consumer") return "conclusion";
  return kind;
}

/** Groups a connection's failures by stage and kind, most first. */
export function groupFailures(counts: Counts): FailureCount[] {
  const groups = new Map<string, FailureCount>();
  for (const [name, n] of Object.entries(counts)) {
    const prefix = [ENDED, ATTEMPT].find((one) => name.startsWith(one));
    if (prefix === undefined) continue;
    const key = name.slice(prefix.length);
    const [stage, kind] = key.split(":") as [FailureStage, FailureKind];
    const group = groups.get(key) ?? { group: groupOf({ stage, kind }), stage, kind, failed: 0, attempts: 0 };
    group[prefix === ENDED ? "failed" : "attempts"] += n ?? 0;
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => b.failed - a.failed || b.attempts - a.attempts);
}

const CONSUMERS: Record<FailureGroup, Remedy> = {
  "service-unavailable": {
    advice:
      "GitHub was not available. Durable delivery tries again by itself: turn it on, or raise maxAttempts where attempts ran out. What failed can be replayed.",
    setting: "durable.maxAttempts",
    page: "github-status",
  },
  timeout: {
    advice:
      "GitHub did not answer in time, so what was sent may have arrived. Durable delivery tries again and the confirm action tells duplicates apart.",
    setting: "durable",
    page: "github-status",
  },
  auth: {
    advice:
      "The App may not dispatch to the repository, or the subscription is not approved any more. See that the installation reaches the repository with Contents: read and write, that nobody suspended it, and that the subscription stands.",
    setting: null,
    page: "installation",
  },
  "rate-limit": {
    advice:
      "GitHub's rate limit for the installation was used up. Ask for fewer events (eventTypes, or a service for fewer branches), or spread subscriptions over repositories of other owners.",
    setting: "eventTypes",
    page: "subscription",
  },
  network: {
    advice:
      "GitHub could not be reached, or a proxy answered in its place; each failure says what. If it lasts, this Zekt's operator checks GITHUB_API_URL, HTTPS_PROXY and the network's outgoing connections. Durable delivery retries meanwhile.",
    setting: "GITHUB_API_URL",
    page: "github-status",
  },
  "not-found": {
    advice:
      "GitHub shows the App no such repository, or takes nothing for it. It was deleted, taken out of the installation, archived or blocked; each failure has GitHub's words. Add it to the installation again, or unarchive it.",
    setting: null,
    page: "installation",
  },
  payload: {
    advice:
      "GitHub refused what was to be dispatched, it was no longer archived, or it was encrypted before you could be a recipient. Reasons are with each failure; a message over 64 KB travels as payloadRef and is fetched by the confirm action.",
    setting: null,
    page: "subscription",
  },
  "startup-failure": {
    advice:
      "GitHub made a run and started no job of it. An Actions policy does not list the App or repository_dispatch, an action is not allowed or not pinned, or the workflow file has a mistake: the run's page says which. Zekt does not repeat it; replay it once that is fixed.",
    setting: null,
    page: "consumer-policies",
  },
  internal: {
    advice:
      "Zekt could not do its work by an error of its own. This Zekt's operator finds the error in the log, under the delivery's id. What failed can be replayed once that is fixed.",
    setting: null,
    page: "subscription",
  },
  conclusion: {
    advice:
      "The consumer's own workflow ran and did not succeed. Open its runs; to have a failed run followed by another dispatch, set retryOnFailure.",
    setting: "durable.retryOnFailure",
    page: "consumer-runs",
  },
  "no-confirmation": {
    advice:
      "GitHub took the dispatch, but no run confirmed it in time. See that a workflow on the default branch lists the event type under repository_dispatch, and either uses the confirm action or has completion tracking on; for slow runners raise confirmWithin.",
    setting: "durable.confirmWithin",
    page: "consumer-workflows",
  },
  "no-completion": {
    advice:
      "A run confirmed, but never said how it ended. Let the complete action run with `if: always()`, or turn on completion tracking; for long runs raise completeWithin.",
    setting: "durable.completeWithin",
    page: "consumer-workflows",
  },
};

/** The failures that a provider, or this Zekt's operator, can fix; all others are up to their consumer. */
const PROVIDERS: Partial<Record<FailureGroup, Remedy>> = {
  "service-unavailable": { ...CONSUMERS["service-unavailable"], setting: null },
  network: CONSUMERS.network,
  internal: CONSUMERS.internal,
  timeout: {
    advice: "GitHub did not answer in time. A consumer with durable delivery gets what failed by itself.",
    setting: null,
    page: "github-status",
  },
  "rate-limit": {
    advice:
      "GitHub's rate limit for the consumer's installation was used up. Let fewer events out of the service (eventTypes, branches, conclusions), or fewer messages a run.",
    setting: "eventTypes",
    page: "service",
  },
  payload: {
    advice:
      "GitHub refused what was to be dispatched, it was no longer archived, or it was encrypted before the consumer could be a recipient. Keep messages valid JSON of at most 512 KB, and send shielded ones again.",
    setting: null,
    page: "service",
  },
};

const UP_TO_CONSUMER: Remedy = {
  advice:
    "Only the consumer can fix this. They see the details in their diagnostics of this connection. Failed deliveries can be replayed for 90 days.",
  setting: null,
  page: "subscription",
};

/** Returns the advice about a group of failures for one side of a connection. */
export const remedyFor = (group: FailureGroup, asConsumer: boolean): Remedy =>
  asConsumer ? CONSUMERS[group] : (PROVIDERS[group] ?? UP_TO_CONSUMER);
