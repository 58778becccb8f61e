import { Webhook } from "standardwebhooks";
import type { WorkerDeps } from "../../deps.ts";
import { noticeIdOf, webhookBody } from "../../domain/notices/notice.ts";
import { retryAt, type WebhookAnswer } from "../../domain/notices/notice-retry.ts";
import type { NotificationChoice } from "../../domain/records/notification-choice.ts";
import { postWebhook } from "../../outbound/post-webhook.ts";
import type { JobLeft, NotifyJob } from "../../store/queues.ts";

type WebhookChoice = Extract<NotificationChoice, { by: "webhook" }>;

/**
 * The secret a repository's notifications are signed with, as Standard Webhooks writes it. It is derived,
 * not stored; null once its master key is known no more.
 */
export function notificationSecret(
  deps: WorkerDeps,
  repositoryId: string,
  { nonce, secretVersion }: Pick<WebhookChoice, "nonce" | "secretVersion">,
): string | null {
  const derived = deps.hookSecrets.secret(`notifications:${repositoryId}:${nonce}`, secretVersion);
  return derived && `whsec_${Buffer.from(derived, "hex").toString("base64")}`;
}

/**
 * Sends one notice to the receiver that its repository's people named, signed after Standard Webhooks.
 * What does not arrive is tried again on a schedule, under the same `webhook-id`.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export async function sendNoticeWebhook(deps: WorkerDeps, job: NotifyJob): Promise<JobLeft | null> {
  const { repositoryId } = job.notice;
  const repository = await deps.store.accounts.getRepository(repositoryId);
  const choice = repository?.notifications;
  if (!repository || choice?.by !== "webhook" || choice.ended) return null;
  const answer = await send(deps, job, choice, repository.fullName);
  if (answer.outcome === "taken") {
    if (choice.problem !== null) await recordReceiver(deps, repositoryId, choice, { problem: null });
    return null;
  }
  deps.log.warn(
    {
      event: "notice.failed",
      repositoryId,
      kind: job.notice.kind,
      tries: job.tries + 1,
      reason: answer.reason,
    },
    "Notice did not arrive",
  );
  if (answer.outcome === "gone") {
    const problem = `${answer.reason} Nothing more is sent; set the address again to begin anew.`;
    await recordReceiver(deps, repositoryId, choice, { problem, ended: true });
    return null;
  }
  await recordReceiver(deps, repositoryId, choice, { problem: answer.reason });
  const tries = job.tries + 1;
  const at = retryAt(tries, answer.retryAfter, deps.clock.now(), Math.random);
  return at === null ? null : { job: { ...job, tries }, at };
}

async function send(
  deps: WorkerDeps,
  { notice }: NotifyJob,
  choice: WebhookChoice,
  fullName: string,
): Promise<WebhookAnswer> {
  const secret = notificationSecret(deps, notice.repositoryId, choice);
  if (secret === null) {
    return {
      outcome: "gone",
      reason: "The master key that its secret derives from is known no more.",
    };
  }
  const id = noticeIdOf(notice);
  const { format = "zekt" } = choice;
  const body = webhookBody(notice, fullName, format);
  const at = new Date(deps.clock.now());
  return await postWebhook({
    url: choice.url,
    headers: {
      "content-type": format === "cloudevents" ? "application/cloudevents+json" : "application/json",
      "user-agent": "zekt",
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": new Webhook(secret).sign(id, at, body),
    },
    body,
    allowPrivate: deps.settings.privateReceivers,
  });
}

/**
 * Changes what is known of the receiver, unless its people set another one meanwhile. That nothing more is sent to it
 * stays, whatever comes of what was on the way.
 */
async function recordReceiver(
  deps: WorkerDeps,
  repositoryId: string,
  choice: WebhookChoice,
  change: Partial<WebhookChoice>,
): Promise<void> {
  await deps.store.accounts.changeNotifications(repositoryId, (standing) =>
    standing?.by === "webhook" && standing.nonce === choice.nonce && !standing.ended
      ? { ...standing, ...change }
      : null,
  );
}
