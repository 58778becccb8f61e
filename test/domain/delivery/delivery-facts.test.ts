import { describe, expect, test } from "vitest";
import { iso, SECOND } from "../../../app/domain/clock.ts";
import { connectionScope, deliveryFacts, durableFacts } from "../../../app/domain/delivery/delivery-facts.ts";
import type { Delivery, Failure } from "../../../app/domain/records/delivery.ts";
import { buildAttempt, buildDelivery, NOW } from "./build-delivery.ts";

/* What a delivery counts for: its cost for the consumer's owner, and its share in its connection's health. */

const FAILURE: Failure = { stage: "github", kind: "timeout", reason: "late", status: null };

const costs = (delivery: Delivery) => deliveryFacts(delivery).filter(({ scope }) => scope === "owner#9");
const health = (delivery: Delivery) =>
  deliveryFacts(delivery)
    .filter(({ scope }) => scope === connectionScope("subscription-1"))
    .map(({ factId, counts }) => [factId, counts]);

test("each attempt that ended costs a dispatch, a request and its time, under its own number", () => {
  const attempts = [
    buildAttempt(1, { endedAt: iso(NOW + 2 * SECOND) }),
    buildAttempt(2),
    // Its end was recorded by a clock that was set back.
    buildAttempt(3, { endedAt: iso(NOW - SECOND) }),
    buildAttempt(4, { outcome: "leased" }),
  ];
  const facts = costs(buildDelivery("a", { durable: null, attempts }));
  expect(facts.map(({ factId, at, counts }) => [factId, at, counts.runMs])).toEqual([
    ["a#1", iso(NOW), 2000],
    ["a#2", iso(NOW), 0],
    ["a#3", iso(NOW), 0],
  ]);
  expect(facts[0]?.counts).toEqual({ dispatches: 1, githubRequests: 1, runMs: 2000 });
});

test("an attempt of a durable delivery costs the same apart as well", () => {
  const attempts = [buildAttempt(1, { endedAt: iso(NOW + SECOND) })];
  expect(costs(buildDelivery("a", { attempts }))[0]?.counts).toEqual({
    dispatches: 1,
    githubRequests: 1,
    runMs: 1000,
    durableDispatches: 1,
    durableGithubRequests: 1,
    durableRunMs: 1000,
  });
});

const FAILED = { "health:failed": 1, "health:ended:github:timeout": 1 };
const MADE = { "health:total": 1 };

test.each<[string, Partial<Delivery>, string, object, object?]>([
  ["on its way", {}, "a#total", MADE],
  [
    "confirmed",
    { confirmedAt: iso(NOW), status: "Confirmed" },
    "a#total",
    { ...MADE, "health:confirmed": 1 },
  ],
  [
    "completed",
    { confirmedAt: iso(NOW), status: "Completed" },
    "a#total",
    { ...MADE, "health:confirmed": 1, "health:completed": 1 },
  ],
  ["failed", { status: "Failed", failure: FAILURE }, "a#total", { ...MADE, ...FAILED }],
  [
    "failed after it was confirmed",
    { status: "Failed", failure: null, confirmedAt: iso(NOW) },
    "a#total",
    { ...MADE, "health:confirmed": 1, "health:failed": 1, "health:failedAfterConfirm": 1 },
  ],
  [
    "dispatched by default",
    { durable: null, isFinalized: true },
    "a#default",
    { ...MADE, "health:dispatchedByDefault": 1 },
  ],
  [
    "failed by default",
    { durable: null, isFinalized: true, status: "Failed", failure: FAILURE, dispatchedAt: null },
    "a#default",
    MADE,
    FAILED,
  ],
  [
    "failed by its run after it was dispatched by default",
    { durable: null, isFinalized: true, status: "Failed", failure: FAILURE },
    "a#default",
    { ...MADE, "health:dispatchedByDefault": 1 },
    { ...FAILED, "health:failedAfterDispatch": 1 },
  ],
])(
  "a delivery that is %s counts in its connection's health for what is true of it",
  (_, change, id, counts, failed) => {
    // A default delivery's failure is a fact of its own, since its dispatch may be recorded after it.
    const facts = failed ? [["a#failed", failed]] : [];
    expect(health(buildDelivery("a", change))).toEqual([[id, counts], ...facts]);
  },
);

test("a default delivery counts in no health while it is on its way", () => {
  expect(health(buildDelivery("a", { durable: null }))).toEqual([]);
});

describe("of a change", () => {
  const confirmed = { confirmedAt: iso(NOW), status: "Confirmed" } as const;
  const since = (before: Partial<Delivery>, after: Partial<Delivery>) =>
    deliveryFacts(buildDelivery("a", after), buildDelivery("a", before)).map(({ factId }) => factId);

  test("that adds nothing nothing is recorded", () => {
    expect(since(confirmed, confirmed)).toEqual([]);
    expect(since({}, {})).toEqual([]);
  });

  test("that is new of its health that is recorded, with its time and that it grows", () => {
    const facts = deliveryFacts(buildDelivery("a", confirmed), buildDelivery("a"));
    expect(facts).toEqual([
      {
        scope: "connection#subscription-1",
        factId: "a#total",
        at: iso(NOW),
        counts: { ...MADE, "health:confirmed": 1 },
        grows: true,
      },
    ]);
  });

  test("of one that was not dispatched before, its health is recorded, as it may never have been", () => {
    expect(since({ status: "Pending", attempts: [] }, { status: "Pending", attempts: [] })).toEqual([
      "a#total",
    ]);
  });

  test("an attempt that has ended since is recorded, and with it those before, but none that goes on", () => {
    const one = buildAttempt(1, { outcome: "failed", failure: FAILURE });
    const two = buildAttempt(2);
    const three = buildAttempt(3, { outcome: "leased" });
    expect(since({ attempts: [one] }, { attempts: [one, two, three] })).toEqual([
      "a#1",
      "a#2",
      "a#attempt-1",
    ]);
    expect(since({ attempts: [one, two] }, { attempts: [one, two, three] })).toEqual([]);
    expect(since({ attempts: [buildAttempt(1, { outcome: "leased" })] }, { attempts: [one] })).toEqual([
      "a#1",
      "a#attempt-1",
    ]);
  });

  test("an attempt whose answer was not known is recorded again", () => {
    const unknown = buildAttempt(1, { outcome: "unknown" });
    expect(since({ attempts: [unknown] }, { attempts: [buildAttempt(1)] })).toEqual(["a#1"]);
  });

  test("that ends a delivery all attempts are recorded where one failed: a crash may have lost that", () => {
    const one = buildAttempt(1, { outcome: "failed", failure: FAILURE });
    const two = buildAttempt(2);
    const ended = { ...confirmed, status: "Completed", isFinalized: true } as const;
    const attempts = [one, two];
    expect(since({ ...confirmed, attempts }, { ...ended, attempts })).toEqual([
      "a#1",
      "a#2",
      "a#attempt-1",
      "a#total",
    ]);
    expect(since({ ...confirmed, attempts: [two] }, { ...ended, attempts: [two] })).toEqual(["a#total"]);
    expect(since({ ...ended, attempts }, { ...ended, attempts })).toEqual([]);
  });
});

test("each attempt that failed counts by its cause, whatever came after it", () => {
  const attempts = [buildAttempt(1, { failure: FAILURE, outcome: "failed" }), buildAttempt(2)];
  expect(health(buildDelivery("a", { attempts }))).toContainEqual([
    "a#attempt-1",
    { "health:attempt:github:timeout": 1 },
  ]);
  expect(health(buildDelivery("a", { attempts }))).toHaveLength(2);
});

test("a test counts in no health, and costs what it costs", () => {
  const tested = buildDelivery("a", { isTest: true, status: "Failed", failure: FAILURE });
  expect(health(tested)).toEqual([]);
  expect(costs(tested)).toHaveLength(1);
});

test("a durable delivery costs its consumer's owner itself and its payload, once, and a default one neither", () => {
  const deliveries = [
    buildDelivery("a", { archiveKey: "x" }),
    buildDelivery("b", { archiveKey: "y" }),
    buildDelivery("c", { durable: null, archiveKey: "x" }),
  ];
  const at = new Date(NOW).toISOString();
  expect(durableFacts(deliveries, new Map([["x", 12]]), at)).toEqual([
    { scope: "owner#9", factId: "a#durable", at, counts: { durableDeliveries: 1, durableArchivedBytes: 12 } },
    { scope: "owner#9", factId: "b#durable", at, counts: { durableDeliveries: 1, durableArchivedBytes: 0 } },
  ]);
});
