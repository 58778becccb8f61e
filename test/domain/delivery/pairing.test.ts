import { describe, expect, test } from "vitest";
import { DAY, iso, MINUTE, SECOND } from "../../../app/domain/clock.ts";
import {
  bookRun,
  burstOf,
  groupsOf,
  holdRetry,
  isListed,
  isPaired,
  NEW_BOOK,
  pairOpen,
  stopUnknown,
  unknownOf,
  verdictOf,
  withoutOld,
  withRuns,
} from "../../../app/domain/delivery/pairing.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import type { BookedRun, RunBook } from "../../../app/domain/records/run-book.ts";
import { buildAttempt, buildDelivery, buildOwner, buildRun, NOW, WORKFLOW } from "./build-delivery.ts";

const bookOf = (...runs: BookedRun[]): RunBook => ({ runs, version: 3 });

/** A delivery that was dispatched some milliseconds after now. */
const sentAt = (id: string, after: number, change: Partial<Delivery> = {}): Delivery =>
  buildDelivery(id, { attempts: [buildAttempt(1, { startedAt: iso(NOW + after) })], ...change });
const madeAt = (runId: string, after: number, change: Partial<BookedRun> = {}): BookedRun =>
  buildRun(runId, { createdAt: iso(NOW + after), ...change });

/** Ids of each group's runs, and of its deliveries. */
const grouped = (book: RunBook, deliveries: readonly Delivery[]) =>
  groupsOf(book, WORKFLOW, deliveries).map((group) => [
    group.runs.map(({ runId }) => runId).join(),
    group.deliveries.map(({ deliveryId }) => deliveryId).join(),
  ]);

describe("a group", () => {
  test("is all that hangs together, however long the chain, and nothing beside it", () => {
    const book = bookOf(
      madeAt("1", 30 * SECOND),
      madeAt("2", 110 * SECOND),
      madeAt("3", 200 * SECOND),
      madeAt("4", 3600 * SECOND),
    );
    const deliveries = [sentAt("a", 0), sentAt("b", 100 * SECOND), sentAt("c", 3599 * SECOND)];
    expect(grouped(book, deliveries)).toEqual([
      ["1,2,3", "a,b"],
      ["4", "c"],
    ]);
  });

  test("has no run that is paired already, or known to be a delivery's own", () => {
    const book = bookOf(buildRun("1", { burst: "1", deliveryId: "x" }), buildRun("2"), buildRun("3"));
    const known = buildDelivery("a", { owners: { [WORKFLOW]: buildOwner("2") }, firstOwner: WORKFLOW });
    expect(grouped(book, [known, buildDelivery("b")])).toEqual([["3", "b"]]);
  });

  test.each<[string, Partial<Delivery>, boolean]>([
    ["whose only attempt failed", { attempts: [buildAttempt(1, { outcome: "failed" })] }, false],
    ["whose answer was lost", { attempts: [buildAttempt(1, { outcome: "unknown" })] }, true],
    ["whose run GitHub named", { attempts: [buildAttempt(1, { runId: "77" })] }, false],
    [
      "that was dispatched twice and has one run",
      {
        attempts: [buildAttempt(1), buildAttempt(2)],
        owners: { [WORKFLOW]: buildOwner("77") },
        firstOwner: WORKFLOW,
      },
      true,
    ],
    ["of which a run gave it up", { releasedRuns: ["77/1"] }, false],
  ])("has a delivery %s: %#", (_, change, isThere) => {
    const [group] = groupsOf(bookOf(buildRun("1")), WORKFLOW, [buildDelivery("a", change)]);
    expect(group?.deliveries).toHaveLength(isThere ? 1 : 0);
  });

  test("has no delivery that a run of the book is taken for", () => {
    const book = bookOf(buildRun("1", { burst: "1", deliveryId: "a" }), buildRun("2"));
    expect(grouped(book, [buildDelivery("a"), buildDelivery("b")])).toEqual([["2", "b"]]);
  });

  test("is sure of as many runs as GitHub took dispatches, less those that are known", () => {
    const attempts = [buildAttempt(1), buildAttempt(2), buildAttempt(3, { outcome: "unknown" })];
    const owners = { [WORKFLOW]: buildOwner("77") };
    const delivery = buildDelivery("a", { attempts, owners, firstOwner: WORKFLOW });
    const [group] = groupsOf(bookOf(buildRun("1")), WORKFLOW, [delivery]);
    expect(group?.slots.map(({ sure }) => sure)).toEqual([true, false]);
  });

  test("is listed once GitHub had two minutes for each of its dispatches", () => {
    const [group] = groupsOf(bookOf(madeAt("1", 5 * SECOND)), WORKFLOW, [
      sentAt("a", 0),
      sentAt("b", 4 * SECOND),
    ]);
    if (!group) throw new Error("There is no group.");
    expect(isListed(group, NOW + 4 * SECOND + 2 * MINUTE - 1)).toBe(false);
    expect(isListed(group, NOW + 4 * SECOND + 2 * MINUTE)).toBe(true);
  });
});

describe("runs that nothing tells apart are paired", () => {
  const pairs = (book: RunBook): Record<string, string | null> =>
    Object.fromEntries(book.runs.map(({ runId, deliveryId }) => [runId, deliveryId]));

  test("in the order in which GitHub made them and Zekt sent the deliveries, as one burst", () => {
    const runs = [madeAt("10", 5000), madeAt("9", 5000), madeAt("8", 6000), madeAt("11", 4000)];
    const deliveries = [sentAt("d", 200), sentAt("a", 300), sentAt("c", 100), sentAt("b", 100)];
    const book = pairOpen(bookOf(...runs), WORKFLOW, deliveries, () => "yes");
    expect(pairs(book)).toEqual({ 11: "b", 9: "c", 10: "d", 8: "a" });
    expect(new Set(book.runs.map(({ burst }) => burst))).toEqual(new Set(["11"]));
    expect(book.version).toBe(3);
  });

  test("once there is a run for each dispatch, and not before", () => {
    const deliveries = ["a", "b", "c"].map((id) => buildDelivery(id));
    const two = bookOf(buildRun("1"), buildRun("2"));
    expect(pairOpen(two, WORKFLOW, deliveries, () => "yes")).toBe(two);
    expect(pairOpen(two, WORKFLOW, deliveries, () => "no")).toBe(two);
    const three = withRuns(two, [buildRun("3")]);
    expect(pairOpen(three, WORKFLOW, deliveries, () => "no")).toBe(three);
    expect(pairs(pairOpen(three, WORKFLOW, deliveries, () => "yes"))).toEqual({ 1: "a", 2: "b", 3: "c" });
  });

  test("with what GitHub took, where it lists no more: a lost answer then has none", () => {
    const lost = buildDelivery("c", { attempts: [buildAttempt(1, { outcome: "unknown" })] });
    const deliveries = [buildDelivery("a"), lost, buildDelivery("b")];
    const book = bookOf(buildRun("1"), buildRun("2"));
    expect(pairOpen(book, WORKFLOW, deliveries, () => "yes")).toBe(book);
    expect(pairs(pairOpen(book, WORKFLOW, deliveries, () => "listed"))).toEqual({ 1: "a", 2: "b" });
  });

  test("and a run beyond them is of one of those whose answer was lost, nobody knows which", () => {
    const lost = ["b", "c"].map((id) =>
      buildDelivery(id, { attempts: [buildAttempt(1, { outcome: "unknown" })] }),
    );
    const book = bookOf(madeAt("1", 1000), madeAt("2", 2000));
    const paired = pairOpen(book, WORKFLOW, [buildDelivery("a"), ...lost], () => "listed");
    expect(paired.runs).toMatchObject([
      { runId: "1", deliveryId: "a" },
      { runId: "2", deliveryId: null, burst: "1", unsure: ["b", "c"] },
    ]);
    expect(paired.runs[0]).not.toHaveProperty("unsure");
  });

  test("not at all where every answer was lost, or where a run is missing of what GitHub took", () => {
    const lost = ["b", "c"].map((id) =>
      buildDelivery(id, { attempts: [buildAttempt(1, { outcome: "unknown" })] }),
    );
    const one = bookOf(buildRun("1"));
    expect(pairOpen(one, WORKFLOW, lost, () => "listed")).toBe(one);
    const taken = ["a", "d"].map((id) => buildDelivery(id));
    expect(pairOpen(one, WORKFLOW, [...taken, ...lost], () => "listed")).toBe(one);
  });

  test("wherever a run fits one delivery alone, and with that what is left beside it", () => {
    // The first run began too early for the second delivery.
    const book = bookOf(madeAt("1", SECOND), madeAt("2", 61 * SECOND));
    const deliveries = [sentAt("a", 0), sentAt("b", MINUTE)];
    const paired = pairOpen(book, WORKFLOW, deliveries, () => "no");
    expect(paired.runs).toMatchObject([
      { runId: "1", deliveryId: "a", burst: "1" },
      { runId: "2", deliveryId: "b", burst: "2" },
    ]);
  });

  test("only with deliveries whose type their workflow listens to, and that name no other workflow", () => {
    const book = bookOf(buildRun("1", { types: ["built"] }));
    const others = [
      buildDelivery("a", { eventType: "tested" }),
      buildDelivery("b", { workflow: "other.yml" }),
      buildDelivery("c", { workflow: WORKFLOW }),
    ];
    expect(pairs(pairOpen(book, WORKFLOW, others, () => "no"))).toEqual({ 1: "c" });
  });
});

describe("a book of runs", () => {
  test("holds open runs for 2 days, paired ones for 8, and the newest thousand", () => {
    const at = (ms: number) => iso(NOW - ms);
    const book = bookOf(
      buildRun("1", { createdAt: at(2 * DAY + 1) }),
      buildRun("2", { createdAt: at(2 * DAY) }),
      buildRun("3", { createdAt: at(8 * DAY + 1), burst: "3" }),
      buildRun("4", { createdAt: at(8 * DAY), burst: "4" }),
    );
    expect(withoutOld(book, NOW).runs.map(({ runId }) => runId)).toEqual(["2", "4"]);
    const many = bookOf(...Array.from({ length: 1001 }, (_, n) => buildRun(String(n))));
    const kept = withoutOld(many, NOW).runs;
    expect([kept.length, kept[0]?.runId]).toEqual([1000, "1"]);
  });

  test("has a run once, as it was seen last", () => {
    const seen = { runId: "1", runAttempt: 1, createdAt: iso(NOW), types: null };
    const queued = bookRun(NEW_BOOK, { ...seen, began: false, conclusion: null });
    expect(queued.runs).toEqual([{ ...seen, began: false, conclusion: null, burst: null, deliveryId: null }]);
    expect(bookRun(queued, { ...seen, began: false, conclusion: null })).toBe(queued);
    const begun = bookRun(queued, { ...seen, began: true, conclusion: null });
    expect(begun.runs).toMatchObject([{ began: true, conclusion: null }]);
    const ended = bookRun(begun, { ...seen, began: true, conclusion: "success" });
    expect(ended.runs).toMatchObject([{ began: true, conclusion: "success" }]);
    // What comes in the wrong order takes nothing back.
    expect(bookRun(ended, { ...seen, began: false, conclusion: null })).toBe(ended);
  });

  test("has each run as that one was seen, beside the others", () => {
    const seen = {
      runId: "2",
      runAttempt: 1,
      createdAt: iso(NOW),
      types: null,
      began: true,
      conclusion: "success",
    };
    const two = bookRun(bookOf(buildRun("1", { burst: "1" }), buildRun("2", { began: false })), seen);
    expect(two.runs).toMatchObject([
      { runId: "1", burst: "1", conclusion: null },
      { runId: "2", burst: null, began: true, conclusion: "success" },
    ]);
  });

  test("keeps the pairing of a run that is run again, and waits for its new end", () => {
    const seen = { runId: "1", createdAt: iso(NOW), types: null, began: true };
    const paired = bookOf(buildRun("1", { conclusion: "failure", burst: "1", deliveryId: "a" }));
    const again = bookRun(paired, { ...seen, runAttempt: 2, conclusion: null });
    expect(again.runs).toMatchObject([
      { runAttempt: 2, conclusion: null, burst: "1", deliveryId: "a", began: true },
    ]);
    expect(bookRun(again, { ...seen, runAttempt: 1, conclusion: "failure" })).toBe(again);
    const alike = bookRun(paired, { ...seen, runAttempt: 2, conclusion: "failure" });
    expect(alike.runs).toMatchObject([{ runAttempt: 2, conclusion: "failure" }]);
  });

  test("says which runs are paired, and with which others", () => {
    const [open, first, second] = [
      buildRun("1"),
      buildRun("2", { burst: "2" }),
      buildRun("3", { burst: "2" }),
    ];
    const book = bookOf(open, first, second);
    expect([open, first, { runId: "9" }].map((run) => isPaired(book, run))).toEqual([false, true, false]);
    expect(burstOf(book, second)).toEqual([first, second]);
    expect(burstOf(book, open)).toEqual([]);
  });
});

describe("of a burst", () => {
  test.each<[string, (string | null)[], "alike" | "mixed" | null]>([
    ["that all succeeded", ["success", "neutral", "skipped"], "alike"],
    ["that all failed", ["failure", "cancelled"], "alike"],
    ["of which one failed", ["success", "failure", "success"], "mixed"],
    ["of which one is not over", ["failure", null, "success"], null],
  ])("%s the end is known as far as it goes for any pairing", (_, conclusions, verdict) => {
    expect(verdictOf(conclusions.map((conclusion, n) => buildRun(String(n), { conclusion })))).toBe(verdict);
  });

  test("a delivery that says itself which run it has leaves, with that run, and the others share the rest", () => {
    const burst = [
      buildRun("1", { burst: "1", deliveryId: "a" }),
      buildRun("2", { burst: "1", deliveryId: "b" }),
      buildRun("3", { burst: "1", deliveryId: "c" }),
    ];
    const sure = buildDelivery("a", { owners: { [WORKFLOW]: buildOwner("2", { via: "action" }) } });
    const inferred = buildDelivery("b", { owners: { [WORKFLOW]: buildOwner("2") } });
    const { runs, pairs } = unknownOf(burst, [sure, inferred, buildDelivery("c")], WORKFLOW);
    expect(runs.map(({ runId }) => runId)).toEqual(["1", "3"]);
    expect(pairs.map(({ run, delivery }) => [run.runId, delivery.deliveryId])).toEqual([
      ["1", "b"],
      ["3", "c"],
    ]);
  });

  test("a run that is taken for a delivery stays with it, though another one looks for a run first", () => {
    const burst = [
      buildRun("1", { burst: "1", deliveryId: "c" }),
      buildRun("2", { burst: "1", deliveryId: "b" }),
      buildRun("3", { burst: "1", deliveryId: "a" }),
    ];
    const sure = buildDelivery("a", { owners: { [WORKFLOW]: buildOwner("2", { via: "action" }) } });
    const { pairs } = unknownOf(burst, [buildDelivery("b"), sure, buildDelivery("c")], WORKFLOW);
    expect(pairs.map(({ run, delivery }) => [delivery.deliveryId, run.runId])).toEqual([
      ["c", "1"],
      ["b", "3"],
    ]);
  });

  test("a run that came for a delivery as a second one is no other delivery's", () => {
    const burst = [
      buildRun("1", { burst: "1", deliveryId: "a" }),
      buildRun("2", { burst: "1", deliveryId: "b" }),
    ];
    const owner = buildOwner("1", { via: "action", duplicates: ["2"] });
    const twice = buildDelivery("a", { owners: { [WORKFLOW]: owner } });
    expect(unknownOf(burst, [twice, buildDelivery("b")], WORKFLOW)).toEqual({ runs: [], pairs: [] });
  });

  test("a delivery that is gone has no run, and one that was dispatched twice is there once", () => {
    const burst = [
      buildRun("1", { burst: "1", deliveryId: "gone" }),
      buildRun("2", { burst: "1", deliveryId: "b" }),
      buildRun("3", { burst: "1", deliveryId: "b" }),
    ];
    const { runs, pairs } = unknownOf(burst, [buildDelivery("b")], WORKFLOW);
    expect(runs).toHaveLength(3);
    expect(pairs.map(({ run, delivery }) => [run.runId, delivery.deliveryId])).toEqual([["2", "b"]]);
  });
});

describe("a delivery whose outcome nobody knows", () => {
  const runs = Array.from({ length: 7 }, (_, n) => buildRun(String(n + 1), { conclusion: "failure" }));
  const stop = (change: Partial<Delivery>, of = runs): Delivery =>
    stopUnknown(buildDelivery("a", change), WORKFLOW, of, NOW);

  test("fails, and names five of the runs and the number of the others", () => {
    const stopped = stop({});
    expect(stopped).toMatchObject({
      status: "Failed",
      isFinalized: true,
      failure: { stage: "conclusion", kind: "consumer", status: null },
    });
    expect(stopped.failure?.reason).toContain(
      "not known: it may be 1 (failure), 2 (failure), 3 (failure), 4 (failure), 5 (failure) and 2 more. ",
    );
    const five = stop({}, [...runs.slice(0, 4), buildRun("5")]);
    expect(five.failure?.reason).toContain("4 (failure), 5 (not ended). Put");
  });

  test.each<[string, Partial<Delivery>, boolean]>([
    ["is a default one", { durable: null }, false],
    ["has ended", { isFinalized: true }, false],
    ["waits for another workflow's result", { workflow: "other.yml" }, false],
    ["names this workflow", { workflow: WORKFLOW }, true],
    ["has a run that said so itself", { owners: { [WORKFLOW]: buildOwner("1", { via: "action" }) } }, false],
    ["has a run that is only inferred", { owners: { [WORKFLOW]: buildOwner("1") } }, true],
  ])("is stopped or left alone where it %s", (_, change, isStopped) => {
    const delivery = buildDelivery("a", change);
    const after = stopUnknown(delivery, WORKFLOW, runs, NOW);
    if (isStopped) expect(after.status).toBe("Failed");
    else expect(after).toBe(delivery);
  });
});

describe("a retry that is planned", () => {
  const planned = { dueFor: "dispatch", notBefore: iso(NOW + MINUTE), slotAt: iso(NOW), parkedAt: iso(NOW) };

  test("is held for as long as a confirmation may take, where a run comes that may be its own", () => {
    const held = holdRetry(buildDelivery("a", planned as Partial<Delivery>), WORKFLOW, NOW);
    expect(held).toMatchObject({
      dueFor: "confirmation",
      dueAt: iso(NOW + 600 * SECOND),
      notBefore: null,
      slotAt: null,
      parkedAt: null,
    });
  });

  test.each<[string, Partial<Delivery>, boolean]>([
    ["has ended", { isFinalized: true }, false],
    ["is a default one", { durable: null }, false],
    ["is not to be dispatched", { dueFor: "completion" }, false],
    ["waits for another workflow's result", { workflow: "other.yml" }, false],
    ["names this workflow", { workflow: WORKFLOW }, true],
    ["is being dispatched", { attempts: [buildAttempt(1, { outcome: "leased" })] }, false],
    ["was refused by GitHub each time", { attempts: [buildAttempt(1, { outcome: "failed" })] }, false],
    ["may have arrived at first", { attempts: [buildAttempt(1, { outcome: "unknown" })] }, true],
  ])("is held or not where its delivery %s", (_, change, isHeld) => {
    const delivery = buildDelivery("a", { ...(planned as Partial<Delivery>), ...change });
    const after = holdRetry(delivery, WORKFLOW, NOW);
    if (isHeld) expect(after.dueFor).toBe("confirmation");
    else expect(after).toBe(delivery);
  });
});
