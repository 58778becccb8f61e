import type { Notice } from "../../../app/domain/records/notice.ts";

/** A notice of a delivery that failed, with no more set than a test is about. */
export const buildNotice = (change: Partial<Notice> = {}): Notice => ({
  kind: "dead-letter",
  repositoryId: "1",
  ownerId: "2",
  subject: "delivery-1",
  at: "2026-01-01T00:00:00.000Z",
  reason: "GitHub answered 503.",
  subscriptionId: "subscription-1",
  deliveryId: "delivery-1",
  service: "acme/releases",
  other: null,
  ...change,
});
