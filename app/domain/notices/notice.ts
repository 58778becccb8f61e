import type { Notice, NoticeKind } from "../records/notice.ts";
import type { NotificationChoice } from "../records/notification-choice.ts";

/** Nothing is written to anybody's repository or server unless they asked for it. */
export const NO_NOTIFICATIONS: NotificationChoice = { by: "none" };

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

/** The body of a notice's webhook: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
export const webhookBody = (notice: Notice, fullName: string): string =>
  JSON.stringify({
    type: TYPES[notice.kind],
    timestamp: notice.at,
    data: {
      repository: { id: notice.repositoryId, fullName },
      reason: notice.reason,
      subscriptionId: notice.subscriptionId,
      deliveryId: notice.deliveryId,
      service: notice.service,
      other: notice.other,
    },
  });
