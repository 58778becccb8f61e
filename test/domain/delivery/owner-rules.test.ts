import { describe, expect, test } from "vitest";
import { HOUR, iso, MINUTE, SECOND } from "../../../app/domain/clock.ts";
import { complete } from "../../../app/domain/delivery/complete.ts";
import { confirm } from "../../../app/domain/delivery/confirm.ts";
import { giveBack } from "../../../app/domain/delivery/give-back.ts";
import { isReleased, newOwner, ownershipOf, withOwner } from "../../../app/domain/delivery/ownership.ts";
import type { Delivery, Owner } from "../../../app/domain/records/delivery.ts";
import { buildDelivery, buildOwner, DURABLE, NOW, WORKFLOW } from "./build-delivery.ts";

/* Which run has a delivery, and what its word does. */

const OTHER = ".github/workflows/audit.yml";
const run = (runId: string, runAttempt = 1, workflow = WORKFLOW) => ({ workflow, runId, runAttempt });

/** A delivery that a run of the workflow has, by the action unless something else is said. */
const owned = (owner: Partial<Owner> = {}, change: Partial<Delivery> = {}): Delivery =>
  buildDelivery("a", {
    status: "Confirmed",
    confirmedAt: iso(NOW),
    dueFor: "completion",
    dueAt: iso(NOW + HOUR),
    firstOwner: WORKFLOW,
    owners: { [WORKFLOW]: buildOwner("1", { via: "action", ...owner }) },
    ...change,
  });

const finish = (
  delivery: Delivery,
  of: ReturnType<typeof run>,
  conclusion: string,
  via: Owner["via"] = "action",
  decides = true,
): Delivery => {
  const success = conclusion === "success";
  const ended = complete(delivery, of, { success, conclusion }, NOW + MINUTE, () => 0.5, via, decides);
  if (!("delivery" in ended)) throw new Error("Another run has it.");
  return ended.delivery;
};

describe("a run that confirms", () => {
  test("has the delivery for as long as its run may take, and counts the call", () => {
    const { delivery, duplicate } = confirm(
      buildDelivery("a", { dispatchedAt: null }),
      run("1"),
      NOW + MINUTE,
    );
    expect(duplicate).toBe(false);
    expect(delivery).toMatchObject({
      status: "Confirmed",
      dispatchedAt: iso(NOW + MINUTE),
      confirmedAt: iso(NOW + MINUTE),
      confirmationAttempts: 1,
      dueFor: "completion",
      dueAt: iso(NOW + MINUTE + HOUR),
      firstOwner: WORKFLOW,
    });
    expect(delivery.owners[WORKFLOW]).toEqual({
      ...run("1"),
      via: "action",
      confirmedAt: iso(NOW + MINUTE),
      completedAt: null,
      conclusion: null,
      duplicates: [],
    });
    expect(confirm(buildDelivery("a"), run("1"), NOW + MINUTE).delivery.dispatchedAt).toBe(iso(NOW));
  });

  test("as a second one of the workflow is a duplicate, listed once however often it comes", () => {
    const second = confirm(owned(), run("2"), NOW);
    expect(second.duplicate).toBe(true);
    expect(second.delivery.confirmationAttempts).toBe(1);
    const third = confirm(second.delivery, run("3"), NOW);
    expect(third.delivery.owners[WORKFLOW]?.duplicates).toEqual(["2", "3"]);
    expect(confirm(third.delivery, run("2"), NOW)).toEqual({ delivery: third.delivery, duplicate: true });
    expect(confirm(third.delivery, run("2"), NOW).delivery).toBe(third.delivery);
  });

  test("again in a later attempt is noted with it, and an earlier one that comes late is not", () => {
    const again = confirm(owned(), run("1", 2), NOW + SECOND).delivery;
    expect(again.owners[WORKFLOW]).toMatchObject({ runAttempt: 2, confirmedAt: iso(NOW), via: "action" });
    expect(confirm(again, run("1", 1), NOW + SECOND).delivery).toBe(again);
    // The wait for its end goes on as it was set.
    expect(again.dueAt).toBe(iso(NOW + HOUR));
  });

  test("by what is surer than before is noted with that, and never the other way round", () => {
    const surer = confirm(owned({ via: "inferred" }), run("1"), NOW, "run-name").delivery;
    expect(surer.owners[WORKFLOW]?.via).toBe("run-name");
    expect(confirm(surer, run("1", 2), NOW, "inferred").delivery.owners[WORKFLOW]?.via).toBe("run-name");
    expect(confirm(surer, run("1"), NOW, "inferred").delivery).toBe(surer);
    expect(confirm(surer, run("1"), NOW, "run-id").delivery.owners[WORKFLOW]?.via).toBe("run-id");
  });

  test.each(["Completed", "Failed"] as const)(
    "a delivery that is %s is noted, and changes nothing else",
    (status) => {
      const final = buildDelivery("a", { status, isFinalized: true, dueFor: null, dueAt: null });
      const { delivery } = confirm(final, run("1"), NOW);
      expect(delivery).toMatchObject({
        status,
        isFinalized: true,
        dueFor: null,
        dueAt: null,
        confirmedAt: null,
      });
      expect(delivery.owners[WORKFLOW]?.runId).toBe("1");
    },
  );

  test("though another workflow decides is noted alone", () => {
    const { delivery } = confirm(buildDelivery("a"), run("1"), NOW, "inferred", false);
    expect(delivery).toMatchObject({ status: "Dispatched", firstOwner: null, dueFor: "confirmation" });
    expect(delivery.owners[WORKFLOW]?.runId).toBe("1");
  });

  test("while its delivery was to be dispatched again has it wait for its end", () => {
    const retried = owned({}, { dueFor: "dispatch", notBefore: iso(NOW), owners: {}, firstOwner: null });
    expect(confirm(retried, run("2"), NOW).delivery).toMatchObject({ dueFor: "completion", notBefore: null });
  });
});

describe("ownership", () => {
  test("is a run's own, a duplicate's, or free where nobody has it or only inference says who", () => {
    expect(ownershipOf(buildDelivery("a"), run("1"), "action")).toBe("free");
    expect(ownershipOf(owned(), run("1"), "action")).toBe("owner");
    expect(ownershipOf(owned(), run("2"), "action")).toBe("duplicate");
    const inferred = owned({ via: "inferred" });
    expect(ownershipOf(inferred, run("2"), "action")).toBe("free");
    expect(ownershipOf(inferred, run("2"), "inferred")).toBe("duplicate");
    expect(newOwner(inferred, run("2"))).toBeNull();
  });

  test("passes with the result to a workflow that speaks, from one that never did", () => {
    const speaks = (via: Owner["via"], change: Partial<Delivery> = {}) =>
      withOwner(owned({ via: "inferred" }, change), run("9", 1, OTHER), { via });
    expect(speaks("action").firstOwner).toBe(OTHER);
    expect(speaks("run-name").firstOwner).toBe(WORKFLOW);
    expect(speaks("action", { isFinalized: true }).firstOwner).toBe(WORKFLOW);
    expect(withOwner(owned(), run("9", 1, OTHER), { via: "action" }).firstOwner).toBe(WORKFLOW);
  });

  test("of a run that gave it up is nobody's, in a delivery of any age", () => {
    expect(isReleased(buildDelivery("a", { releasedRuns: ["1/1"] }), run("1"))).toBe(true);
    expect(isReleased(buildDelivery("a", { releasedRuns: ["1/1"] }), run("1", 2))).toBe(false);
    const { releasedRuns: _, ...older } = buildDelivery("a");
    expect(isReleased(older as Delivery, run("1"))).toBe(false);
  });
});

describe("a run that says how it ended", () => {
  test("fails its delivery with its conclusion, in words", () => {
    expect(finish(owned(), run("1"), "timed_out")).toMatchObject({
      status: "Failed",
      conclusion: "timed_out",
      failure: {
        stage: "conclusion",
        kind: "consumer",
        status: null,
        reason: "The consumer's run ended with timed_out.",
      },
    });
  });

  test("again in a later attempt is noted with its new conclusion, and the old attempt's changes nothing", () => {
    const ended = finish(owned(), run("1"), "failure");
    const again = finish(ended, run("1", 2), "failure");
    expect(again).not.toBe(ended);
    expect(again.owners[WORKFLOW]).toMatchObject({ runAttempt: 2, conclusion: "failure" });
    expect(finish(again, run("1"), "failure")).toBe(again);
  });

  test("keeps what is surest of how it is known", () => {
    const delivery = finish(owned({ via: "action" }), run("1"), "success", "inferred");
    expect(delivery.owners[WORKFLOW]).toMatchObject({ via: "action", conclusion: "success" });
    expect(finish(buildDelivery("a"), run("1"), "success", "run-name").owners[WORKFLOW]?.via).toBe(
      "run-name",
    );
  });

  test("and is to be tried again gives its delivery up, with its name, for another dispatch", () => {
    const retried = finish(
      owned({}, { durable: { ...DURABLE, retryOnFailure: true }, releasedRuns: ["0/1"] }),
      run("1"),
      "failure",
    );
    expect(retried).toMatchObject({
      dueFor: "dispatch",
      isFinalized: false,
      releasedRuns: ["0/1", "1/1"],
      completedAt: null,
      conclusion: null,
      failure: { reason: "The consumer's run ended with failure." },
    });
    expect(retried.owners).toEqual({});
    const { releasedRuns: _, ...older } = owned({}, { durable: { ...DURABLE, retryOnFailure: true } });
    expect(finish(older as Delivery, run("1"), "failure").releasedRuns).toEqual(["1/1"]);
  });
});

describe("a run whose jobs GitHub never started", () => {
  const NO_JOB = "startup_failure";

  test("fails its delivery at once, confirms nothing, and says where the reason is", () => {
    const delivery = finish(buildDelivery("a"), run("1"), NO_JOB, "inferred");
    expect(delivery).toMatchObject({
      status: "Failed",
      confirmedAt: null,
      conclusion: NO_JOB,
      completedAt: iso(NOW + MINUTE),
      failure: { stage: "conclusion", kind: "startup-failure", status: null },
    });
    expect(delivery.failure?.reason).toContain(`GitHub made run 1 of ${WORKFLOW} and started no job of it`);
    expect(delivery.owners[WORKFLOW]).toMatchObject({
      via: "inferred",
      conclusion: NO_JOB,
      confirmedAt: null,
    });
  });

  test("is sent no second time, though failed runs are", () => {
    const delivery = buildDelivery("a", { durable: { ...DURABLE, retryOnFailure: true } });
    expect(finish(delivery, run("1"), NO_JOB).status).toBe("Failed");
  });

  test.each<[string, Delivery, boolean]>([
    ["has ended already", buildDelivery("a", { isFinalized: true, status: "Completed" }), true],
    ["waits for another workflow's result", buildDelivery("a", { workflow: OTHER }), true],
    ["is with another workflow", owned({}, { firstOwner: OTHER, owners: {} }), true],
    ["is decided by another that speaks", buildDelivery("a"), false],
  ])("changes nothing of a delivery that %s", (_, delivery, decides) => {
    expect(finish(delivery, run("1"), NO_JOB, "inferred", decides)).toBe(delivery);
  });

  test("that had confirmed before is a failure like any other", () => {
    expect(finish(owned(), run("1"), NO_JOB)).toMatchObject({ failure: { kind: "consumer" } });
  });
});

describe("a run that was inferred to be a delivery's, and is another's,", () => {
  const inferred = (owner: Partial<Owner> = {}, change: Partial<Delivery> = {}): Delivery =>
    owned({ via: "inferred", ...owner }, change);

  test("is given back, and the wait for a confirm begins anew", () => {
    expect(giveBack(inferred(), run("1"), NOW + MINUTE)).toMatchObject({
      status: "Dispatched",
      confirmedAt: null,
      owners: {},
      firstOwner: null,
      dueFor: "confirmation",
      dueAt: iso(NOW + 11 * MINUTE),
    });
  });

  test.each([
    ["of which it is known by the action", owned()],
    ["of which it is known by its name", owned({ via: "run-name" })],
    ["that has another run", inferred({ runId: "2" })],
    ["to which it came as a duplicate", inferred({ runId: "2", duplicates: ["1"] })],
    ["that has ended", inferred({}, { isFinalized: true, status: "Completed" })],
    ["of another workflow", owned({}, { owners: { [OTHER]: buildOwner("1") }, firstOwner: OTHER })],
  ])("stays with a delivery %s", (_, delivery) => {
    expect(giveBack(delivery, run("1"), NOW)).toBe(delivery);
  });

  test.each([
    ["another workflow decides", { firstOwner: OTHER }],
    ["it is to be dispatched again", { dueFor: "dispatch" as const, status: "Dispatched" as const }],
    ["nothing is to come of a default one", { durable: null, dueFor: null, dueAt: null }],
  ])("is given back and no more is changed where %s", (_, change) => {
    const before = inferred({}, change);
    const { owners, firstOwner, ...after } = giveBack(before, run("1"), NOW);
    expect([owners, firstOwner]).toEqual([{}, "firstOwner" in change ? OTHER : null]);
    expect({ ...after, owners: before.owners, firstOwner: before.firstOwner }).toEqual(before);
  });
});
