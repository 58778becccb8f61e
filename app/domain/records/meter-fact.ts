/** What is counted. Durable work is told apart so that its cost can be shown. */
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

export type Counts = Partial<Record<MeterKind, number>>;

/** One thing that happened, in one place; written again it counts once. */
export interface MeterFact {
  /** Whose figure it enters: `owner#<id>`, `connection#<id>`, `repository#<id>`. */
  scope: string;
  /** The thing and its kind, unique in the scope. */
  factId: string;
  /** When it happened, fixed with the thing itself so that a repetition falls into the same hour. */
  at: string;
  counts: Counts;
}
