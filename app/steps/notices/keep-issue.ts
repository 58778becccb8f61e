import { createHash } from "node:crypto";
import type { Zekt } from "../../deps.ts";
import { MINUTE } from "../../domain/clock.ts";
import type { Repository } from "../../domain/installations/account.ts";
import type { Notice, NotificationChoice } from "../../domain/notices/notice.ts";
import { ISSUE_MARKER, type IssueText, issueText } from "../../domain/notices/notice-issue.ts";
import { Refusal } from "../../domain/refusal.ts";
import { findIssue, writeIssue } from "../../github/issues.ts";
import type { IssueJob } from "../../store/queues.ts";

/** An issue is written at most once in this time; what comes meanwhile is written together. */
const WRITE_EVERY = 5 * MINUTE;
/** A guard's end is told in whole seconds. */
const SECOND_MORE = 1;

type IssueChoice = Extract<NotificationChoice, { by: "issue" }>;

/**
 * Brings a repository's issue up to what is open there now: makes it, edits it, closes it when all is
 * well. Whoever is told anything leads here, so that it matters neither how often nor in which order.
 */
export async function keepIssue(zekt: Zekt, job: IssueJob): Promise<void> {
  const { accounts, guards, notices } = zekt.store;
  const { repositoryId } = job;
  const repository = await accounts.getRepository(repositoryId);
  const choice = repository?.notifications;
  if (!repository?.reachable || choice?.by !== "issue") return;
  if (job.planned) await guards.remove("issue-planned", repositoryId);
  const open = await notices.list(repositoryId);
  const text = textOf(zekt, repository, open);
  if (digest(text) === choice.written || (text === null && choice.number === null)) return;
  const { won } = await guards.claim("issue-written", repositoryId, {}, WRITE_EVERY);
  if (!won) return await planWrite(zekt, job);
  try {
    await bringUpToDate(zekt, repository, choice, open);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // Who may not write today may be allowed to tomorrow; then the next notice brings it up to date.
    if (error.code === "unavailable" || error.code === "limited") throw error;
    zekt.log.warn({ repositoryId, reason: error.message }, "an issue could not be written");
  }
}

/** Has the issue looked at again when it may be written again; one such look is enough. */
async function planWrite(zekt: Zekt, { repositoryId, ownerId }: IssueJob): Promise<void> {
  const { guards, queues } = zekt.store;
  if (await guards.get("issue-planned", repositoryId)) return;
  const delaySeconds = WRITE_EVERY / 1000 + SECOND_MORE;
  await queues.enqueueUpkeep([{ kind: "issue", ownerId, repositoryId, planned: true }], delaySeconds);
  // After it was enqueued: to look twice is better than not at all.
  await guards.set("issue-planned", repositoryId, {}, 2 * WRITE_EVERY);
}

const textOf = (zekt: Zekt, repository: Repository, open: readonly Notice[]): IssueText | null =>
  issueText(open, { isPublic: !repository.private, address: zekt.settings.publicUrl });

const digest = (text: IssueText | null): string | null =>
  text && createHash("sha256").update(JSON.stringify(text)).digest("hex");

async function bringUpToDate(
  zekt: Zekt,
  repository: Repository,
  choice: IssueChoice,
  open: readonly Notice[],
): Promise<void> {
  const { botLogin } = zekt.settings;
  const found = await findIssue(zekt.github, repository, {
    number: choice.number,
    marker: ISSUE_MARKER,
    botLogin,
  });
  // Who closes it lets be what it told of; what came after that opens it again.
  const closedAt = found?.closedByOthersAt ?? null;
  const seen = open.filter(({ at }) => closedAt !== null && Date.parse(at) <= Date.parse(closedAt));
  await zekt.store.notices.close(seen);
  const left = open.filter((one) => !seen.includes(one));
  const text = textOf(zekt, repository, left);
  let number = found?.number ?? null;
  if (text !== null) {
    number = await writeIssue(zekt.github, repository, number, { ...text, state: "open" });
  } else if (found?.open) {
    await writeIssue(zekt.github, repository, found.number, { state: "closed" });
  }
  await zekt.store.accounts.saveRepository({
    repositoryId: repository.repositoryId,
    notifications: { by: "issue", number, written: digest(text) },
  });
}
