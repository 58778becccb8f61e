/**
 * Every key that a log line may carry as its `event`: a noun and what became of it. Metrics count keys and
 * operators search for them, so that the text of a line may change and its key may not.
 */
export const LOG_EVENTS = [
  "app.lacking",
  "app.started",
  "app.stopped",
  "app.stopping",
  "audit.unrecorded",
  "clock.off",
  "clock.set-back",
  "connection.failed",
  "connection.paused",
  "connection.probed",
  "connection.released",
  "connection.resumed",
  "delivery.completed",
  "delivery.confirmed",
  "delivery.dispatched",
  "delivery.failed",
  "delivery.replayed",
  "delivery.tracked",
  "delivery.updated",
  "dispatch.postponed",
  "downtime.ended",
  "durable-work.uncounted",
  "event.blocked",
  "event.routed",
  "export.done",
  "file-check.failed",
  "github-request.uncounted",
  "github.ending",
  "hook-log.unreadable",
  "hook.failed",
  "issue.failed",
  "item.unreadable",
  "job.dead",
  "job.failed",
  "job.postponed",
  "lost-webhook.refused",
  "lost-webhooks.given-up",
  "lost-webhooks.left-out",
  "lost-webhooks.requested",
  "message.orphaned",
  "missed-run.failed",
  "missed-runs.ingested",
  "missed-runs.lost",
  "notice.failed",
  "overdue.failed",
  "probot.reported",
  "queue-message.dead",
  "queue-message.failed",
  "recheck.failed",
  "refusals.reported",
  "request.answered",
  "request.crowded-out",
  "request.failed",
  "request.uncounted",
  "run.ambiguous",
  "run.given-back",
  "run.unfollowed",
  "run.unnamed",
  "run.unreadable",
  "run.unrecorded",
  "schedule.failed",
  "schedule.skipped",
  "session.expired",
  "session.unrenewed",
  "setting.unknown",
  "sign-in.failed",
  "sign-in.refused",
  "signing-keys.unavailable",
  "smee.connected",
  "smee.disconnected",
  "smee.mismatched",
  "smee.reported",
  "smee.silent",
  "store.failed",
  "sweep.cut-off",
  "sweep.item-failed",
  "token.unrevoked",
  "traces.lost",
  "user.signed-in",
  "user.signed-out",
  "webhook.cut-off",
  "webhook.mismatched",
  "webhook.oversized",
  "webhook.refused",
  "webhook.unsigned",
  "webhook.unstored",
] as const;

export type LogEvent = (typeof LOG_EVENTS)[number];

/** The facts of a log line: its key, an error where there is one, and ids. Never what was sent. */
export interface LogFacts {
  event: LogEvent;
  err?: unknown;
  [fact: string]: unknown;
}

/** Writes a log line: its facts, and a sentence that may change. */
type WriteLine = (facts: LogFacts, sentence: string) => void;

/** The log as the app may use it: no line without a key. */
export interface Log {
  debug: WriteLine;
  info: WriteLine;
  warn: WriteLine;
  error: WriteLine;
}
