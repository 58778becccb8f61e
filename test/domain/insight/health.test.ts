import fc from "fast-check";
import { expect, test } from "vitest";
import { endAttempt, startAttempt } from "../../../app/domain/delivery/attempt.ts";
import { complete } from "../../../app/domain/delivery/complete.ts";
import { confirm } from "../../../app/domain/delivery/confirm.ts";
import { deliveryFacts } from "../../../app/domain/delivery/delivery-facts.ts";
import { overdueTransition } from "../../../app/domain/delivery/overdue.ts";
import { judge, type Tally, tallyOf } from "../../../app/domain/insight/health.ts";
import { sum } from "../../../app/domain/insight/meter.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import type { Counts, MeterFact } from "../../../app/domain/records/meter-fact.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const NOTHING = tallyOf({});

const buildTally = (succeeded: number, failed: number): Tally =>
  tallyOf({
    "health:total": succeeded + failed,
    "health:dispatchedByDefault": succeeded,
    "health:failed": failed,
  });

test.each([
  ["nothing was ever delivered", NOTHING, NOTHING, false, "healthy"],
  ["all succeeded", buildTally(10, 0), buildTally(10, 0), true, "healthy"],
  ["98 % succeeded", buildTally(98, 2), buildTally(98, 2), true, "healthy"],
  ["a little less than 98 % succeeded", buildTally(979, 21), buildTally(979, 21), true, "warning"],
  ["90 % succeeded", buildTally(90, 10), buildTally(90, 10), true, "warning"],
  ["a little less than 90 % succeeded", buildTally(899, 101), buildTally(899, 101), true, "critical"],
  ["nothing was delivered in 7 days, though once something was", NOTHING, NOTHING, true, "warning"],
  ["nothing came today and all of the week succeeded", NOTHING, buildTally(5, 0), true, "healthy"],
  ["nothing came today and the week failed", NOTHING, buildTally(0, 5), true, "critical"],
  ["today is well and the week was not", buildTally(5, 0), buildTally(5, 5), true, "healthy"],
  [
    "everything is still on its way",
    tallyOf({ "health:total": 3 }),
    tallyOf({ "health:total": 3 }),
    true,
    "healthy",
  ],
])("where %s", (_, day, week, everUsed, health) => {
  expect(judge({ day, week, everUsed, pausedAt: null }).health).toBe(health);
});

test("the rate leaves out what is in flight and counts default deliveries as successes", () => {
  const counts = {
    "health:total": 10,
    "health:confirmed": 5,
    "health:completed": 3,
    "health:failed": 2,
    "health:failedAfterConfirm": 1,
    "health:dispatchedByDefault": 2,
  };
  expect(tallyOf(counts)).toEqual({
    total: 10,
    dispatched: 2,
    confirmed: 1,
    completed: 3,
    failed: 2,
    inFlight: 2,
    successRate: 6 / 8,
  });
});

test("a paused connection is critical, however well it did before", () => {
  const day = buildTally(1000, 0);
  const pausedAt = "2026-01-01T00:00:00.000Z";
  expect(judge({ day, week: day, everUsed: true, pausedAt })).toMatchObject({
    health: "critical",
    reason: expect.stringContaining(pausedAt),
  });
});

test("a rate just short of a bound is not shown as if it had reached it", () => {
  const day = buildTally(97_999, 2001);
  expect(judge({ day, week: day, everUsed: true, pausedAt: null }).reason).toMatch(/^97\.9 %/);
});

const DURABLE = { confirmWithin: 600, completeWithin: 21_600, maxAttempts: 3, retryOnFailure: true };
const RUN = { workflow: "a.yml", runId: "1", runAttempt: 1 };

const buildDelivery = (deliveryId: string, durable: Delivery["durable"]): Delivery =>
  ({
    deliveryId,
    subscriptionId: "subscription-1",
    status: "Pending",
    isFinalized: false,
    durable,
    attempts: [],
    owners: {},
    firstOwner: null,
    workflow: null,
    confirmationAttempts: 0,
    failure: null,
    createdAt: "2026-01-01T00:00:00.000Z",
    dispatchedAt: null,
    confirmedAt: null,
    completedAt: null,
    conclusion: null,
    dueFor: "dispatch",
    notBefore: null,
    dueAt: null,
    version: 1,
  }) as unknown as Delivery;

const STEPS = ["dispatched", "failed", "refused", "unknown", "confirm", "complete", "break", "wait"] as const;

/** Moves a delivery by one thing that may happen to it, a day after what came before. */
function step(delivery: Delivery, what: (typeof STEPS)[number], now: number): Delivery {
  // Before the first dispatch there is no run that could say anything.
  if (delivery.attempts.length === 0 && ["confirm", "complete", "break"].includes(what)) return delivery;
  if (what === "confirm") return confirm(delivery, RUN, now).delivery;
  if (what === "complete" || what === "break") {
    const result = { success: what === "complete", conclusion: what === "complete" ? "success" : "failure" };
    const answer = complete(delivery, RUN, result, now, () => 0);
    return "delivery" in answer ? answer.delivery : delivery;
  }
  if (what === "wait") return overdueTransition(delivery, now, () => 0);
  const start = startAttempt(delivery, "worker", now);
  if (!("go" in start)) return "done" in start ? start.done : delivery;
  const answer =
    what === "dispatched"
      ? { outcome: what, status: 204 }
      : { outcome: what, status: null, kind: "network" as const, reason: "down" };
  return endAttempt(start.go, start.attempt.number, answer as never, now, () => 0) ?? start.go;
}

test("a default delivery whose run failed after GitHub took it counts as failed, whichever writer records it last", () => {
  const dispatched = step(buildDelivery("delivery-1", null), "dispatched", NOW);
  const failed = step(dispatched, "break", NOW + 1000);
  const facts = new Map<string, Counts>();
  for (const one of [dispatched, failed, dispatched]) record(facts, deliveryFacts(one));
  expect(tallyOf(sum(facts.values()))).toMatchObject({ total: 1, failed: 1, dispatched: 0, successRate: 0 });
});

const story = fc.record({
  durable: fc.boolean(),
  steps: fc.array(fc.constantFrom(...STEPS), { maxLength: 12 }),
  noted: fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
});

/** Records facts as the store does, those of connections. */
function record(stored: Map<string, Counts>, facts: readonly MeterFact[]): void {
  for (const { scope, factId, counts, grows } of facts) {
    const standing = Object.keys(stored.get(factId) ?? {}).length;
    if (scope.startsWith("connection#") && !(grows && standing > Object.keys(counts).length))
      stored.set(factId, counts);
  }
}

test("the change that ends a delivery records what a crash kept from being recorded, in any order of workers", () => {
  const places = fc.array(fc.nat(), { minLength: 12, maxLength: 12 });
  fc.assert(
    fc.property(story, places, ({ durable, steps, noted }, positions) => {
      let delivery = buildDelivery("delivery-0", durable ? DURABLE : null);
      const written: { facts: MeterFact[]; position: number }[] = [];
      for (const [at, what] of steps.entries()) {
        const before = delivery;
        delivery = step(delivery, what, NOW + (at + 1) * 86_400_000);
        if (delivery === before || (!noted[at] && !delivery.isFinalized)) continue;
        written.push({ facts: deliveryFacts(delivery, before), position: positions[at] as number });
      }
      const stored = new Map<string, Counts>();
      for (const { facts } of written.toSorted((a, b) => a.position - b.position)) record(stored, facts);
      const all = new Map<string, Counts>();
      record(all, deliveryFacts(delivery));
      if (delivery.isFinalized) expect(stored).toEqual(all);
    }),
    { numRuns: 1000 },
  );
});

test("a confirm or an end records one fact, however many attempts there were", () => {
  let delivery = buildDelivery("delivery-0", DURABLE);
  const counts = ["dispatched", "confirm", "complete"].map((what) => {
    const before = delivery;
    delivery = step(delivery, what as "dispatched", NOW + 60_000);
    return deliveryFacts(delivery, before).length;
  });
  expect(counts).toEqual([2, 1, 1]);
  expect(deliveryFacts(delivery).length).toBe(2);
});

test("counters agree with the deliveries, whatever happened to them and however often it was noted", () => {
  fc.assert(
    fc.property(fc.array(story, { minLength: 1, maxLength: 6 }), (stories) => {
      const facts = new Map<string, Counts>();
      const note = (delivery: Delivery) => record(facts, deliveryFacts(delivery));
      const ends = stories.map(({ durable, steps, noted }, index) => {
        let delivery = buildDelivery(`delivery-${index}`, durable ? DURABLE : null);
        for (const [at, what] of steps.entries()) {
          delivery = step(delivery, what, NOW + (at + 1) * 86_400_000);
          // A crash may have kept a move from being noted; the next one notes it too.
          if (noted[at]) note(delivery);
        }
        note(delivery);
        note(delivery);
        return delivery;
      });
      const counted = ends.filter(({ durable, isFinalized }) => durable !== null || isFinalized);
      const having = (status: string, durable?: boolean) =>
        counted.filter((one) => one.status === status && (durable ?? true) === (one.durable !== null)).length;
      const tally = tallyOf(sum(facts.values()));
      expect(tally).toMatchObject({
        total: counted.length,
        completed: having("Completed"),
        confirmed: having("Confirmed"),
        failed: having("Failed") + having("Failed", false),
        inFlight: having("Pending") + having("Dispatched"),
      });
    }),
    { numRuns: 500 },
  );
});

test.each([
  ["nothing was ever delivered", NOTHING, NOTHING, false, "There was nothing to deliver yet."],
  ["nothing came lately", NOTHING, NOTHING, true, "Nothing was delivered in the last 7 days."],
  [
    "all is on its way",
    tallyOf({ "health:total": 3 }),
    tallyOf({ "health:total": 3 }),
    false,
    "All of the last 7 days is still on its way.",
  ],
  [
    "today was bad",
    buildTally(1, 1),
    buildTally(9, 1),
    true,
    "50 % of the deliveries that ended in the last 24 hours succeeded, less than 90 %.",
  ],
  [
    "only the week is known, and was not good",
    NOTHING,
    buildTally(95, 5),
    true,
    "95 % of the deliveries that ended in the last 7 days succeeded, less than 98 %.",
  ],
  [
    "all is well",
    buildTally(3, 0),
    buildTally(3, 0),
    true,
    "100 % of the deliveries that ended in the last 24 hours succeeded.",
  ],
])("a connection's health has its reason in words, where %s", (_, day, week, everUsed, reason) => {
  expect(judge({ day, week, everUsed, pausedAt: null }).reason).toBe(reason);
});
