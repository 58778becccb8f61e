import { CloudEvent } from "cloudevents";
import { expect, test } from "vitest";
import { MINUTE, SECOND } from "../../../app/domain/clock.ts";
import { NO_NOTIFICATIONS, noticeIdOf, webhookBody } from "../../../app/domain/notices/notice.ts";
import { retryAt } from "../../../app/domain/notices/notice-retry.ts";
import { buildNotice } from "./build-notice.ts";

const notice = buildNotice({ other: "initech/consumer" });

test("nobody has asked to be notified until they have", () => {
  expect(NO_NOTIFICATIONS).toEqual({ by: "none" });
});

test("a notice has the same id each time, by letters, digits and hyphens alone", () => {
  // A receiver tells repeats by this id, so it stays the same from version to version.
  expect(noticeIdOf(notice)).toBe("notice-1-dead-letter-delivery-1-2026-01-01T000000000Z");
  expect(noticeIdOf({ ...notice, subject: "a/b.yml" })).toBe(
    "notice-1-dead-letter-abyml-2026-01-01T000000000Z",
  );
});

test.each([
  ["dead-letter", "delivery.failed"],
  ["connection-paused", "connection.paused"],
  ["permission-lost", "permission.lost"],
  ["access-requested", "access.requested"],
  ["runs-missed", "runs.missed"],
] as const)(
  "a webhook of a notice of the kind %s has the type %s, and says whom it concerns",
  (kind, type) => {
    expect(JSON.parse(webhookBody({ ...notice, kind }, "acme/provider"))).toEqual({
      type,
      timestamp: notice.at,
      data: {
        repository: { id: "1", fullName: "acme/provider" },
        reason: "GitHub answered 503.",
        subscriptionId: "subscription-1",
        deliveryId: "delivery-1",
        service: "acme/releases",
        other: "initech/consumer",
      },
    });
  },
);

test("a receiver may take a notice as a CloudEvent, under the id that tells its repeats", () => {
  const event = JSON.parse(webhookBody(notice, "acme/provider", "cloudevents"));
  expect(new CloudEvent(event, true).data).toEqual(JSON.parse(webhookBody(notice, "acme/provider")).data);
  expect(event).toMatchObject({
    specversion: "1.0",
    id: noticeIdOf(notice),
    source: "/acme/provider",
    type: "delivery.failed",
    time: notice.at,
  });
});

test("a notice's webhook is sent again up to a fifth later than planned, and never sooner", () => {
  expect(retryAt(1, null, 1000, () => 0)).toBe(1000 + 5 * SECOND);
  expect(retryAt(1, null, 1000, () => 1)).toBe(1000 + 6 * SECOND);
  expect(retryAt(2, null, 0, () => 0.5)).toBe(5.5 * MINUTE);
  expect(retryAt(2, 60, 0, () => 0)).toBe(5 * MINUTE);
  expect(retryAt(10, null, 0, () => 0)).toBeNull();
});
