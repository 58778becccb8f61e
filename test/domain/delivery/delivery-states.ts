import { iso, MINUTE, SECOND } from "../../../app/domain/clock.ts";
import { type AttemptAnswer, endAttempt, park, startAttempt } from "../../../app/domain/delivery/attempt.ts";
import { complete } from "../../../app/domain/delivery/complete.ts";
import { confirm } from "../../../app/domain/delivery/confirm.ts";
import { isParked } from "../../../app/domain/delivery/connection-state.ts";
import { overdueTransition } from "../../../app/domain/delivery/overdue.ts";
import { markAmbiguous } from "../../../app/domain/delivery/tracking.ts";
import type { Delivery, Owner } from "../../../app/domain/records/delivery.ts";

/** Every state that a delivery can be in, and every input that can meet it there. */

export const NOW = Date.parse("2026-01-01T12:00:00Z");
const WORKFLOW = "a.yml";
const DURABLE = { confirmWithin: 600, completeWithin: 3600, maxAttempts: 2, retryOnFailure: false };

const buildDelivery = (change: Partial<Delivery> = {}): Delivery =>
  ({
    deliveryId: "delivery-1",
    status: "Pending",
    isFinalized: false,
    durable: DURABLE,
    attempts: [],
    owners: {},
    firstOwner: null,
    workflow: null,
    confirmationAttempts: 0,
    ambiguousRuns: [],
    releasedRuns: [],
    failure: null,
    dispatchedAt: null,
    confirmedAt: null,
    completedAt: null,
    conclusion: null,
    dueFor: "dispatch",
    notBefore: null,
    slotAt: null,
    parkedAt: null,
    dueAt: iso(NOW),
    version: 1,
    ...change,
  }) as Delivery;

const leased = (delivery: Delivery, at: number): Delivery => {
  const start = startAttempt(delivery, "worker", at);
  if (!("go" in start)) throw new Error("It was not leased.");
  return start.go;
};
const answered = (delivery: Delivery, answer: AttemptAnswer, at: number): Delivery =>
  endAttempt(leased(delivery, at), delivery.attempts.length + 1, answer, at, () => 0) as Delivery;
const dispatched = (delivery: Delivery, at = NOW - 20 * MINUTE): Delivery =>
  answered(delivery, { outcome: "dispatched", status: 204 }, at);

const OWNER = { workflow: WORKFLOW, runId: "1", runAttempt: 1 };
const OTHER = { workflow: WORKFLOW, runId: "2", runAttempt: 1 };
const OTHER_WORKFLOW = { workflow: "b.yml", runId: "3", runAttempt: 1 };

const confirmed = (delivery: Delivery, via: Owner["via"] = "action", at = NOW - 90 * MINUTE): Delivery =>
  confirm(delivery, OWNER, at, via).delivery;
const completed = (delivery: Delivery, success: boolean): Delivery => {
  const result = { success, conclusion: success ? "success" : "failure" };
  const ended = complete(delivery, OWNER, result, NOW - 10 * MINUTE, () => 0);
  if (!("delivery" in ended)) throw new Error("It was not completed.");
  return ended.delivery;
};
const sure = dispatched(buildDelivery());
const first = confirmed(dispatched(buildDelivery(), NOW - 100 * MINUTE));
const lost: AttemptAnswer = { outcome: "unknown", status: null, kind: "timeout", reason: "no answer" };

export const STATES = {
  "Pending, due": buildDelivery(),
  "Pending, due later": buildDelivery({ notBefore: iso(NOW + MINUTE) }),
  "Pending, waiting for its connection": park(buildDelivery(), NOW - MINUTE),
  "Pending, leased": leased(buildDelivery(), NOW - 30 * SECOND),
  "Pending, lease run out": leased(buildDelivery(), NOW - 2 * MINUTE),
  "Pending, default, lease run out": leased(buildDelivery({ durable: null }), NOW - 2 * MINUTE),
  "Pending, GitHub's answer lost": answered(buildDelivery(), lost, NOW - MINUTE),
  "Pending, GitHub's answer lost, looked for once": overdueTransition(
    answered(buildDelivery(), lost, NOW - 3 * MINUTE),
    NOW - 2 * MINUTE,
    () => 0,
  ),
  "Dispatched, default": dispatched(buildDelivery({ durable: null })),
  "Dispatched, unconfirmed too long": sure,
  "Dispatched, of a named workflow": { ...sure, workflow: WORKFLOW },
  "Dispatched, last attempt spent": dispatched(
    overdueTransition(dispatched(buildDelivery(), NOW - 60 * MINUTE), NOW - 40 * MINUTE, () => 0),
  ),
  "Confirmed, uncompleted too long": first,
  "Confirmed, only by inference": confirmed(dispatched(buildDelivery(), NOW - 100 * MINUTE), "inferred"),
  "Confirmed, to be dispatched again after a failure": completed(
    { ...first, durable: { ...DURABLE, retryOnFailure: true } },
    false,
  ),
  Completed: completed(first, true),
  "Failed, consumer's run": completed(first, false),
  "Failed, refused": answered(
    buildDelivery(),
    { outcome: "refused", status: 404, kind: "not-found", reason: "gone" },
    NOW - MINUTE,
  ),
} satisfies Record<string, Delivery>;

const end = (answer: AttemptAnswer) => (delivery: Delivery) =>
  endAttempt(delivery, delivery.attempts.length, answer, NOW, () => 0);
const say =
  (run: typeof OWNER, success: boolean, via: Owner["via"] = "action") =>
  (delivery: Delivery) => {
    const result = { success, conclusion: success ? "success" : "failure" };
    const ended = complete(delivery, run, result, NOW, () => 0, via);
    return "delivery" in ended ? ended.delivery : "foreign";
  };
const come =
  (run: typeof OWNER, via: Owner["via"] = "action") =>
  (delivery: Delivery) => {
    const answer = confirm(delivery, run, NOW, via);
    return answer.duplicate ? "duplicate" : answer.delivery;
  };

export const INPUTS = {
  "a worker takes it up": (delivery: Delivery) => {
    const start = startAttempt(delivery, "other", NOW);
    if ("go" in start) return start.go;
    if ("look" in start) return "looks for its run";
    return "wait" in start ? "waits" : start.done;
  },
  "GitHub takes it": end({ outcome: "dispatched", status: 204 }),
  "GitHub asks to wait": end({ outcome: "limited", status: 429, reason: "wait", retryAt: NOW + MINUTE }),
  "GitHub fails": end({ outcome: "failed", status: 502, kind: "service-unavailable", reason: "down" }),
  "GitHub refuses": end({ outcome: "refused", status: 404, kind: "not-found", reason: "gone" }),
  "GitHub's answer is lost": end(lost),
  "its run confirms": come(OWNER),
  "another run confirms": come(OTHER),
  "another run is inferred": come(OTHER, "inferred"),
  "another workflow confirms": come(OTHER_WORKFLOW),
  "its run succeeds": say(OWNER, true),
  "its run fails": say(OWNER, false),
  "another run succeeds": say(OTHER, true),
  "another workflow succeeds": say(OTHER_WORKFLOW, true),
  "two deliveries fit a run": (delivery: Delivery) => markAmbiguous(delivery, "9"),
  "the sweep finds no run": (delivery: Delivery) => overdueTransition(delivery, NOW, () => 0),
  "the sweep finds a run alive": (delivery: Delivery) => overdueTransition(delivery, NOW, () => 0, true),
  "its connection is paused": (delivery: Delivery) =>
    "go" in startAttempt(delivery, "other", NOW) ? park(delivery, NOW) : "nothing",
} satisfies Record<string, (delivery: Delivery) => Delivery | string | null>;

/** Describes the result for a delivery in a few words: nothing, the answer, or its status and its due work. */
export function outcome(delivery: Delivery, input: keyof typeof INPUTS): string {
  const after = INPUTS[input](delivery);
  if (after === null || after === delivery) return "nothing";
  if (typeof after === "string") return after;
  const { status, isFinalized, dueFor, attempts } = after;
  const same =
    status === delivery.status && dueFor === delivery.dueFor && isFinalized === delivery.isFinalized;
  if (same && attempts.length === delivery.attempts.length && after.dueAt === delivery.dueAt) return "noted";
  const due = isFinalized ? "final" : isParked(after) ? "waits for its connection" : `${dueFor} due`;
  return `${status}, ${due}, ${attempts.length} tried`;
}
