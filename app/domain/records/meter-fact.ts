/**
 * A kind of count. Durable work has kinds of its own, so that usage shows its cost. `webhooksReceived` counts events,
 * and the App's own webhooks.
 */
export type MeterKind =
  | "webhooksReceived"
  | "apiCalls"
  | "githubRequests"
  | "runMs"
  | "messages"
  | "messageBytes"
  | "eventsAllowed"
  | "eventsBlocked"
  | "deliveries"
  | "filtered"
  | "filterFailures"
  | "dispatches"
  | "archivedBytes"
  | "orphanedMessages"
  | "replays"
  | "durableDeliveries"
  | "durableDispatches"
  | "durableRunMs"
  | "durableGithubRequests"
  | "durableArchivedBytes"
  | `blocked:${string}`
  | `health:${string}`;

/** Counts by kind; absent: zero. */
export type Counts = Partial<Record<MeterKind, number>>;

/** One thing that happened, in one place; written again it counts once. */
export interface MeterFact {
  /** The figure it is added to: `owner#<id>`, `connection#<id>`, `repository#<id>`. */
  scope: string;
  /** The thing and its kind, unique in the scope. */
  factId: string;
  /** The time it happened. The thing itself fixes it, so a repetition falls into the same hour. */
  at: string;
  counts: Counts;
  /** True where more becomes known of the thing: of two writers, the one that has more kinds stands. */
  grows?: true;
}
