import { DAY, HOUR, MINUTE, SECOND } from "../domain/clock.ts";
import { HOOK_LOG_TTL, RUN_TTL } from "../domain/limits.ts";
import type { CatchUp } from "../domain/records/catch-up.ts";
import type { HookLog } from "../domain/records/hook-log.ts";
import type { NotificationChoice } from "../domain/records/notification-choice.ts";
import type { PartMark } from "../domain/records/part-mark.ts";
import type { RunBook } from "../domain/records/run-book.ts";
import type { Speakers } from "../domain/records/speakers.ts";
import { counter, fact, history } from "./facts.ts";

/*
 * Every kind of small fact, each declared once. A stored key is `kind#id`, and versions read what the
 * version before wrote: a kind or an id that changes is a new one.
 */

type RepositoryKey = { repositoryId: string };

/** The value of a fact that tells all by standing. */
type Mark = Record<string, never>;

/** An hour, as a counter's id names it. */
const hourOf = (at: number): number => Math.floor(at / HOUR);

interface RunOwner {
  deliveryId: string;
  /** The number of the dispatch in whose answer GitHub named the run; absent where it did not. */
  attempt?: number;
  /** The end that the run itself told, where that ended its delivery: a webhook that says the same adds nothing. */
  ended?: { conclusion: string; runAttempt: number };
}

/** The delivery that a consumer's run owns, or came for as a duplicate. */
export const RUN_OWNER = fact<RunOwner, RepositoryKey & { runId: string }>({
  kind: "owner",
  id: ({ repositoryId, runId }) => `${repositoryId}#${runId}`,
  ttl: RUN_TTL,
});

/**
 * The deliveries lately dispatched to a repository whose runs are followed, or are events themselves. They outlive any wait for a confirm, after which runs
 * are searched once more.
 */
export const DISPATCHED = history<RepositoryKey>({
  kind: "dispatched",
  id: ({ repositoryId }) => repositoryId,
  ttl: 8 * DAY,
});

/**
 * The runs of a consumer's workflow that fit more than one delivery, by the event that starts them. They
 * outlive every confirmed run.
 */
export const RUN_BOOK = fact<RunBook, RepositoryKey & { workflow: string; event: string }>({
  kind: "run-book",
  id: ({ repositoryId, workflow, event }) =>
    `${repositoryId}#${workflow}${event === "repository_dispatch" ? "" : `#${event}`}`,
  ttl: 9 * DAY,
});

/** The workflows of a consumer's commit that speak of deliveries by the actions. */
export const SPEAKERS = fact<Speakers, RepositoryKey>({
  kind: "speakers",
  id: ({ repositoryId }) => repositoryId,
  ttl: 9 * DAY,
});

/** The last commit at which a consumer's workflow ran, and whether its file used the confirm action there. */
export const CONFIRMS = fact<{ commit: string; confirms: boolean }, RepositoryKey & { workflow: string }>({
  kind: "confirms",
  id: ({ repositoryId, workflow }) => `${repositoryId}#${workflow}`,
  ttl: 9 * DAY,
});

/** The events of a workflow in the hour of `at`, for the breaker that stops loops. */
export const WORKFLOW_EVENTS = counter<RepositoryKey & { path: string; at: number }>({
  kind: "breaker",
  id: ({ repositoryId, path, at }) => `${repositoryId}#${path}#${hourOf(at)}`,
  ttl: 2 * HOUR,
});

/** The messages of a run since it had many, for the limit of them. */
export const RUN_MESSAGES = counter<RepositoryKey & { runId: string }>({
  kind: "messages",
  id: ({ repositoryId, runId }) => `${repositoryId}#${runId}`,
  ttl: RUN_TTL,
});

/** The placed webhooks of an installation that were checked in the hour of `at`. */
export const HOOK_CHECKS = counter<{ installationId: string; at: number }>({
  kind: "looks",
  id: ({ installationId, at }) => `${installationId}#${hourOf(at)}`,
  ttl: 2 * HOUR,
});

/** The last sweep. It outlives every downtime that somebody may come back from. */
export const LAST_SWEEP = fact<{ at: string }>({ kind: "alive", id: () => "sweep", ttl: 400 * DAY });

/** The placed webhooks of an installation whose gaps were worked on in the hour of `at`: one for each request. */
export const GAP_REQUESTS = counter<{ installationId: string; at: number }>({
  kind: "gap-requests",
  id: ({ installationId, at }) => `${installationId}#${hourOf(at)}`,
  ttl: 2 * HOUR,
});

/** A webhook's log at GitHub, as far as it was read: of a repository's, or the App's own ("app"). */
export const HOOK_LOG = fact<HookLog, { of: string }>({
  kind: "hook-log",
  id: ({ of }) => of,
  ttl: 30 * DAY,
});

/** The downtime whose missed webhooks are being read. */
export const CATCH_UP = fact<CatchUp>({ kind: "catch-up", id: () => "hooks", ttl: 7 * DAY });

/** The end of the last downtime, for as long as GitHub's log shows webhooks that failed in it. */
export const DOWNTIME_END = fact<{ at: string }>({ kind: "back", id: () => "hooks", ttl: HOOK_LOG_TTL });

/** The moment to read the log of the App's own webhook again; absent: at once. */
export const NEXT_APP_LOG = fact<{ at: string }>({ kind: "app-log", id: () => "next", ttl: DAY });

/** The schedule at work. It outlives the longest run of its Lambda function, and one that died. */
export const SCHEDULE_LOCK = fact<{ holder: string }>({
  kind: "lock",
  id: () => "schedule",
  ttl: 6 * MINUTE,
});

/** The sweep that ends waits. Where it stands when the next begins, the one before died of a wait. */
export const ENDING_WAITS = fact<{ at: string }>({ kind: "waits", id: () => "ending", ttl: DAY });

/** A part of the minute's work that is being done, and its items that have ended processes. */
export const PART_MARK = fact<PartMark, { part: string }>({
  kind: "part",
  id: ({ part }) => part,
  ttl: 2 * DAY,
});

/** A fact that is read and never written: the store answers, or it does not. */
export const HEALTH_PROBE = fact<Mark>({ kind: "health", id: () => "probe", ttl: MINUTE });

/** The one request that a workflow step's token is for, for a minute beyond its end: clocks differ. */
export const TOKEN_USE = fact<{ request: string }, { jti: string; expiresAt: number }>({
  kind: "jti",
  id: ({ jti }) => jti,
  from: ({ expiresAt }) => expiresAt,
  ttl: MINUTE,
});

/**
 * A user who administers an owner's account. Once the App is gone from an organization GitHub does not
 * say any more; who did lately may still export and erase what is left.
 */
export const ADMINISTRATOR = fact<Mark, { ownerId: string; userId: string }>({
  kind: "administers",
  id: ({ ownerId, userId }) => `${ownerId}#${userId}`,
  ttl: 7 * DAY,
});

/** The last event that a subscription's filter failed at, and why. */
export const FILTER_FAILURE = fact<
  { at: string; correlationId: string; reason: string },
  { subscriptionId: string }
>({
  kind: "filter-failure",
  id: ({ subscriptionId }) => subscriptionId,
  ttl: 7 * DAY,
});

/** A test event just sent to a subscription. Each starts the consumer's workflows, so the next one waits. */
export const TEST_EVENT = fact<Mark, { subscriptionId: string }>({
  kind: "test-event",
  id: ({ subscriptionId }) => subscriptionId,
  ttl: 10 * SECOND,
});

/** A notice that was raised already, by the choice of that moment. */
export const NOTICE_RAISED = fact<{ by: NotificationChoice["by"] }, { noticeId: string }>({
  kind: "told",
  id: ({ noticeId }) => noticeId,
  ttl: 30 * DAY,
});

/** The reason last raised for a permission that a repository lost. */
export const PERMISSION_RAISED = fact<{ reason: string }, RepositoryKey & { subject: string }>({
  kind: "permission-told",
  id: ({ repositoryId, subject }) => `${repositoryId}#${subject}`,
  ttl: 30 * DAY,
});

/** The bulk replays of a connection, for as long as they can be looked up. */
export const SUBSCRIPTION_REPLAYS = history<{ subscriptionId: string }>({
  kind: "replays",
  id: ({ subscriptionId }) => subscriptionId,
  ttl: 30 * DAY,
});

/** The jobs that were given up lately, as JSON of {@link DeadJob}. */
export const DEAD_JOBS = history<void>({ kind: "dead-jobs", id: () => "all", ttl: 14 * DAY });

/** A repository's issue just written. Notices raised before this ends are written together. */
export const ISSUE_WRITTEN = fact<Mark, RepositoryKey>({
  kind: "issue-written",
  id: ({ repositoryId }) => repositoryId,
  ttl: 5 * MINUTE,
});
