import { createHash } from "node:crypto";
import type { WorkerDeps } from "../../deps.ts";
import { SECOND } from "../../domain/clock.ts";
import { ISSUE_MARKER, type IssueText, issueText } from "../../domain/notices/notice-issue.ts";
import type { Notice } from "../../domain/records/notice.ts";
import type { NotificationChoice } from "../../domain/records/notification-choice.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { Refusal } from "../../domain/refusal.ts";
import { findIssue, writeIssue } from "../../github/issues.ts";
import { ISSUE_WRITTEN } from "../../store/fact-kinds.ts";
import type { IssueJob, JobLeft } from "../../store/queues.ts";

/** A fact's end is stored in whole seconds. */
const A_SECOND_MORE = 1 * SECOND;

type IssueChoice = Extract<NotificationChoice, { by: "issue" }>;

/**
 * Brings a repository's issue up to what is open there now: makes it, edits it, closes it when all is
 * well. Whoever is told anything leads here, so that it matters neither how often nor in which order.
 */
export async function syncIssue(deps: WorkerDeps, job: IssueJob): Promise<JobLeft | null> {
  const { accounts, facts, notices } = deps.store;
  const { repositoryId } = job;
  const repository = await accounts.getRepository(repositoryId);
  const choice = repository?.notifications;
  if (!repository?.reachable || choice?.by !== "issue") return null;
  const open = await notices.list(repositoryId);
  const text = textOf(deps, repository, open);
  if (digest(text) === choice.written || (text === null && choice.number === null)) return null;
  const { won } = await facts.claim(ISSUE_WRITTEN.of({ repositoryId }), {});
  // It may be written again then; whatever is raised meanwhile waits as the same job.
  if (!won) return { job, at: deps.clock.now() + ISSUE_WRITTEN.ttl + A_SECOND_MORE };
  try {
    await bringUpToDate(deps, repository, choice, open);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // Who may not write today may be allowed to tomorrow; then the next notice brings it up to date.
    if (error.code === "unavailable" || error.code === "limited") throw error;
    deps.log.warn(
      { event: "issue.failed", repositoryId, reason: error.message },
      "Issue could not be written",
    );
  }
  return null;
}

const textOf = (deps: WorkerDeps, repository: Repository, open: readonly Notice[]): IssueText | null =>
  issueText(open, { isPublic: !repository.private, address: deps.settings.publicUrl });

const digest = (text: IssueText | null): string | null =>
  text && createHash("sha256").update(JSON.stringify(text)).digest("hex");

async function bringUpToDate(
  deps: WorkerDeps,
  repository: Repository,
  choice: IssueChoice,
  open: readonly Notice[],
): Promise<void> {
  const mark = { marker: ISSUE_MARKER, botLogin: deps.settings.botLogin };
  const found = await findIssue(deps.github, repository, { number: choice.number, ...mark });
  // Who closes it lets be what it told of; what came after that opens it again.
  const closedAt = found?.closedByOthersAt ?? null;
  const seen = open.filter(({ at }) => closedAt !== null && Date.parse(at) <= Date.parse(closedAt));
  await deps.store.notices.closeAsRead(seen);
  const left = open.filter((one) => !seen.includes(one));
  const text = textOf(deps, repository, left);
  let number = found?.number ?? null;
  if (text !== null) {
    number = await writeIssue(deps.github, repository, number, { ...text, state: "open" }, mark);
  } else if (found?.open) {
    await writeIssue(deps.github, repository, found.number, { state: "closed" }, mark);
  }
  await recordIssue(deps, repository.repositoryId, { by: "issue", number, written: digest(text) });
}

/** Records how the issue is now, unless its people chose otherwise, or the repository went, while GitHub was asked. */
async function recordIssue(deps: WorkerDeps, repositoryId: string, written: IssueChoice): Promise<void> {
  await deps.store.accounts.changeNotifications(repositoryId, (standing) =>
    standing?.by === "issue" ? written : null,
  );
}
