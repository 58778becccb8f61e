import { type CloudEvent, referenceTo } from "../intake/cloud-event.ts";
import type { Notice, NoticeKind } from "../records/notice.ts";
import type { NotificationChoice } from "../records/notification-choice.ts";
import type { EventFormat } from "../records/subscription.ts";

/** Nothing is written to anybody's repository or server unless they asked for it. */
export const NO_NOTIFICATIONS: NotificationChoice = { by: "none" };

/** Returns the number of the issue that tells people, or that did and is not closed yet; null where there is none. */
export function issueOf(choice: NotificationChoice | null | undefined): number | null {
  if (!choice) return null;
  return choice.by === "issue" ? choice.number : (choice.leftIssue ?? null);
}

/** Names a notice, the same for the same. Standard Webhooks sends it as `webhook-id`. */
export const noticeIdOf = ({
  repositoryId,
  kind,
  subject,
  at,
}: Pick<Notice, "repositoryId" | "kind" | "subject" | "at">): string =>
  `notice-${repositoryId}-${kind}-${subject}-${at}`.replaceAll(/[^\w-]/g, "");

const TYPES: Record<NoticeKind, string> = {
  "dead-letter": "delivery.failed",
  "connection-paused": "connection.paused",
  "permission-lost": "permission.lost",
  "access-requested": "access.requested",
  "runs-missed": "runs.missed",
};

/**
 * Builds the body of a notice's webhook, after Standard Webhooks or as a CloudEvent in structured mode.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
 */
export function webhookBody(notice: Notice, fullName: string, format: EventFormat = "zekt"): string {
  const type = TYPES[notice.kind];
  const data = {
    repository: { id: notice.repositoryId, fullName },
    reason: notice.reason,
    subscriptionId: notice.subscriptionId,
    deliveryId: notice.deliveryId,
    service: notice.service,
    other: notice.other,
  };
  if (format === "zekt") return JSON.stringify({ type, timestamp: notice.at, data });
  const event: CloudEvent = {
    specversion: "1.0",
    id: noticeIdOf(notice),
    source: referenceTo(fullName),
    type,
    time: notice.at,
    datacontenttype: "application/json",
    data,
  };
  return JSON.stringify(event);
}
