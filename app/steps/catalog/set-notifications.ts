import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { WorkerDeps } from "../../deps.ts";
import { NO_NOTIFICATIONS } from "../../domain/notices/notice.ts";
import { invalidAt } from "../../domain/parse-input.ts";
import type { NotificationChoice } from "../../domain/records/notification-choice.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { checkIssuesAllowed } from "../../github/issues.ts";
import { refusalOfAddress } from "../../outbound/post-webhook.ts";
import { notificationSecret } from "../notices/send-notice-webhook.ts";
import { requireReachable } from "./require-repository.ts";

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
interface Chosen {
  choice: NotificationChoice;
  secret: string | null;
}

export interface NotificationsSet extends Chosen {
  /** False where the choice stood already. */
  isNew: boolean;
}

/**
 * Sets how a repository's people are notified. The same again changes nothing.
 *
 * @throws Refusal forbidden where the App may not write issues, with where to grant it; conflict where
 * issues are switched off; invalid for an address that nothing is sent to
 */
export async function setNotifications(
  deps: WorkerDeps,
  repositoryId: string,
  input: NotificationsInput,
): Promise<NotificationsSet> {
  const repository = await requireReachable(deps, repositoryId);
  const { choice, secret } = await chosen(deps, repository, input);
  const isNew = !isDeepStrictEqual(choice, repository.notifications ?? NO_NOTIFICATIONS);
  if (isNew) await deps.store.accounts.saveRepository({ repositoryId, notifications: choice });
  return { choice, secret, isNew };
}

async function chosen(deps: WorkerDeps, repository: Repository, input: NotificationsInput): Promise<Chosen> {
  const standing = repository.notifications ?? NO_NOTIFICATIONS;
  if (input.by === "none") return { choice: NO_NOTIFICATIONS, secret: null };
  if (input.by === "issue") {
    await checkIssuesAllowed(deps.github, repository);
    const choice = standing.by === "issue" ? standing : { by: input.by, number: null, written: null };
    return { choice, secret: null };
  }
  const refused = refusalOfAddress(input.url, deps.settings.privateReceivers);
  if (refused !== null) throw invalidAt(["url"], `The address ${refused}.`);
  const { format } = input;
  if (standing.by === "webhook" && standing.url === input.url && !input.newSecret) {
    return { choice: { ...standing, format, problem: null, ended: false }, secret: null };
  }
  const choice: NotificationChoice = {
    by: "webhook",
    url: input.url,
    format,
    nonce: randomUUID(),
    secretVersion: deps.hookSecrets.version,
    problem: null,
    ended: false,
  };
  return { choice, secret: notificationSecret(deps, repository.repositoryId, choice) };
}
