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

/** By what a notice is found again. */
export type NoticeKey = Pick<Notice, "repositoryId" | "kind" | "subject">;
