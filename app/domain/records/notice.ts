/** A kind of event that Zekt tells people about, without being asked. */
export type NoticeKind =
  | "dead-letter"
  | "connection-paused"
  | "permission-lost"
  | "access-requested"
  | "runs-missed";

/** A condition of a repository that its people have to act on. */
export interface Notice {
  kind: NoticeKind;
  /** The repository whose people are notified. */
  repositoryId: string;
  ownerId: string;
  /** The id of the thing concerned. One notice of a kind and subject is open at a time. */
  subject: string;
  /** The time it arose (ISO 8601); with kind and subject it names this notice for ever. */
  at: string;
  /** Says what happened and how to fix it. Holds no payload. */
  reason: string;
  subscriptionId: string | null;
  deliveryId: string | null;
  /** The service as this side knows it: `owner/repository/slug` or `alias/slug`. */
  service: string | null;
  /** The repository at the other end, where this side may know it. */
  other: string | null;
}

/** The key that finds an open notice. */
export type NoticeKey = Pick<Notice, "repositoryId" | "kind" | "subject">;
