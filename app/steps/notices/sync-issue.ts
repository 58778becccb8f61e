import { createHash } from "node:crypto";
import type { WorkerDeps } from "../../deps.ts";
import { SECOND } from "../../domain/clock.ts";
import { issueOf } from "../../domain/notices/notice.ts";
import { ISSUE_MARKER, type IssueText, issueText } from "../../domain/notices/notice-issue.ts";
import type { Notice } from "../../domain/records/notice.ts";
import type { NotificationChoice } from "../../domain/records/notification-choice.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { Refusal } from "../../domain/refusal.ts";
import { findIssue, type IssueMark, writeIssue } from "../../github/issues.ts";
import { ISSUE_WRITTEN } from "../../store/fact-kinds.ts";
import type { IssueJob, JobLeft } from "../../store/queues.ts";

/** A fact's end is stored in whole seconds. */
const A_SECOND_MORE = 1 * SECOND;

type IssueChoice = Extract<NotificationChoice, { by: "issue" }>;

/**
 * Brings a repository's issue up to what is open there now: makes it, edits it, closes it when all is
 * well. Closes it too where its people chose another way. Whoever is told anything leads here, so that it matters
 * neither how often nor in which order.
 */
export async function syncIssue(deps: WorkerDeps, job: IssueJob): Promise<JobLeft | null> {
  const { accounts, facts, notices } = deps.store;
  const { repositoryId } = job;
  const repository = await accounts.getRepository(repositoryId);
  const choice = repository?.notifications;
  if (!repository?.reachable || !choice) return null;
  if (choice.by !== "issue") return await closeLeft(deps, repository, job);
  const open = await notices.list(repositoryId);
  const text = textOf(deps, repository, open);
  if (digest(text) === choice.written || (text === null && choice.number === null)) return null;
  const { won } = await facts.claim(ISSUE_WRITTEN.of({ repositoryId }), {});
  // It may be written again then; whatever is raised meanwhile waits as the same job.
  if (!won) return { job, at: deps.clock.now() + ISSUE_WRITTEN.ttl + A_SECOND_MORE };
  let left: JobLeft | null = null;
  await unlessRefused(deps, repositoryId, async () => {
    if ((await bringUpToDate(deps, repository, choice, open)) === "left")
      left = { job, at: deps.clock.now() };
  });
  return left;
}

/** Writes an issue. Who may not write it today may be allowed to tomorrow; then the next notice brings it up to date. */
async function unlessRefused(
  deps: WorkerDeps,
  repositoryId: string,
  write: () => Promise<void>,
): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.code === "unavailable" || error.code === "limited") throw error;
    deps.log.warn(
      { event: "issue.failed", repositoryId, reason: error.message },
      "Issue could not be written",
    );
  }
}

const markOf = (deps: WorkerDeps): IssueMark => ({
  marker: ISSUE_MARKER,
  botLogin: deps.settings.botLogin,
});

/** Closes the issue that told a repository's people until they chose another way. What it lists is open still. */
async function closeLeft(deps: WorkerDeps, repository: Repository, job: IssueJob): Promise<JobLeft | null> {
  const { repositoryId } = repository;
  const number = issueOf(repository.notifications);
  if (number === null) return null;
  let left: JobLeft | null = null;
  await unlessRefused(deps, repositoryId, async () => {
    const mark = markOf(deps);
    const found = await findIssue(deps.github, repository, { number, ...mark });
    if (found?.open)
      await writeIssue(
        deps.github,
        repository,
        found.number,
        { state: "closed", reason: "not_planned" },
        mark,
      );
    await deps.store.accounts.changeNotifications(repositoryId, (standing) => {
      // Chosen again meanwhile: it is brought up to date.
      left = standing?.by === "issue" ? { job, at: deps.clock.now() } : null;
      if (!standing || standing.by === "issue") return null;
      const { leftIssue: _, ...choice } = standing;
      return choice;
    });
  });
  return left;
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
): Promise<"written" | "left"> {
  const mark = markOf(deps);
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
  return await recordIssue(deps, repository.repositoryId, { by: "issue", number, written: digest(text) });
}

/**
 * Records how the issue is now. Where its people chose another way while GitHub was asked, it is left to be closed.
 * Nothing is recorded where the repository went.
 */
async function recordIssue(
  deps: WorkerDeps,
  repositoryId: string,
  written: IssueChoice,
): Promise<"written" | "left"> {
  const { number } = written;
  let isLeft = false;
  await deps.store.accounts.changeNotifications(repositoryId, (standing) => {
    isLeft = false;
    if (standing?.by === "issue") return written;
    if (!standing || number === null) return null;
    isLeft = true;
    return { ...standing, leftIssue: number };
  });
  return isLeft ? "left" : "written";
}
