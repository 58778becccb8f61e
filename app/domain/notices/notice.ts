/** What an owner is told of without looking. */
export type NoticeKind = "dead-letter" | "connection-paused" | "permission-lost" | "access-requested";

/** Something that somebody has to see to, at one of their repositories. */
export interface Notice {
  kind: NoticeKind;
  /** Whose it is. */
  repositoryId: string;
  ownerId: string;
  /** What it is about: of one kind and subject there is one at a time. */
  subject: string;
  /** When it came to be, as ISO 8601; with kind and subject it names this notice for ever. */
  at: string;
  /** What happened and how it is mended. Holds no payload. */
  reason: string;
  subscriptionId: string | null;
  deliveryId: string | null;
  /** The service as this side knows it: `provider/slug`. */
  service: string | null;
  /** The repository at the other end, where this side may know it. */
  other: string | null;
}

/** How a repository's people want to be told. */
export type NotificationChoice =
  | { by: "none" }
  | {
      by: "issue";
      /** The number; null until there is one. */
      number: number | null;
      /** What was last written to it; null until something was. */
      written: string | null;
    }
  | {
      by: "webhook";
      url: string;
      /** What its secret derives from, besides the master key of this version. */
      nonce: string;
      secretVersion: number;
      /** Why nothing reached it lately; null while all does. */
      problem: string | null;
      /** Whether the receiver said that it is gone: then nothing more is sent. */
      ended: boolean;
    };

/** Nothing is written to anybody's repository or server unless they asked for it. */
export const NO_NOTIFICATIONS: NotificationChoice = { by: "none" };

/** Names a notice, the same for the same. Standard Webhooks sends it as `webhook-id`. */
export const noticeIdOf = ({ repositoryId, kind, subject, at }: Notice): string =>
  `notice-${repositoryId}-${kind}-${subject}-${at}`.replaceAll(/[^\w-]/g, "");

const TYPES: Record<NoticeKind, string> = {
  "dead-letter": "delivery.failed",
  "connection-paused": "connection.paused",
  "permission-lost": "permission.lost",
  "access-requested": "access.requested",
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
