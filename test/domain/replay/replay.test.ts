import { describe, expect, test } from "vitest";
import { iso, MINUTE } from "../../../app/domain/clock.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import type { ReplayJob } from "../../../app/domain/records/replay-job.ts";
import { afterPage, matches, replayOf } from "../../../app/domain/replay/replay.ts";
import {
  buildAttempt,
  buildDelivery,
  buildOwner,
  DURABLE,
  NOW,
  WORKFLOW,
} from "../delivery/build-delivery.ts";

/** A delivery that failed after everything had happened to it. */
const original = buildDelivery("a", {
  archiveKey: "events/a.json",
  status: "Failed",
  isFinalized: true,
  attempts: [buildAttempt(1), buildAttempt(2)],
  owners: { [WORKFLOW]: buildOwner("1") },
  firstOwner: WORKFLOW,
  confirmationAttempts: 3,
  ambiguousRuns: ["2"],
  releasedRuns: ["3/1"],
  failure: { stage: "github", kind: "timeout", reason: "late", status: null },
  replayedBy: "b",
  confirmedAt: iso(NOW),
  completedAt: iso(NOW),
  conclusion: "failure",
  start: "workflow_dispatch",
  ref: "main",
  stall: {
    since: iso(NOW),
    enqueued: 4,
    failures: 9,
    failedAt: iso(NOW),
    ending: { times: 9, at: iso(NOW) },
  },
  version: 9,
});

const OWNERS = { ownerId: original.consumerOwnerId, providerOwnerId: original.providerOwnerId };

describe("a replay", () => {
  const replay = replayOf(original, {
    deliveryId: "c",
    subscription: { durable: null, ...OWNERS },
    now: NOW + MINUTE,
  });

  test("is a new delivery of the same payload, to which nothing has happened yet", () => {
    expect(replay).toEqual({
      ...original,
      stall: undefined,
      start: undefined,
      ref: undefined,
      deliveryId: "c",
      replayOf: "a",
      replayedBy: null,
      durable: null,
      status: "Pending",
      isFinalized: false,
      attempts: [],
      owners: {},
      firstOwner: null,
      confirmationAttempts: 0,
      ambiguousRuns: [],
      releasedRuns: [],
      failure: null,
      createdAt: iso(NOW + MINUTE),
      dispatchedAt: null,
      confirmedAt: null,
      completedAt: null,
      conclusion: null,
      version: 1,
      dueFor: "dispatch",
      notBefore: iso(NOW + MINUTE),
      dueAt: iso(NOW + 3 * MINUTE),
    });
  });

  test("goes by what its subscription says now, not as the original went", () => {
    const { start: _, ref: __, ...plain } = original;
    const again = replayOf(plain as Delivery, {
      deliveryId: "c",
      subscription: { durable: DURABLE, start: "workflow_dispatch", ref: "next", ...OWNERS },
      now: NOW,
    });
    expect(again).toMatchObject({ durable: DURABLE, start: "workflow_dispatch", ref: "next" });
    expect(replay).not.toHaveProperty("start");
  });
});

test.each<[string, Partial<Delivery>, boolean]>([
  ["ended as it names", {}, true],
  ["ended otherwise", { status: "Completed" }, false],
  ["has not ended", { isFinalized: false }, false],
  ["was replayed before", { replayedBy: "b" }, false],
  ["it has replayed itself", { replayedBy: "own" }, true],
])("a bulk replay takes a delivery that %s: %#", (_, change, takes) => {
  const filter = { statuses: ["Failed", "Dispatched"] } as ReplayJob;
  expect(matches(filter, { ...original, replayedBy: null, ...change }, "own")).toBe(takes);
});

describe("a bulk replay after a page", () => {
  const job = { state: "running", after: null, examined: 1, matched: 2, replayed: 3, refused: { gone: 1 } };
  const page = { examined: 10, matched: 7, replayed: 4, refused: ["gone", "late", "gone"], next: "10" };

  test("has its numbers added up, and each refusal counted by its reason", () => {
    expect(afterPage(job as unknown as ReplayJob, page, NOW)).toEqual({
      state: "running",
      after: "10",
      examined: 11,
      matched: 9,
      replayed: 7,
      refused: { gone: 3, late: 1 },
      updatedAt: iso(NOW),
    });
  });

  test("is done after the last one, and cancelled where it may not go on", () => {
    expect(afterPage(job as unknown as ReplayJob, { ...page, next: null }, NOW).state).toBe("done");
    for (const next of ["10", null])
      expect(afterPage(job as unknown as ReplayJob, { ...page, next, stopped: true }, NOW).state).toBe(
        "cancelled",
      );
  });
});
