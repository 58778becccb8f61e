import { expect, test } from "vitest";
import { type AttemptAnswer, endAttempt, startAttempt } from "../../../app/domain/delivery/attempt.ts";
import { complete } from "../../../app/domain/delivery/complete.ts";
import { confirm } from "../../../app/domain/delivery/confirm.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const DURABLE = { confirmWithin: 600, completeWithin: 21_600, maxAttempts: 3, retryOnFailure: false };

const buildDelivery = (change: Partial<Delivery> = {}): Delivery =>
  ({
    deliveryId: "delivery-1",
    status: "Pending",
    isFinalized: false,
    durable: null,
    attempts: [],
    owners: {},
    firstOwner: null,
    workflow: null,
    confirmationAttempts: 0,
    failure: null,
    dispatchedAt: null,
    confirmedAt: null,
    completedAt: null,
    conclusion: null,
    dueFor: "dispatch",
    notBefore: null,
    dueAt: null,
    version: 1,
    ...change,
  }) as Delivery;

/** Leases an attempt, which must succeed. */
const lease = (delivery: Delivery, now = NOW): Delivery => {
  const start = startAttempt(delivery, "worker", now);
  if (!("go" in start)) throw new Error("It was not leased.");
  return start.go;
};

const answer = (delivery: Delivery, given: AttemptAnswer, now = NOW): Delivery => {
  const ended = endAttempt(delivery, delivery.attempts.length, given, now, () => 0.5);
  if (!ended) throw new Error("The answer came too late.");
  return ended;
};

const RUN = { workflow: "a.yml", runId: "1", runAttempt: 1 };

test("a default delivery that GitHub took is dispatched and done", () => {
  const done = answer(lease(buildDelivery()), { outcome: "dispatched", status: 204 });
  expect(done).toMatchObject({ status: "Dispatched", isFinalized: true, dueFor: null, dueAt: null });
});

test("a default delivery that GitHub refused or failed is failed at once", () => {
  for (const outcome of ["refused", "failed"] as const) {
    const done = answer(lease(buildDelivery()), {
      outcome,
      status: 500,
      kind: "service-unavailable",
      reason: "down",
    });
    expect(done).toMatchObject({
      status: "Failed",
      isFinalized: true,
      failure: { reason: "down", stage: "github" },
    });
  }
});

test("being asked to wait is not an attempt", () => {
  const later = answer(lease(buildDelivery()), {
    outcome: "limited",
    status: 429,
    reason: "wait",
    retryAt: NOW + 60_000,
  });
  expect(later.attempts).toEqual([]);
  expect(later).toMatchObject({
    status: "Pending",
    dueFor: "dispatch",
    notBefore: "2026-01-01T00:01:00.000Z",
  });
  expect(startAttempt(later, "worker", NOW + 59_999)).toEqual({ wait: NOW + 60_000 });
});

test("a lease keeps others away until it runs out, and then the attempt is sent again as a possible duplicate", () => {
  const leased = lease(buildDelivery());
  expect(startAttempt(leased, "other", NOW + 59_999)).toEqual({ wait: NOW + 60_000 });
  const again = lease(leased, NOW + 60_000);
  expect(again.attempts.map(({ outcome, possibleDuplicate }) => [outcome, possibleDuplicate])).toEqual([
    ["unknown", false],
    ["leased", true],
  ]);
});

test("a default delivery whose fifth worker died stays dispatched with an unknown outcome", () => {
  let delivery = buildDelivery();
  for (let n = 0; n < 5; n++) delivery = lease(delivery, NOW + n * 60_000);
  const start = startAttempt(delivery, "worker", NOW + 5 * 60_000);
  const dispatchedAt = new Date(NOW + 5 * 60_000).toISOString();
  expect(start).toMatchObject({ done: { status: "Dispatched", isFinalized: true, dispatchedAt } });
  expect("done" in start && start.done.attempts.map(({ outcome }) => outcome)).toEqual(
    Array(5).fill("unknown"),
  );
});

test("an answer after the lease was taken over changes nothing", () => {
  const first = lease(buildDelivery());
  const second = lease(first, NOW + 60_000);
  expect(endAttempt(second, 1, { outcome: "dispatched", status: 204 }, NOW, () => 0)).toBeNull();
});

test("a durable delivery is tried again until its attempts are spent", () => {
  let delivery = buildDelivery({ durable: DURABLE });
  let now = NOW;
  for (let attempt = 1; attempt <= 3; attempt++) {
    delivery = answer(
      lease(delivery, now),
      { outcome: "failed", status: 503, kind: "service-unavailable", reason: "down" },
      now,
    );
    now += 3_600_000;
  }
  expect(delivery).toMatchObject({ status: "Failed", isFinalized: true });
  expect(delivery.attempts).toHaveLength(3);
});

test("a consumer that confirms before GitHub's answer is recorded stays confirmed", () => {
  const leased = lease(buildDelivery({ durable: DURABLE }));
  const { delivery } = confirm(leased, RUN, NOW);
  const recorded = answer(delivery, { outcome: "dispatched", status: 204 });
  expect(recorded).toMatchObject({ status: "Confirmed", dueFor: "completion" });
  expect(recorded.attempts[0]?.outcome).toBe("dispatched");
});

test("the first run owns a delivery, a second is a duplicate, a re-run is none", () => {
  const dispatched = answer(lease(buildDelivery({ durable: DURABLE })), {
    outcome: "dispatched",
    status: 204,
  });
  const first = confirm(dispatched, RUN, NOW);
  expect(first.duplicate).toBe(false);
  expect(confirm(first.delivery, RUN, NOW)).toEqual({ delivery: first.delivery, duplicate: false });
  const rerun = confirm(first.delivery, { ...RUN, runAttempt: 2 }, NOW);
  expect(rerun.duplicate).toBe(false);
  const second = confirm(first.delivery, { ...RUN, runId: "2" }, NOW);
  expect(second.duplicate).toBe(true);
  expect(second.delivery.owners["a.yml"]?.runId).toBe("1");
  expect(confirm(first.delivery, { workflow: "b.yml", runId: "3", runAttempt: 1 }, NOW).duplicate).toBe(
    false,
  );
});

test.each([
  [true, "Completed"],
  [false, "Failed"],
])("the owner's result finalizes a delivery: %s", (success, status) => {
  const dispatched = answer(lease(buildDelivery({ durable: DURABLE })), {
    outcome: "dispatched",
    status: 204,
  });
  const result = { success, conclusion: success ? "success" : "failure" };
  const completed = complete(dispatched, RUN, result, NOW, () => 0);
  expect(completed).toMatchObject({ delivery: { status, isFinalized: true, conclusion: result.conclusion } });
  const delivery = "delivery" in completed ? completed.delivery : buildDelivery();
  expect(complete(delivery, RUN, result, NOW + 1, () => 0)).toEqual({ delivery });
  expect(complete(delivery, { ...RUN, runId: "2" }, result, NOW, () => 0)).toMatchObject({
    foreignOwner: { runId: "1" },
  });
});

test("where the subscription names a workflow, only that one's result counts", () => {
  const delivery = buildDelivery({ durable: DURABLE, workflow: "b.yml" });
  const dispatched = answer(lease(delivery), { outcome: "dispatched", status: 204 });
  const noted = complete(dispatched, RUN, { success: false, conclusion: "failure" }, NOW, () => 0);
  expect(noted).toMatchObject({ delivery: { status: "Dispatched", isFinalized: false } });
});
