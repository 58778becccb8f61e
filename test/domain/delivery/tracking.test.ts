import { expect, test } from "vitest";
import { iso, MINUTE, SECOND } from "../../../app/domain/clock.ts";
import {
  canConfirm,
  inferDelivery,
  isSuccess,
  knownRuns,
  mayBeOf,
} from "../../../app/domain/delivery/tracking.ts";
import type { Attempt, Delivery, Owner } from "../../../app/domain/records/delivery.ts";
import type { ObservedRun } from "../../../app/domain/records/observed-run.ts";
import { buildAttempt, buildDelivery, buildOwner, NOW, WORKFLOW } from "./build-delivery.ts";

/* Which delivery a run that names none may be of. */

const ID = "delivery-00000000-0000-0000-0000-00000000000";

const tried = (number: number, outcome: Attempt["outcome"], at = NOW): Attempt =>
  buildAttempt(number, { startedAt: iso(at), outcome });

const owner = (runId: string, duplicates: string[] = []): Record<string, Owner> => ({
  [WORKFLOW]: buildOwner(runId, { duplicates }),
});

const numbered = (n: number, change: Partial<Delivery> = {}): Delivery => buildDelivery(`${ID}${n}`, change);

const buildRun = (change: Partial<ObservedRun> = {}): ObservedRun => ({
  repositoryId: "1",
  runId: "900",
  runAttempt: 1,
  workflow: WORKFLOW,
  event: "repository_dispatch",
  actor: "zekt[bot]",
  title: "Deploy",
  headSha: "a",
  status: "in_progress",
  conclusion: null,
  createdAt: iso(NOW + SECOND),
  ...change,
});

test("a run is of the one delivery that was dispatched shortly before it", () => {
  expect(inferDelivery(buildRun(), ["built"], [numbered(1)])).toEqual({ deliveryId: `${ID}1` });
});

test("of two that fit, neither is taken", () => {
  const both = [numbered(2), numbered(1)];
  expect(inferDelivery(buildRun(), null, both)).toEqual({ ambiguous: [`${ID}1`, `${ID}2`] });
});

test("an attempt that failed started no run, so a delivery whose one run is known has no more", () => {
  const known = numbered(1, {
    owners: owner("1"),
    attempts: [tried(1, "failed"), tried(2, "dispatched")],
  });
  expect(inferDelivery(buildRun(), null, [known, numbered(2)])).toEqual({ deliveryId: `${ID}2` });
  expect(inferDelivery(buildRun(), null, [known])).toBeNull();
});

test("a run may be of a default delivery that GitHub failed with 502, which may have arrived all the same", () => {
  const failed = numbered(1, { durable: null, attempts: [tried(1, "failed")] });
  expect(inferDelivery(buildRun(), null, [failed])).toEqual({ deliveryId: `${ID}1` });
});

test("an attempt whose answer was lost may have started a run", () => {
  const known = numbered(1, {
    owners: owner("1"),
    attempts: [tried(1, "unknown"), tried(2, "dispatched")],
  });
  expect(inferDelivery(buildRun(), null, [known])).toEqual({ deliveryId: `${ID}1` });
  const both = numbered(1, { ...known, owners: owner("1", ["2"]) });
  expect(inferDelivery(buildRun(), null, [both])).toBeNull();
});

test("a run that gave the delivery up is one of its known ones", () => {
  const again = numbered(1, {
    owners: owner("2"),
    releasedRuns: ["1/1"],
    attempts: [tried(1, "dispatched"), tried(2, "dispatched")],
  });
  expect(inferDelivery(buildRun(), null, [again])).toBeNull();
});

test("a run of another workflow that gave the delivery up is none of this one's", () => {
  const decided = numbered(1, { workflow: "b.yml", releasedRuns: ["1/1"], owners: owner("2") });
  expect([...knownRuns(decided, WORKFLOW)]).toEqual(["2"]);
  expect([...knownRuns(decided, "b.yml")]).toEqual(["1"]);
  const { releasedRuns: _, ...older } = numbered(1, { owners: owner("2") });
  expect([...knownRuns(older as Delivery, WORKFLOW)]).toEqual(["2"]);
});

test("a run may be of any dispatch of its delivery", () => {
  const attempts = [tried(1, "failed", NOW - 60 * MINUTE), tried(2, "dispatched")];
  expect(mayBeOf(buildRun(), null, numbered(1, { attempts }))).toBe(true);
});

test("a run that is known to be a delivery's own stays so", () => {
  const known = numbered(1, { owners: owner("1", ["900"]) });
  expect(inferDelivery(buildRun(), null, [known, numbered(2)])).toEqual({ deliveryId: `${ID}1` });
});

test.each<[string, boolean, Partial<ObservedRun>, string[] | null, Partial<Delivery>]>([
  ["listens to the type", true, {}, ["built"], {}],
  ["listens to another type", false, {}, ["tested"], {}],
  ["is of the subscription's workflow", true, {}, null, { workflow: WORKFLOW }],
  ["is of another workflow", false, {}, null, { workflow: "b.yml" }],
  ["began two minutes after", true, { createdAt: iso(NOW + 2 * MINUTE) }, null, {}],
  ["began later", false, { createdAt: iso(NOW + 2 * MINUTE + SECOND) }, null, {}],
  ["began before, by GitHub's clock", true, { createdAt: iso(NOW - 15 * SECOND) }, null, {}],
  ["began long before", false, { createdAt: iso(NOW - 16 * SECOND) }, null, {}],
  ["names it", true, { title: `Deploy ${ID}1`, createdAt: iso(0) }, ["tested"], {}],
  ["names another", false, { title: `Deploy ${ID}2` }, null, {}],
])("a run that %s may be a delivery's: %s", (_, may, run, types, delivery) => {
  expect(mayBeOf(buildRun(run), types, numbered(1, delivery))).toBe(may);
});

test.each([
  ["success", true],
  ["neutral", true],
  ["skipped", true],
  ["failure", false],
  ["cancelled", false],
  ["timed_out", false],
  ["action_required", false],
  ["stale", false],
  [null, false],
])("a run that ended %s ended well: %s", (conclusion, well) => {
  expect(isSuccess(conclusion)).toBe(well);
});

test("runs can be confirmed where they are tracked, or a workflow has used the confirm action", () => {
  expect(canConfirm({ tracking: true, confirmedAt: null })).toBe(true);
  expect(canConfirm({ tracking: false, confirmedAt: iso(NOW) })).toBe(true);
  expect(canConfirm({ tracking: false, confirmedAt: null })).toBe(false);
});
