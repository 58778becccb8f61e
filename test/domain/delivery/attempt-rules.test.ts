import { describe, expect, test } from "vitest";
import { DAY, HOUR, iso, MINUTE, SECOND } from "../../../app/domain/clock.ts";
import {
  type AttemptAnswer,
  answerFor,
  asDispatched,
  beyondWaits,
  dispatchAt,
  dispatchInSlot,
  dueUntilRecorded,
  endAttempt,
  fail,
  failureOf,
  holdsSlot,
  isUncertain,
  parkProbe,
  planRecheck,
  retryOrFail,
  setBackWaits,
  startAttempt,
} from "../../../app/domain/delivery/attempt.ts";
import { startFields, startOf } from "../../../app/domain/delivery/start.ts";
import { markAmbiguous } from "../../../app/domain/delivery/tracking.ts";
import type { Delivery, Failure } from "../../../app/domain/records/delivery.ts";
import { buildAttempt, buildDelivery, DURABLE, NOW } from "./build-delivery.ts";

const FAILURE: Failure = { stage: "github", kind: "network", reason: "reset", status: null };
const STALL = { since: iso(NOW), enqueued: 3, failures: 2, failedAt: iso(NOW) };
const LOST: AttemptAnswer = { outcome: "unknown", status: null, kind: "network", reason: "reset" };

const pending = (change: Partial<Delivery> = {}): Delivery =>
  buildDelivery("a", {
    status: "Pending",
    attempts: [],
    dispatchedAt: null,
    dueFor: "dispatch",
    dueAt: iso(NOW),
    ...change,
  });
const leased = (change: Partial<Delivery> = {}): Delivery =>
  pending({ attempts: [buildAttempt(1, { outcome: "leased", holder: "worker" })], ...change });
const end = (delivery: Delivery, answer: AttemptAnswer, now = NOW): Delivery =>
  endAttempt(delivery, delivery.attempts.length, answer, now, () => 0.5) as Delivery;

describe("a dispatch that is planned", () => {
  test("is found by the sweep two minutes after its moment, should its queue message be lost", () => {
    expect(dispatchAt(pending({ parkedAt: iso(NOW) }), NOW + HOUR)).toMatchObject({
      dueFor: "dispatch",
      notBefore: iso(NOW + HOUR),
      dueAt: iso(NOW + HOUR + 2 * MINUTE),
      slotAt: null,
      parkedAt: null,
    });
  });

  test("says that its worker came back: what the sweep enqueued in vain counts anew, failures do not", () => {
    expect(dispatchAt(pending({ stall: STALL }), NOW).stall).toEqual({ ...STALL, since: null, enqueued: 0 });
    expect(dispatchAt(pending(), NOW)).not.toHaveProperty("stall");
  });

  test("in a slot is for that moment, and holds it", () => {
    const reserved = dispatchInSlot(pending(), NOW + MINUTE);
    expect(reserved).toMatchObject({ slotAt: iso(NOW + MINUTE), notBefore: iso(NOW + MINUTE) });
    expect(holdsSlot(reserved, NOW + MINUTE)).toBe(true);
    const { slotAt: _, ...older } = reserved;
    for (const now of [0, NOW + MINUTE]) {
      expect(holdsSlot(older as Delivery, now)).toBe(false);
      expect(holdsSlot({ ...reserved, slotAt: null }, now)).toBe(false);
    }
  });

  test("begins at its moment and not before", () => {
    const later = pending({ notBefore: iso(NOW) });
    expect(startAttempt(later, "worker", NOW - 1)).toEqual({ wait: NOW });
    expect(startAttempt(later, "worker", NOW)).toHaveProperty("go");
    expect(startAttempt(pending({ notBefore: null }), "worker", 0)).toHaveProperty("go");
  });

  test("leases for a minute, and forgets what stalled", () => {
    const start = startAttempt(pending({ stall: STALL }), "worker", NOW);
    expect("go" in start && start.go).toMatchObject({ dueAt: iso(NOW + MINUTE), stall: null });
  });

  test.each([
    ["stays due where that is when its lease ends", NOW + MINUTE, NOW + MINUTE],
    ["stays due two minutes after it was enqueued", NOW + 2 * MINUTE, NOW + 2 * MINUTE],
    ["is due at its lease's end, where it was due before", NOW + MINUTE - 1, NOW + MINUTE],
    [
      "is due at its lease's end, where a clock that was ahead made it due later",
      NOW + 2 * MINUTE + 1,
      NOW + MINUTE,
    ],
  ])("what is leased %s", (_, before, after) => {
    const start = startAttempt(pending({ dueAt: iso(before) }), "worker", NOW);
    expect("go" in start && start.go.dueAt).toBe(iso(after));
  });
});

describe("a probe that failed", () => {
  const probe = leased({
    attempts: [buildAttempt(1), buildAttempt(2), buildAttempt(3, { outcome: "leased", probe: true })],
  });

  test("leaves no attempt, and its delivery waiting for the connection", () => {
    expect(parkProbe(probe, 3, NOW)).toMatchObject({
      attempts: [{ number: 1 }, { number: 2 }],
      parkedAt: iso(NOW),
      dueAt: null,
    });
  });

  test("that is answered too late changes nothing", () => {
    expect(parkProbe(probe, 1, NOW)).toBeNull();
    expect(parkProbe(pending({ attempts: [buildAttempt(1)] }), 1, NOW)).toBeNull();
    expect(parkProbe(pending(), 1, NOW)).toBeNull();
  });
});

test("a completed delivery stays due for two minutes where its figures are yet to be recorded", () => {
  const completed = buildDelivery("a", { status: "Completed", isFinalized: true, dueAt: null });
  expect(dueUntilRecorded(completed, NOW)).toEqual({ ...completed, dueAt: iso(NOW + 2 * MINUTE) });
});

describe("a failure that is final", () => {
  test("stays due for two minutes, until it is recorded", () => {
    expect(fail(pending({ stall: STALL }), FAILURE, NOW)).toMatchObject({
      status: "Failed",
      completedAt: iso(NOW),
      dueAt: iso(NOW + 2 * MINUTE),
      stall: null,
    });
  });

  test("for spent attempts has the reason of the last one that has any", () => {
    const spent = (failures: (Failure | null)[]) =>
      startAttempt(
        pending({
          attempts: failures.map((failure, n) => buildAttempt(n + 1, { failure, outcome: "failed" })),
        }),
        "worker",
        NOW,
      );
    const last = { ...FAILURE, reason: "the last" };
    expect(spent([FAILURE, last, null])).toMatchObject({ done: { status: "Failed", failure: last } });
    expect(spent([null, null, null])).toMatchObject({
      done: {
        attempts: [{ number: 1 }, { number: 2 }, { number: 3 }],
        failure: { stage: "github", kind: "timeout", reason: "None of 3 attempts was answered." },
      },
    });
  });

  test("of a default delivery comes with its first failure", () => {
    expect(retryOrFail(pending({ durable: null }), FAILURE, NOW, () => 0).status).toBe("Failed");
  });
});

describe("a lease that ran out", () => {
  test("has its run looked for 30 s after it began, or now", () => {
    const at = (started: number) =>
      startAttempt(
        leased({ attempts: [buildAttempt(1, { outcome: "leased", startedAt: iso(started) })] }),
        "other",
        NOW,
        () => true,
      );
    expect(at(NOW)).toMatchObject({ look: { dueFor: "confirmation", dueAt: iso(NOW + 30 * SECOND) } });
    expect(at(NOW - 20 * SECOND)).toMatchObject({ look: { dueAt: iso(NOW + 10 * SECOND) } });
    expect(at(NOW - 59 * SECOND)).toMatchObject({ look: { dueAt: iso(NOW) } });
    // A clock that was ahead began it: it is looked for no later than one that began now.
    expect(at(NOW + DAY)).toMatchObject({ look: { dueAt: iso(NOW + 30 * SECOND) } });
    expect(at(NOW)).toMatchObject({
      look: { attempts: [{ outcome: "unknown", holder: null, endedAt: iso(NOW) }] },
    });
  });

  test("of a default delivery that was tried four times is sent again, and one that was answered is not given up", () => {
    const failed = [1, 2, 3, 4, 5].map((n) => buildAttempt(n, { outcome: "failed" }));
    expect(startAttempt(pending({ durable: null, attempts: failed }), "worker", NOW)).toHaveProperty("go");
    const durable = [1, 2, 3, 4].map((n) => buildAttempt(n, { outcome: "failed" }));
    const fifth = buildAttempt(5, { outcome: "leased", startedAt: iso(NOW - HOUR) });
    const long = leased({ durable: { ...DURABLE, maxAttempts: 9 }, attempts: [...durable, fifth] });
    expect(startAttempt(long, "worker", NOW)).toHaveProperty("look");
  });

  test("of a delivery that waits to be looked for is left until then", () => {
    const uncertain = buildDelivery("a", {
      attempts: [buildAttempt(1, { outcome: "unknown" })],
      dueAt: iso(NOW),
    });
    expect(startAttempt(uncertain, "worker", NOW - 1)).toEqual({ wait: NOW });
    expect(startAttempt(uncertain, "worker", NOW)).toEqual({ look: uncertain });
  });
});

test.each([
  ["was refused", [{ outcome: "failed" }], [], false],
  ["has no known answer", [{ outcome: "unknown" }], [], true],
  ["was taken", [{ outcome: "dispatched" }], [], true],
  ["was taken and its run failed", [{ outcome: "dispatched" }], ["1/1"], false],
  [
    "was taken twice and one run failed",
    [{ outcome: "dispatched" }, { outcome: "dispatched" }],
    ["1/1"],
    true,
  ],
  [
    "was taken and its run failed, and once refused",
    [{ outcome: "dispatched" }, { outcome: "failed" }],
    ["1/1"],
    false,
  ],
] as const)(
  "a dispatch after one that %s says that it may be the second: %#",
  (_, made, releasedRuns, may) => {
    const attempts = made.map((change, n) => buildAttempt(n + 1, change));
    const durable = { ...DURABLE, maxAttempts: 9 };
    const start = startAttempt(
      pending({ durable, attempts, releasedRuns: [...releasedRuns] }),
      "worker",
      NOW,
    );
    expect("go" in start && start.attempt.possibleDuplicate).toBe(may);
  },
);

describe("GitHub's answer", () => {
  test("is recorded with its time, its status and the run that it names", () => {
    const taken = end(leased(), { outcome: "dispatched", status: 200, runId: "77" }, NOW + SECOND);
    expect(taken.attempts).toMatchObject([
      { outcome: "dispatched", holder: null, endedAt: iso(NOW + SECOND), status: 200, runId: "77" },
    ]);
    expect(taken).toMatchObject({
      status: "Dispatched",
      dispatchedAt: iso(NOW + SECOND),
      dueFor: "confirmation",
      dueAt: iso(NOW + 601 * SECOND),
    });
    expect(end(leased(), { outcome: "dispatched", status: 204 }).attempts[0]).not.toHaveProperty("runId");
  });

  test("is recorded in its own words where it has any", () => {
    const answer: AttemptAnswer = { outcome: "refused", status: 422, kind: "payload", reason: "odd" };
    const response = { headers: { "x-github-request-id": "A:1" }, body: "odd" };
    expect(end(leased(), { ...answer, response }).attempts[0]).toMatchObject({ response });
    expect(end(leased(), answer).attempts[0]).not.toHaveProperty("response");
  });

  test.each([
    [null, 502, "failed"],
    [null, null, "unknown"],
    [DURABLE, 502, "unknown"],
  ] as const)(
    "of a delivery with durable %j that is lost with status %s counts as %s",
    (durable, status, outcome) => {
      const answer = { ...LOST, status };
      expect(answerFor(pending({ durable }), answer)).toMatchObject({ outcome, status });
    },
  );

  test("that is definite is taken as it came", () => {
    const answer: AttemptAnswer = { outcome: "refused", status: 404, kind: "not-found", reason: "gone" };
    expect(answerFor(pending({ durable: null }), answer)).toBe(answer);
    expect(failureOf(answer)).toEqual({ stage: "github", kind: "not-found", reason: "gone", status: 404 });
    expect(failureOf({ ...answer, stage: "before-github" }).stage).toBe("before-github");
  });

  test("that is lost has a default delivery end as dispatched, though nobody knows", () => {
    expect(end(leased({ durable: null }), LOST)).toMatchObject({
      status: "Dispatched",
      isFinalized: true,
      attempts: [{ outcome: "unknown", failure: { reason: "reset" } }],
    });
    expect(end(leased({ durable: null, status: "Confirmed" }), LOST).status).toBe("Confirmed");
  });

  test("that is lost has a durable one looked for, after 30 s at least", () => {
    expect(end(leased(), LOST)).toMatchObject({ dueFor: "confirmation", dueAt: iso(NOW + 30 * SECOND) });
    expect(end(leased(), LOST, NOW + HOUR).dueAt).toBe(iso(NOW + HOUR + 2500));
  });

  test.each<[AttemptAnswer, string]>([
    [{ outcome: "failed", status: 503, kind: "service-unavailable", reason: "down" }, "failed"],
    [LOST, "unknown"],
  ])("of %j comes too late where the consumer's run has confirmed, and is noted alone", (answer, outcome) => {
    const confirmed = leased({ status: "Confirmed", dueFor: "completion", dueAt: iso(NOW + HOUR) });
    const after = end(confirmed, answer);
    expect(after).toEqual({ ...confirmed, attempts: after.attempts });
    expect(after.attempts[0]).toMatchObject({ outcome });
  });

  test("that asks for patience leaves a confirmed delivery as it is, without the attempt", () => {
    const confirmed = leased({ status: "Confirmed", dueFor: "completion", dueAt: iso(NOW + HOUR) });
    expect(
      end(confirmed, { outcome: "limited", status: 429, reason: "wait", retryAt: NOW + MINUTE }),
    ).toEqual({
      ...confirmed,
      attempts: [],
    });
  });

  test("that comes when the delivery waits for its run's end leaves that wait, and no other", () => {
    const taken: AttemptAnswer = { outcome: "dispatched", status: 204 };
    const completing = leased({ status: "Confirmed", dueFor: "completion", dueAt: iso(NOW + HOUR) });
    expect(end(completing, taken).dueAt).toBe(iso(NOW + HOUR));
    expect(end(leased({ status: "Confirmed" }), taken)).toMatchObject({
      dueFor: "confirmation",
      dueAt: iso(NOW + 600 * SECOND),
    });
  });
});

describe("a dispatch whose answer is not known", () => {
  const uncertain = buildDelivery("a", { attempts: [buildAttempt(1, { outcome: "unknown" })] });

  test("is one that waits for its confirmation, and no other", () => {
    expect(isUncertain(uncertain)).toBe(true);
    expect(isUncertain({ ...uncertain, dueFor: "dispatch" })).toBe(false);
    expect(isUncertain(buildDelivery("a"))).toBe(false);
    expect(isUncertain(buildDelivery("a", { attempts: [] }))).toBe(false);
  });

  test("is taken for made once a run of it was found, and then waits for its consumer", () => {
    expect(asDispatched(uncertain, NOW + MINUTE)).toMatchObject({
      attempts: [{ outcome: "dispatched" }],
      dueFor: "confirmation",
      dueAt: iso(NOW + 11 * MINUTE),
    });
    const known = buildDelivery("a");
    expect(asDispatched(known, NOW)).toBe(known);
  });

  test("is looked for again, though it has no attempt any more", () => {
    expect(planRecheck(buildDelivery("a", { attempts: [] }), NOW, false)?.dueAt).toBe(iso(NOW + 90 * SECOND));
  });
});

describe("a delivery that is due further ahead than it can be", () => {
  const LONGEST = 8 * HOUR + 3 * MINUTE;

  test.each<[string, Partial<Delivery>, number, number]>([
    ["a retry, at its longest", { dueFor: "dispatch" }, LONGEST, 0],
    ["a retry, beyond that", { dueFor: "dispatch" }, LONGEST + 1, LONGEST + 1],
    ["a confirmation, at its longest", {}, LONGEST, 0],
    ["a confirmation, beyond that", {}, LONGEST + 7, 7],
    [
      "a confirmation that may take a day",
      { durable: { ...DURABLE, confirmWithin: 86_400 } },
      DAY + MINUTE,
      0,
    ],
    [
      "a confirmation beyond its day",
      { durable: { ...DURABLE, confirmWithin: 86_400 } },
      DAY + MINUTE + 5,
      5,
    ],
    [
      "a completion that may take a day",
      { dueFor: "completion", durable: { ...DURABLE, completeWithin: 86_400 } },
      DAY + MINUTE,
      0,
    ],
    [
      "a completion beyond its day",
      { dueFor: "completion", durable: { ...DURABLE, completeWithin: 86_400 } },
      DAY + MINUTE + 5,
      5,
    ],
    [
      "a look for a lost answer, however long a confirmation may take",
      {
        durable: { ...DURABLE, confirmWithin: 86_400 },
        attempts: [buildAttempt(1, { outcome: "unknown" })],
      },
      LONGEST + 1,
      LONGEST + 1,
    ],
    ["a default one's failure, which is yet to be recorded", { durable: null, dueFor: null }, LONGEST + 9, 9],
    ["a default one that waits for a confirmation", { durable: null }, LONGEST + 9, 9],
    ["a default one that waits for a completion", { durable: null, dueFor: "completion" }, LONGEST + 9, 9],
    ["what was due long ago", {}, -DAY, 0],
  ])("was set by a clock that was ahead: %s", (_, change, ahead, beyond) => {
    expect(beyondWaits(buildDelivery("a", { dueAt: iso(NOW + ahead), ...change }), NOW)).toBe(beyond);
  });

  test("is not one that is due for nothing", () => {
    expect(beyondWaits(buildDelivery("a", { dueFor: "dispatch", dueAt: null }), NOW)).toBe(0);
    expect(beyondWaits(buildDelivery("a", { dueAt: null }), NOW)).toBe(0);
  });
});

describe("a clock that was a day ahead and is right again", () => {
  const at = iso(NOW + DAY + HOUR);
  const sooner = iso(NOW + HOUR);

  test("has all that a delivery waits for come a day sooner", () => {
    const delivery = leased({
      notBefore: at,
      slotAt: at,
      dueAt: at,
      attempts: [
        buildAttempt(1, { startedAt: at }),
        buildAttempt(2, { startedAt: at }),
        buildAttempt(3, { outcome: "leased", startedAt: at }),
      ],
      stall: { ...STALL, since: at, failedAt: at },
    });
    expect(setBackWaits(delivery, DAY, NOW)).toEqual({
      ...delivery,
      notBefore: sooner,
      slotAt: sooner,
      dueAt: sooner,
      // What has ended stays as it was recorded.
      attempts: [...delivery.attempts.slice(0, 2), { ...delivery.attempts[2], startedAt: sooner }],
      stall: { ...STALL, since: sooner, failedAt: sooner },
    });
  });

  test("leaves what is past, what is none, and attempts that ended", () => {
    const delivery = pending({ dueAt: iso(NOW), attempts: [buildAttempt(1, { startedAt: at })] });
    expect(setBackWaits(delivery, DAY, NOW)).toEqual(delivery);
    expect(setBackWaits(pending(), DAY, NOW)).toEqual(pending());
  });
});

describe("a run that fits several deliveries", () => {
  test("is listed once with each, of twenty runs at most", () => {
    const { ambiguousRuns: _, ...older } = buildDelivery("a");
    let delivery = older as Delivery;
    for (let n = 0; n < 25; n++) delivery = markAmbiguous(delivery, String(n));
    expect(delivery.ambiguousRuns).toEqual(Array.from({ length: 20 }, (_, n) => String(n)));
    expect(markAmbiguous(delivery, "24")).toBe(delivery);
    const two = buildDelivery("a", { ambiguousRuns: ["1", "2"] });
    expect(markAmbiguous(two, "2")).toBe(two);
    expect(two.ambiguousRuns).toEqual(["1", "2"]);
  });
});

test("the way of starting is stored only where it is another than GitHub's oldest", () => {
  expect(startOf({})).toBe("repository_dispatch");
  expect(startFields({ start: "repository_dispatch", ref: "main", format: "zekt" })).toEqual({});
  expect(startFields({ format: "cloudevents" })).toEqual({ format: "cloudevents" });
  expect(startFields({ start: "workflow_dispatch" })).toEqual({ start: "workflow_dispatch", ref: null });
  expect(startFields({ start: "workflow_dispatch", ref: "main" })).toEqual({
    start: "workflow_dispatch",
    ref: "main",
  });
});
