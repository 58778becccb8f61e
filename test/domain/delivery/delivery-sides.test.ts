import { expect, test } from "vitest";
import { consumersShare, providersShare } from "../../../app/domain/delivery/delivery-sides.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import { buildAttempt, buildDelivery, buildOwner, WORKFLOW } from "./build-delivery.ts";

const FAILURE = {
  stage: "github",
  kind: "auth",
  status: 403,
  reason: "initech/consumer is not reachable.",
} as const;
const delivery = buildDelivery("a", {
  providerRepositoryId: "7",
  providerOwnerId: "1",
  eventId: "event-1",
  messageId: "message-1",
  archiveKey: "events/7/1",
  workflow: WORKFLOW,
  ref: "main",
  owners: { [WORKFLOW]: buildOwner("900") },
  firstOwner: WORKFLOW,
  failure: FAILURE,
  attempts: [buildAttempt(1, { holder: "worker-1", runId: "900", failure: FAILURE }), buildAttempt(2)],
});

test("a provider keeps no run of its consumer's, and of failures the kind but no words", () => {
  const share = providersShare(delivery);
  expect(JSON.stringify(share)).not.toMatch(/900|deploy\.yml|initech|worker-1|"main"/);
  expect(share.failure).toEqual({ stage: "github", kind: "auth", status: 403 });
  expect(share.attempts.map(({ number, failure }) => [number, failure])).toEqual([
    [1, { stage: "github", kind: "auth", status: 403 }],
    [2, null],
  ]);
  expect(share).toMatchObject({ deliveryId: "a", providerRepositoryId: "7", archiveKey: "events/7/1" });
});

test("a consumer keeps nothing that names a provider behind an alias, and all of its own", () => {
  const share = consumersShare(delivery) as Partial<Delivery>;
  for (const name of ["providerRepositoryId", "providerOwnerId", "eventId", "messageId", "archiveKey"])
    expect(share).not.toHaveProperty(name);
  expect(JSON.stringify(share)).not.toContain("worker-1");
  expect(share).toMatchObject({
    deliveryId: "a",
    owners: delivery.owners,
    workflow: WORKFLOW,
    failure: FAILURE,
    attempts: [{ number: 1, runId: "900", failure: FAILURE }, { number: 2 }],
  });
});
