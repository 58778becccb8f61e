import { iso, SECOND } from "../../../app/domain/clock.ts";
import type { Attempt, Delivery, Owner } from "../../../app/domain/records/delivery.ts";
import type { BookedRun } from "../../../app/domain/records/run-book.ts";

/* Deliveries, attempts and runs as the rules get them, with no more set than a test is about. */

export const NOW = Date.parse("2026-01-01T12:00:00Z");
export const WORKFLOW = ".github/workflows/deploy.yml";
export const DURABLE = { confirmWithin: 600, completeWithin: 3600, maxAttempts: 3, retryOnFailure: false };

export const buildAttempt = (number: number, change: Partial<Attempt> = {}): Attempt => ({
  number,
  startedAt: iso(NOW),
  holder: null,
  endedAt: null,
  status: null,
  outcome: "dispatched",
  possibleDuplicate: false,
  failure: null,
  ...change,
});

/** A durable delivery that waits for its confirmation. */
export const buildDelivery = (id: string, change: Partial<Delivery> = {}): Delivery =>
  ({
    deliveryId: id,
    subscriptionId: "subscription-1",
    consumerOwnerId: "9",
    eventType: "built",
    workflow: null,
    durable: DURABLE,
    status: "Dispatched",
    isFinalized: false,
    attempts: [buildAttempt(1)],
    owners: {},
    firstOwner: null,
    confirmationAttempts: 0,
    ambiguousRuns: [],
    releasedRuns: [],
    failure: null,
    createdAt: iso(NOW),
    dispatchedAt: iso(NOW),
    confirmedAt: null,
    completedAt: null,
    conclusion: null,
    dueFor: "confirmation",
    notBefore: null,
    slotAt: null,
    parkedAt: null,
    dueAt: iso(NOW + 600 * SECOND),
    version: 1,
    ...change,
  }) as Delivery;

export const buildOwner = (runId: string, change: Partial<Owner> = {}): Owner => ({
  workflow: WORKFLOW,
  runId,
  runAttempt: 1,
  via: "inferred",
  confirmedAt: iso(NOW),
  completedAt: null,
  conclusion: null,
  duplicates: [],
  ...change,
});

/** A run of the workflow that began a second after now, and fits what was dispatched now. */
export const buildRun = (runId: string, change: Partial<BookedRun> = {}): BookedRun => ({
  runId,
  runAttempt: 1,
  createdAt: iso(NOW + SECOND),
  types: null,
  began: true,
  conclusion: null,
  burst: null,
  deliveryId: null,
  ...change,
});
