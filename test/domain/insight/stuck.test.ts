import { expect, test } from "vitest";
import {
  stuckConnection,
  stuckDeadJob,
  stuckDelivery,
  stuckEvent,
  stuckJob,
} from "../../../app/domain/insight/stuck.ts";
import type { ConnectionState } from "../../../app/domain/records/connection-state.ts";
import type { Stall } from "../../../app/domain/records/delivery.ts";
import type { StoredEvent } from "../../../app/domain/records/run.ts";
import { buildAttempt, buildDelivery } from "../delivery/build-delivery.ts";

/* Work that should have ended, as those who run a deployment see it. */

const [T1, T2, T3] = ["2026-01-01T00:00:01.000Z", "2026-01-01T00:00:02.000Z", "2026-01-01T00:00:03.000Z"];
const FAILURE = { stage: "github", kind: "network", reason: "down", status: null } as const;

const buildStall = (change: Partial<Stall> = {}): Stall => ({
  since: null,
  enqueued: 0,
  failures: 0,
  failedAt: null,
  ...change,
});
const ofStall = (change: Partial<Stall>) => stuckDelivery(buildDelivery("d", { stall: buildStall(change) }));

test("what was enqueued once more goes its way, and what was so twice, or failed once, is stuck", () => {
  const event = { runId: "1", run: {} } as unknown as StoredEvent;
  const job = { jobId: "j", ownerId: "9", job: { kind: "export" }, writtenAt: T1 };
  const kinds = (failures: number, enqueued: number) => [
    ofStall({ failures, enqueued }) !== null,
    stuckEvent({ ...event, failures, enqueued }) !== null,
    stuckJob({ ...job, failures, enqueued }) !== null,
  ];
  expect(kinds(0, 1)).toEqual([false, false, false]);
  expect(kinds(0, 2)).toEqual([true, true, true]);
  expect(kinds(1, 0)).toEqual([true, true, true]);
  expect(stuckEvent(event)).toBeNull();
  expect(stuckDelivery(buildDelivery("d"))).toBeNull();
});

test("a stuck delivery says since when, how often it failed, why, and when it is tried again", () => {
  const stall = buildStall({ since: T2, failedAt: T3, failures: 2, ending: { times: 3, at: T3 } });
  const attempts = [buildAttempt(1), buildAttempt(2), buildAttempt(3, { failure: FAILURE })];
  expect(stuckDelivery(buildDelivery("d", { stall, attempts, dueAt: T3 }))).toEqual({
    kind: "delivery",
    id: "d",
    ownerId: "9",
    what: "built",
    since: T2,
    failures: 5,
    nextAt: T3,
    reason: "down",
  });
  expect(ofStall({ ending: { times: 1, at: T3 } })?.failures).toBe(1);
});

test("a delivery is stuck since it was enqueued again, else since it failed, else since it was made", () => {
  const sinceOf = (change: Partial<Stall>) => ofStall({ failures: 1, ...change })?.since;
  expect(sinceOf({ failedAt: T3 })).toBe(T3);
  expect(sinceOf({})).toBe(buildDelivery("d").createdAt);
  expect(ofStall({ failures: 1 })?.reason).toBeNull();
  const unanswered = buildDelivery("d", { stall: buildStall({ failures: 1 }), attempts: [] });
  expect(stuckDelivery(unanswered)?.reason).toBeNull();
});

test("a delivery of a paused connection is not listed by itself", () => {
  const stall = buildStall({ failures: 1 });
  const waiting = buildDelivery("d", { stall, dueFor: "dispatch", parkedAt: T1 });
  expect(stuckDelivery(waiting)).toBeNull();
});

test("a stuck event is named by its run and its workflow", () => {
  const event = { runId: "7", ownerId: "9", run: { path: "a.yml" }, receivedAt: T1 } as StoredEvent;
  const stuck = { kind: "event", id: "7", ownerId: "9", what: "a.yml", since: T1, reason: null };
  expect(stuckEvent({ ...event, failures: 3, dueAt: T2 })).toEqual({ ...stuck, failures: 3, nextAt: T2 });
  expect(stuckEvent({ ...event, enqueued: 2 })).toEqual({ ...stuck, failures: 0, nextAt: null });
});

test("a stuck job is named by its kind, and one that was given up is never tried again", () => {
  const job = { jobId: "j", ownerId: "9", job: { kind: "export" }, writtenAt: T1, enqueued: 2, failures: 3 };
  const stuck = { kind: "job", id: "j", ownerId: "9", what: "export", since: T1, failures: 3, reason: null };
  expect(stuckJob({ ...job, dueAt: T2 })).toEqual({ ...stuck, nextAt: T2 });
  expect(stuckJob(job)).toEqual({ ...stuck, nextAt: null });
  const dead = { kind: "export", id: "j", ownerId: "9", at: T1, failures: 3 };
  expect(stuckDeadJob(dead)).toEqual({ ...stuck, kind: "dead-job", nextAt: null });
});

test("a paused connection is stuck since its pause, with the failure that paused it", () => {
  const state: ConnectionState = {
    subscriptionId: "s",
    failures: 5,
    pausedAt: T1,
    failure: FAILURE,
    probes: 1,
    dueAt: T2,
    version: 1,
  };
  const stuck = { kind: "connection", id: "s", ownerId: "9", what: "paused", since: T1, failures: 5 };
  expect(stuckConnection(state, "9")).toEqual({ ...stuck, nextAt: T2, reason: "down" });
  expect(stuckConnection({ ...state, failure: null }, "9").reason).toBeNull();
  expect(stuckConnection({ ...state, pausedAt: null }, "9").since).toBe("");
});
