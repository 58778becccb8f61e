import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { WorkerDeps } from "../../deps.ts";
import { changedFields } from "../../domain/changed-fields.ts";
import { formatOf } from "../../domain/delivery/start.ts";
import { issueOf, NO_NOTIFICATIONS } from "../../domain/notices/notice.ts";
import { invalidAt } from "../../domain/parse-input.ts";
import type { NotificationChoice } from "../../domain/records/notification-choice.ts";
import { checkIssuesAllowed } from "../../github/issues.ts";
import { refusalOfAddress } from "../../outbound/post-webhook.ts";
import { changeIssue } from "../notices/raise-notice.ts";
import { notificationSecret } from "../notices/send-notice-webhook.ts";
import { requireReachable, requireUnmanaged } from "./require-repository.ts";

/** The input that chooses how a repository's people are notified. */
export const notificationsInput = z.discriminatedUnion("by", [
  z.strictObject({
    by: z.literal("none").describe("No notifications; the API and the console show everything"),
  }),
  z.strictObject({
    by: z
      .literal("issue")
      .describe("One issue in the repository, kept up to date; in a public one everybody reads it"),
  }),
  z.strictObject({
    by: z.literal("webhook").describe("Signed HTTP calls after Standard Webhooks"),
    url: z.string().min(1).max(1000).meta({
      description: "Where to send them: https, on the open internet",
      example: "https://hooks.example.com/zekt",
    }),
    format: z
      .enum(["zekt", "cloudevents"])
      .default("zekt")
      .describe("The form of a notice: after Standard Webhooks, or a CloudEvent. Both are signed alike"),
    newSecret: z.boolean().default(false).meta({
      description: "Make a new secret though the address stays; the one before is good no more",
      example: false,
    }),
  }),
]);

export type NotificationsInput = z.output<typeof notificationsInput>;

/** The stored choice, and the secret where a new one was created: it is shown only this once. */
export interface NotificationsSet {
  choice: NotificationChoice;
  secret: string | null;
  /** Names of what was changed in a webhook, none where another way was chosen; null where the choice stood already. */
  changed: readonly string[] | null;
}

/**
 * Sets how a repository's people are notified. The same again changes nothing.
 *
 * @throws Refusal forbidden where the App may not write issues, with where to grant it; conflict where
 * issues are switched off, or a file says how they are notified; invalid for an address that nothing is sent to
 */
export async function setNotifications(
  deps: WorkerDeps,
  repositoryId: string,
  input: NotificationsInput,
  by: string,
): Promise<NotificationsSet> {
  const repository = await requireReachable(deps, repositoryId);
  if (repository.fileHasNotifications) requireUnmanaged(repository, by);
  if (input.by === "issue") await checkIssuesAllowed(deps.github, repository);
  if (input.by === "webhook") checkAddress(deps, input.url);
  let set: NotificationsSet | null = null;
  const change = (): Promise<unknown> =>
    deps.store.accounts.changeNotifications(repositoryId, (current) => {
      const standing = current ?? NO_NOTIFICATIONS;
      const choice = choiceOf(deps, repositoryId, standing, input);
      const changed = isDeepStrictEqual(choice, standing) ? null : partsOf(standing, choice);
      set = { choice, secret: newSecretOf(deps, repositoryId, standing, choice), changed };
      return changed && choice;
    });
  // An issue that is left is closed, and one that is come back to is opened if it has anything to say.
  await (input.by === "issue" || issueOf(repository.notifications) !== null
    ? changeIssue(deps, repository, change)
    : change());
  // The repository went meanwhile, which is then told.
  return set ?? (await setNotifications(deps, repositoryId, input, by));
}

function checkAddress(deps: WorkerDeps, url: string): void {
  const refused = refusalOfAddress(url, deps.settings.privateReceivers);
  if (refused !== null) throw invalidAt(["url"], `The address ${refused}.`);
}

/**
 * Returns the choice that an input makes of the standing one. A secret whose master key is known no more is replaced,
 * as nothing can be signed by it.
 */
function choiceOf(
  deps: WorkerDeps,
  repositoryId: string,
  standing: NotificationChoice,
  input: NotificationsInput,
): NotificationChoice {
  const number = issueOf(standing);
  if (input.by === "issue")
    return standing.by === "issue" ? standing : { by: "issue", number, written: null };
  const left = number === null ? {} : { leftIssue: number };
  if (input.by === "none") return { ...NO_NOTIFICATIONS, ...left };
  const { by, url, format, newSecret } = input;
  const begun = { format, problem: null, ended: false, ...left };
  const isStanding = standing.by === by && standing.url === url && !newSecret;
  if (isStanding && notificationSecret(deps, repositoryId, standing) !== null)
    return { ...standing, ...begun };
  return { by, url, nonce: randomUUID(), secretVersion: deps.hookSecrets.version, ...begun };
}

/** Returns the secret of a choice where it is another one than before. */
function newSecretOf(
  deps: WorkerDeps,
  repositoryId: string,
  standing: NotificationChoice,
  choice: NotificationChoice,
): string | null {
  if (choice.by !== "webhook" || (standing.by === "webhook" && standing.nonce === choice.nonce)) return null;
  return notificationSecret(deps, repositoryId, choice);
}

/** Names what differs between two webhooks; nothing where one of the two is none. */
function partsOf(standing: NotificationChoice, choice: NotificationChoice): string[] {
  if (standing.by !== "webhook" || choice.by !== "webhook") return [];
  const { url, format, nonce } = choice;
  const parts = { url, format, secret: nonce };
  return changedFields({ ...standing, format: formatOf(standing), secret: standing.nonce }, parts);
}
