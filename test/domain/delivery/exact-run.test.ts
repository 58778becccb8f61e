import { describe, expect, test } from "vitest";
import { HOUR, iso, MINUTE, SECOND } from "../../../app/domain/clock.ts";
import {
  isAwaitingAnswer,
  isExact,
  isNamed,
  isTakenUnnamed,
  mayHaveUnnamedRun,
  mayHaveUnnamedRunOf,
  namedRuns,
  nameRun,
  planRunRequest,
  runsToAsk,
  searchFrom,
  waitEnds,
} from "../../../app/domain/delivery/exact-run.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import type { ObservedRun } from "../../../app/domain/records/observed-run.ts";
import { buildAttempt, buildDelivery, buildOwner, NOW, WORKFLOW } from "./build-delivery.ts";

/* Runs that GitHub named in its answer to a workflow_dispatch, and those that it did not. */

const byWorkflow = (change: Partial<Delivery> = {}): Delivery =>
  buildDelivery("a", { start: "workflow_dispatch", workflow: WORKFLOW, ...change });

const observed = (runId: string, after = SECOND): ObservedRun =>
  ({ runId, workflow: WORKFLOW, title: "Deploy", createdAt: iso(NOW + after) }) as ObservedRun;

describe("a run that GitHub named", () => {
  test("is known by its id, the oldest first", () => {
    const delivery = byWorkflow({
      attempts: [buildAttempt(1, { runId: "5" }), buildAttempt(2), buildAttempt(3, { runId: "4" })],
    });
    expect(namedRuns(delivery)).toEqual(["5", "4"]);
    expect(["5", "6"].map((runId) => isNamed(delivery, runId))).toEqual([true, false]);
  });

  test("is recorded for the attempt whose answer was lost, and for no other", () => {
    const delivery = byWorkflow({
      attempts: [buildAttempt(1, { outcome: "unknown" }), buildAttempt(2, { outcome: "unknown" })],
    });
    expect(nameRun(delivery, 2, "5").attempts.map(({ runId }) => runId)).toEqual([undefined, "5"]);
    expect(nameRun(delivery, 3, "5")).toBe(delivery);
  });

  test.each([
    ["is leased", { outcome: "leased" }],
    ["was answered", { outcome: "dispatched" }],
    ["has a name already", { outcome: "unknown", runId: "4" }],
  ] as const)("is not recorded for an attempt that %s", (_, change) => {
    const delivery = byWorkflow({ attempts: [buildAttempt(1, change)] });
    expect(nameRun(delivery, 1, "5")).toBe(delivery);
  });

  test("is asked for, unless it gave the delivery up", () => {
    const attempts = [buildAttempt(1, { runId: "5" }), buildAttempt(2, { runId: "6" })];
    expect(runsToAsk(byWorkflow({ attempts, releasedRuns: ["5/1"] }))).toEqual(["6"]);
    const { releasedRuns: _, ...older } = byWorkflow({ attempts });
    expect(runsToAsk(older as Delivery)).toEqual(["5", "6"]);
  });

  test("makes a delivery exact where it is of the newest dispatch", () => {
    const [named, unnamed] = [buildAttempt(1, { runId: "5" }), buildAttempt(2)];
    expect(isExact(byWorkflow({ attempts: [named] }))).toBe(true);
    expect(isExact(byWorkflow({ attempts: [named, unnamed] }))).toBe(false);
    expect(isExact(byWorkflow({ attempts: [] }))).toBe(false);
    expect(isExact(buildDelivery("a", { attempts: [named] }))).toBe(false);
  });
});

describe("a run that GitHub did not name", () => {
  test.each([
    ["was taken", { outcome: "dispatched" }, true, true],
    ["was lost", { outcome: "unknown" }, true, false],
    ["failed", { outcome: "failed" }, false, false],
    ["was named", { outcome: "dispatched", runId: "5" }, false, false],
  ] as const)("may be there where its dispatch %s", (_, change, mayBe, isTaken) => {
    const delivery = byWorkflow({ attempts: [buildAttempt(1, change)] });
    expect([mayHaveUnnamedRun(delivery), isTakenUnnamed(delivery)]).toEqual([mayBe, isTaken]);
    expect(mayHaveUnnamedRun({ ...delivery, start: "repository_dispatch" })).toBe(false);
    const beside = byWorkflow({ attempts: [...delivery.attempts, buildAttempt(2, { outcome: "failed" })] });
    expect([mayHaveUnnamedRun(beside), isTakenUnnamed(beside)]).toEqual([mayBe, isTaken]);
  });

  test.each<[string, Partial<Delivery>, ObservedRun, boolean]>([
    ["began with such a dispatch", {}, observed("7"), true],
    ["began two minutes after it", {}, observed("7", 2 * MINUTE), true],
    ["began later than that", {}, observed("7", 2 * MINUTE + 1), false],
    ["began a moment before, by another clock", {}, observed("7", -15 * SECOND), true],
    ["began long before", {}, observed("7", -15 * SECOND - 1), false],
    ["is of another workflow", { workflow: "other.yml" }, observed("7"), false],
    ["began with a dispatch of another kind", { start: "repository_dispatch" }, observed("7"), false],
    [
      "began with a dispatch that failed",
      { attempts: [buildAttempt(1, { outcome: "failed" })] },
      observed("7"),
      false,
    ],
    [
      "comes where the one dispatch has its run",
      { owners: { [WORKFLOW]: buildOwner("8") } },
      observed("7"),
      false,
    ],
    ["is the one that is known", { owners: { [WORKFLOW]: buildOwner("7") } }, observed("7"), true],
    [
      "began with the second of two such dispatches",
      { attempts: [buildAttempt(1, { startedAt: iso(NOW - 60 * MINUTE) }), buildAttempt(2)] },
      observed("7"),
      true,
    ],
    [
      "comes where another dispatch's run was named",
      {
        attempts: [buildAttempt(1, { runId: "8" }), buildAttempt(2)],
        owners: { [WORKFLOW]: buildOwner("8", { via: "run-id" }) },
      },
      observed("7"),
      true,
    ],
  ])("may be a delivery's where it %s: %#", (_, change, run, may) => {
    expect(mayHaveUnnamedRunOf(byWorkflow(change), run)).toBe(may);
  });

  test("is not looked for in the half minute in which GitHub's list lags", () => {
    expect(searchFrom(byWorkflow())).toBe(NOW + 30 * SECOND);
  });
});

test("an answer is awaited while the newest attempt is leased", () => {
  const [leased, dispatched] = [buildAttempt(2, { outcome: "leased" }), buildAttempt(1)];
  expect(isAwaitingAnswer(byWorkflow({ attempts: [dispatched, leased] }))).toBe(true);
  expect(isAwaitingAnswer(byWorkflow({ attempts: [dispatched, dispatched, leased] }))).toBe(true);
  expect(isAwaitingAnswer(byWorkflow({ attempts: [dispatched] }))).toBe(false);
  expect(isAwaitingAnswer(byWorkflow({ attempts: [] }))).toBe(false);
});

describe("the wait for a run", () => {
  test("ends so long after GitHub's answer, or after the confirmation, as the subscription says", () => {
    const answered = [buildAttempt(1, { endedAt: iso(NOW + SECOND) })];
    expect(waitEnds(byWorkflow({ attempts: answered }))).toBe(NOW + 601 * SECOND);
    expect(waitEnds(byWorkflow())).toBe(NOW + 600 * SECOND);
    const confirmed = { dueFor: "completion", confirmedAt: iso(NOW + MINUTE) } as const;
    expect(waitEnds(byWorkflow(confirmed))).toBe(NOW + 61 * MINUTE);
    // A clock that was a day behind recorded the confirmation.
    const behind = { ...confirmed, confirmedAt: iso(NOW - 23 * HOUR) };
    expect(waitEnds(byWorkflow(behind))).toBe(NOW + HOUR);
  });

  test.each<[string, Partial<Delivery>]>([
    ["of a default delivery", { durable: null }],
    ["of one with nothing to do", { dueFor: null }],
    ["of one that is to be dispatched", { dueFor: "dispatch" }],
    ["of one that was never tried", { attempts: [] }],
  ])("is none %s", (_, change) => {
    expect(waitEnds(byWorkflow(change))).toBeNull();
  });

  test.each([
    ["half a minute after the dispatch", 0, 30 * SECOND],
    ["after half of the time that went by", 4 * MINUTE, 2 * MINUTE],
    ["at the end of the wait, where that is sooner", 9 * MINUTE, MINUTE],
    ["beyond the end, when that has just come", 10 * MINUTE, 5 * MINUTE],
    ["beyond the end, where the run is still queued", 12 * MINUTE, 6 * MINUTE],
    ["every ten minutes at last", 60 * MINUTE, 10 * MINUTE],
  ])("has GitHub asked again %s", (_, after, wait) => {
    const delivery = byWorkflow({ attempts: [buildAttempt(1, { runId: "5" })] });
    expect(planRunRequest(delivery, NOW + after).dueAt).toBe(iso(NOW + after + wait));
  });

  test.each<[string, Partial<Delivery>]>([
    ["by repository_dispatch", { start: "repository_dispatch" }],
    ["that has ended", { isFinalized: true }],
    ["that waits for nothing", { dueFor: null }],
    ["whose answer was lost", { attempts: [buildAttempt(1, { outcome: "unknown" })] }],
  ])("of a delivery %s has nothing asked", (_, change) => {
    const delivery = byWorkflow(change);
    expect(planRunRequest(delivery, NOW)).toBe(delivery);
  });

  test("of a delivery whose answer was lost and whose run was named all the same has GitHub asked", () => {
    const delivery = byWorkflow({ attempts: [buildAttempt(1, { outcome: "unknown", runId: "5" })] });
    expect(planRunRequest(delivery, NOW).dueAt).toBe(iso(NOW + 30 * SECOND));
  });
});
