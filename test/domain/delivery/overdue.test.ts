import { describe, expect, test } from "vitest";
import { HOUR, iso, MINUTE, SECOND } from "../../../app/domain/clock.ts";
import { failUnconfirmable, overdueTransition } from "../../../app/domain/delivery/overdue.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import { buildAttempt, buildDelivery, DURABLE, NOW } from "./build-delivery.ts";

/* The end of a wait: for a confirmation, for a completion, or for the run of a dispatch whose answer was lost. */

const end = (delivery: Delivery, now: number, alive = false): Delivery =>
  overdueTransition(delivery, now, () => 0.5, alive);

describe("a wait for a confirmation", () => {
  test("ends at its moment and not before, and the delivery is dispatched again", () => {
    const delivery = buildDelivery("a");
    expect(end(delivery, NOW + 600 * SECOND - 1)).toBe(delivery);
    expect(end(delivery, NOW + 600 * SECOND)).toMatchObject({
      dueFor: "dispatch",
      failure: {
        stage: "confirmation",
        kind: "timeout",
        status: null,
        reason: "No run of the consumer confirmed it within 600 s.",
      },
    });
  });

  test("begins anew while a run that may be its own is alive", () => {
    const now = NOW + 20 * MINUTE;
    expect(end(buildDelivery("a"), now, true)).toMatchObject({
      dueFor: "confirmation",
      dueAt: iso(now + 600 * SECOND),
      failure: null,
    });
  });

  test("however short the wait for a confirmation is, GitHub has two minutes to list the run", () => {
    const durable = { ...DURABLE, confirmWithin: 60 };
    const delivery = buildDelivery("a", { durable, dueAt: iso(NOW + MINUTE) });
    expect(end(delivery, NOW + MINUTE)).toMatchObject({
      dueFor: "confirmation",
      dueAt: iso(NOW + 2 * MINUTE),
    });
    expect(end(delivery, NOW + 2 * MINUTE)).toMatchObject({ dueFor: "dispatch" });
  });

  test("of a delivery that was never dispatched ends as well", () => {
    expect(end(buildDelivery("a", { attempts: [] }), NOW + 600 * SECOND)).toMatchObject({
      dueFor: "dispatch",
    });
  });
});

describe("a wait that a clock behind has set to end too early", () => {
  const confirmed = { dueFor: "completion", status: "Confirmed" } as const;
  const early = iso(NOW - 22 * HOUR);

  test("goes on until the time that was agreed from its confirmation is over", () => {
    const confirmedAt = iso(NOW + MINUTE);
    const delivery = buildDelivery("a", { ...confirmed, confirmedAt, dueAt: early });
    const postponed = { ...delivery, dueAt: iso(NOW + 61 * MINUTE) };
    expect(end(delivery, NOW + 2 * MINUTE)).toEqual(postponed);
    expect(end(postponed, NOW + 61 * MINUTE)).toMatchObject({ status: "Failed" });
  });

  test("begins at the dispatch where the confirmation is recorded before that", () => {
    const delivery = buildDelivery("a", { ...confirmed, confirmedAt: iso(NOW - 23 * HOUR), dueAt: early });
    expect(end(delivery, NOW + 2 * MINUTE)).toEqual({ ...delivery, dueAt: iso(NOW + HOUR) });
  });

  test("goes on until the time to confirm is over", () => {
    const delivery = buildDelivery("a", { dueAt: early });
    expect(end(delivery, NOW + MINUTE)).toEqual({ ...delivery, dueAt: iso(NOW + 10 * MINUTE) });
  });

  test("ends when it is due where a clock ahead has begun it", () => {
    const ahead = iso(NOW + 23 * HOUR);
    const attempts = [buildAttempt(1, { startedAt: ahead })];
    const delivery = buildDelivery("a", { ...confirmed, attempts, confirmedAt: ahead, dueAt: iso(NOW) });
    expect(end(delivery, NOW + MINUTE)).toMatchObject({ status: "Failed" });
  });

  test("goes on at the very moment of its confirmation", () => {
    const attempts = [buildAttempt(1, { startedAt: iso(NOW - 2 * HOUR) })];
    const delivery = buildDelivery("a", { ...confirmed, attempts, confirmedAt: iso(NOW), dueAt: early });
    expect(end(delivery, NOW)).toMatchObject({ dueAt: iso(NOW + HOUR), isFinalized: false });
  });
});

test("a wait for a completion that is over fails the delivery, though its run is alive", () => {
  const attempts = [buildAttempt(1, { startedAt: iso(NOW - 70 * MINUTE) })];
  const confirmed = { dueFor: "completion", status: "Confirmed", confirmedAt: iso(NOW - HOUR) } as const;
  const delivery = buildDelivery("a", { ...confirmed, attempts, dueAt: iso(NOW) });
  for (const alive of [true, false])
    expect(end(delivery, NOW, alive)).toMatchObject({
      status: "Failed",
      failure: { stage: "completion", reason: "No run of the consumer completed it within 3600 s." },
    });
});

describe("a lost answer", () => {
  const lost = (change: object = {}): Delivery =>
    buildDelivery("a", { attempts: [buildAttempt(1, { outcome: "unknown", ...change })], dueAt: iso(NOW) });

  test("has GitHub asked once more, 90 s after the first look", () => {
    expect(end(lost(), NOW)).toMatchObject({
      dueFor: "confirmation",
      dueAt: iso(NOW + 90 * SECOND),
      attempts: [{ looks: 1 }],
    });
  });

  test("has the delivery dispatched again at once where the second look finds nothing either", () => {
    expect(end(lost({ looks: 1 }), NOW)).toMatchObject({
      dueFor: "dispatch",
      notBefore: iso(NOW),
      failure: {
        stage: "github",
        kind: "timeout",
        reason: "What GitHub answered was not recorded, and no run was found.",
      },
    });
    const failure = { stage: "github", kind: "network", status: null, reason: "reset" } as const;
    expect(end(lost({ looks: 1, failure }), NOW)).toMatchObject({ dueFor: "dispatch", failure });
  });

  test("is looked for each minute while a run that may be its own is alive, however often", () => {
    for (const looks of [0, 1, 2])
      expect(end(lost({ looks }), NOW, true)).toMatchObject({
        dueFor: "confirmation",
        dueAt: iso(NOW + MINUTE),
      });
  });
});

test.each<[string, Partial<Delivery>]>([
  ["is final", { isFinalized: true }],
  ["is a default one", { durable: null }],
  ["is due for nothing", { dueAt: null }],
  ["is to be dispatched", { dueFor: "dispatch" }],
])("a delivery that %s waits for nobody and stays as it is", (_, change) => {
  const delivery = buildDelivery("a", { dueAt: iso(NOW), ...change });
  expect(end(delivery, NOW)).toBe(delivery);
});

describe("a delivery whose confirmation can no longer come", () => {
  test("fails when its wait is over, and says what to turn on", () => {
    const delivery = buildDelivery("a", { dueAt: iso(NOW) });
    expect(failUnconfirmable(delivery, NOW - 1)).toBe(delivery);
    const failed = failUnconfirmable(delivery, NOW);
    expect(failed).toMatchObject({
      status: "Failed",
      failure: { stage: "confirmation", kind: "consumer", status: null },
    });
    expect(failed.failure?.reason).toContain("Turn tracking on, or add the action.");
  });

  test.each<[string, Partial<Delivery>]>([
    ["has ended", { isFinalized: true }],
    ["is to be dispatched", { dueFor: "dispatch" }],
    ["waits for its run's end", { dueFor: "completion" }],
    ["has a lost answer to be looked for", { attempts: [buildAttempt(1, { outcome: "unknown" })] }],
    ["is due for nothing", { dueAt: null }],
  ])("is left alone where it %s", (_, change) => {
    const delivery = buildDelivery("a", { dueAt: iso(NOW), ...change });
    expect(failUnconfirmable(delivery, NOW)).toBe(delivery);
  });
});
