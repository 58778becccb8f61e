import { expect, test } from "vitest";
import { HOUR, MINUTE, SECOND } from "../../../app/domain/clock.ts";
import {
  DEFAULT_LEASES,
  endAttempt,
  holdsSlot,
  retryOrFail,
  startAttempt,
} from "../../../app/domain/delivery/attempt.ts";
import { overdueTransition } from "../../../app/domain/delivery/overdue.ts";
import { retryDelay } from "../../../app/domain/delivery/retry.ts";
import type { Attempt, Delivery, Failure } from "../../../app/domain/records/delivery.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
/** As much of each delay as chance can give. */
const MOST = () => 1 - 2 ** -40;
const DELAYS = [
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  1 * HOUR,
  3 * HOUR,
  8 * HOUR,
  8 * HOUR,
  8 * HOUR,
];
const FAILURE: Failure = { stage: "github", kind: "service-unavailable", reason: "down", status: 503 };

const attempts = (count: number, last: Attempt["outcome"]): Attempt[] =>
  Array.from({ length: count }, (_, index) => ({
    number: index + 1,
    startedAt: "2026-01-01T00:00:00.000Z",
    holder: null,
    endedAt: null,
    status: null,
    outcome: index + 1 === count ? last : "failed",
    possibleDuplicate: false,
    failure: null,
  }));

const buildDelivery = (change: Partial<Delivery>): Delivery =>
  ({
    deliveryId: "delivery-1",
    status: "Pending",
    isFinalized: false,
    durable: { confirmWithin: 600, completeWithin: 3600, maxAttempts: 12, retryOnFailure: false },
    attempts: [],
    owners: {},
    failure: null,
    dueFor: "dispatch",
    notBefore: null,
    dueAt: "2026-01-01T00:00:00.000Z",
    version: 1,
    ...change,
  }) as Delivery;

const withMost = (maxAttempts: number) => ({
  confirmWithin: 600,
  completeWithin: 3600,
  maxAttempts,
  retryOnFailure: false,
});

test("after each attempt the wait is at most the schedule's: 5 s, 30 s, 2 min, 10 min, 1 h, 3 h, then 8 h", () => {
  expect(DELAYS.map((_, index) => Math.ceil(retryDelay(index + 1, MOST) / SECOND) * SECOND)).toEqual(DELAYS);
});

test("a wait below an hour is anywhere between none and the schedule's delay, a longer one at least half of it", () => {
  for (const [index, delay] of DELAYS.entries()) {
    const certain = delay < HOUR ? 0 : delay / 2;
    expect(retryDelay(index + 1, () => 0)).toBe(certain);
    expect(retryDelay(index + 1, () => 0.25)).toBe(certain + (delay - certain) / 4);
  }
});

test("eight attempts outlast an outage of six hours, whatever chance says", () => {
  const waits = DELAYS.slice(0, 7).map((_, index) => retryDelay(index + 1, () => 0));
  expect(waits.reduce((sum, wait) => sum + wait)).toBeGreaterThanOrEqual(6 * HOUR);
});

test("a failure that says when to come again is not repeated before, nor before its own wait", () => {
  const leased = buildDelivery({ attempts: attempts(1, "leased") });
  const answer = { outcome: "failed", status: 503, kind: "service-unavailable", reason: "down" } as const;
  for (const [stated, waited] of [
    [5 * MINUTE, 5 * MINUTE],
    [1 * SECOND, 5 * SECOND],
  ] as const) {
    const next = endAttempt(leased, 1, { ...answer, retryAt: NOW + stated }, NOW, MOST);
    const wait = Date.parse(next?.notBefore as string) - NOW;
    expect(Math.ceil(wait / SECOND) * SECOND).toBe(waited);
  }
  const last = buildDelivery({ durable: withMost(1), attempts: attempts(1, "leased") });
  const spent = endAttempt(last, 1, { ...answer, retryAt: NOW + MINUTE }, NOW, MOST);
  expect(spent).toMatchObject({ status: "Failed", isFinalized: true });
});

test.each(DELAYS.slice(0, 8).map((delay, index) => [index + 1, delay]))(
  "after failed attempt %i the next is within %i ms",
  (number, delay) => {
    const leased = buildDelivery({ attempts: attempts(number, "leased") });
    const answer = { outcome: "failed", status: 503, kind: "service-unavailable", reason: "down" } as const;
    const next = endAttempt(leased, number, answer, NOW, () => 0.5);
    expect(Date.parse(next?.notBefore as string)).toBe(NOW + (delay < HOUR ? delay / 2 : (delay * 3) / 4));
  },
);

test("an answer that was lost is looked into after the wait of its own attempt", () => {
  const leased = buildDelivery({ attempts: attempts(3, "leased") });
  const answer = { outcome: "unknown", status: null, kind: "timeout", reason: "lost" } as const;
  const next = endAttempt(leased, 3, answer, NOW, () => 0.5);
  expect(next).toMatchObject({ dueFor: "confirmation" });
  expect(Date.parse(next?.dueAt as string)).toBe(NOW + MINUTE);
});

test("the last attempt that is allowed is made, and none beyond it", () => {
  const durable = withMost(3);
  const before = buildDelivery({ durable, attempts: attempts(2, "failed") });
  expect(startAttempt(before, "worker", NOW)).toMatchObject({ attempt: { number: 3 } });
  const after = buildDelivery({ durable, attempts: attempts(3, "failed") });
  expect(startAttempt(after, "worker", NOW)).toMatchObject({ done: { status: "Failed", isFinalized: true } });
});

test("a failure leads to another attempt while one is left, and ends the delivery after the last", () => {
  const durable = withMost(3);
  const left = buildDelivery({ durable, attempts: attempts(2, "failed") });
  expect(retryOrFail(left, FAILURE, NOW, MOST)).toMatchObject({ status: "Pending", dueFor: "dispatch" });
  const spent = buildDelivery({ durable, attempts: attempts(3, "failed") });
  expect(retryOrFail(spent, FAILURE, NOW, MOST)).toMatchObject({ status: "Failed", failure: FAILURE });
});

test("what is uncertain is sent again while an attempt is left, and fails after the last", () => {
  const durable = withMost(3);
  const dueFor = "confirmation";
  const looked = (number: number): Attempt[] =>
    attempts(number, "unknown").map((one) => ({ ...one, looks: 1 }));
  const left = buildDelivery({ durable, dueFor, attempts: looked(2) });
  expect(overdueTransition(left, NOW, MOST)).toMatchObject({ status: "Pending", dueFor: "dispatch" });
  const spent = buildDelivery({ durable, dueFor, attempts: looked(3) });
  expect(overdueTransition(spent, NOW, MOST)).toMatchObject({ status: "Failed", isFinalized: true });
});

test("of a default delivery the fifth lease is the last try", () => {
  expect(DEFAULT_LEASES).toBe(5);
  const fourth = buildDelivery({ durable: null, attempts: attempts(4, "leased") });
  expect(startAttempt(fourth, "worker", NOW + HOUR)).toMatchObject({ attempt: { number: 5 } });
  const fifth = buildDelivery({ durable: null, attempts: attempts(5, "leased") });
  expect(startAttempt(fifth, "worker", NOW + HOUR)).toMatchObject({ done: { status: "Dispatched" } });
});

test("a slot is good for half a minute from its moment on", () => {
  const reserved = buildDelivery({ slotAt: "2026-01-01T00:00:00.000Z" });
  expect(holdsSlot(reserved, NOW - 1)).toBe(false);
  expect(holdsSlot(reserved, NOW)).toBe(true);
  expect(holdsSlot(reserved, NOW + 30 * SECOND - 1)).toBe(true);
  expect(holdsSlot(reserved, NOW + 30 * SECOND)).toBe(false);
  expect(holdsSlot(buildDelivery({ slotAt: null }), NOW)).toBe(false);
});

test("a probe uses up no attempt, has a number of its own, and the last twenty are kept", () => {
  let delivery = buildDelivery({ durable: withMost(2), attempts: attempts(1, "failed") });
  for (let n = 0; n < 30; n++) {
    const start = startAttempt(delivery, "worker", NOW, undefined, true);
    if (!("go" in start)) throw new Error("It was not leased.");
    expect(start.attempt).toMatchObject({ number: n + 2, probe: true });
    const answer = { outcome: "dispatched", status: 204 } as const;
    const dispatched = endAttempt(start.go, n + 2, answer, NOW, MOST) as Delivery;
    delivery = { ...retryOrFail(dispatched, FAILURE, NOW, MOST), notBefore: null };
    expect(delivery.isFinalized).toBe(false);
  }
  expect(delivery.attempts.map(({ number }) => number)).toEqual([
    1,
    ...Array.from({ length: 20 }, (_, index) => index + 12),
  ]);
  expect(startAttempt(delivery, "worker", NOW)).toMatchObject({ attempt: { number: 32 } });
});
