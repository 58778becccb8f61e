import { beforeEach, expect, test, vi } from "vitest";
import { HOUR, iso, MINUTE } from "../../../app/domain/clock.ts";
import { giveUp } from "../../../app/domain/delivery/stall.ts";
import { oneByOne } from "../../../app/domain/for-each-concurrently.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import type { RunAttempt, StoredEvent } from "../../../app/domain/records/run.ts";
import { findStuck } from "../../../app/steps/insight/find-stuck.ts";
import { resumeDeliveries, sweepDeliveries } from "../../../app/steps/jobs/end-waits.ts";
import {
  buryDelivery,
  buryEvent,
  buryJob,
  recordWorkFailure,
  routeEvent,
  workJob,
} from "../../../app/steps/jobs/handle-message.ts";
import { sweepEvents, sweepJobs } from "../../../app/steps/jobs/sweep.ts";
import { startReplay } from "../../../app/steps/replay/bulk-replay.ts";
import { ENDING_WAITS } from "../../../app/store/fact-kinds.ts";
import type { StoredJob } from "../../../app/store/jobs.ts";
import { BY_ANOTHER, beforeNext, overtake } from "../../support/another-writer.ts";
import { type DeliveryScene, DURABLE, scenesForEachTest } from "../../support/delivery-scene.ts";

/* Somebody else changes stored work between what the sweep, or a worker, has read and what it writes. */

const scenes = scenesForEachTest();
let scene: DeliveryScene;
/** Keys of the lines that say that work is dead. */
let dead: string[];
beforeEach(async () => {
  scene = await scenes.build({ durable: DURABLE });
  dead = [];
  const error = ({ event }: { event: string }) => event === "job.dead" && dead.push(event);
  scene.deps.log = Object.assign(Object.create(scene.deps.log), { error });
});

const ALWAYS = () => true;

/** Changes a delivery as it was read; returns it as it is then. */
async function change(delivery: Delivery, by: Partial<Delivery> = BY_ANOTHER): Promise<Delivery> {
  expect(await scene.deps.store.deliveries.replace(delivery, { ...delivery, ...by })).toBe(true);
  return { ...delivery, ...by, version: delivery.version + 1 };
}

/** Routes an event whose delivery is enqueued nowhere. */
async function routed(): Promise<Delivery> {
  const delivery = await scene.route();
  scene.queues.deliveries.splice(0);
  return delivery;
}

const JOB = { kind: "issue", ownerId: "o", repositoryId: "9" } as const;
const MESSAGE = { ownerId: "o", job: "issue#9" };

test("a job that is asked for anew while its tenth failure is counted is not dead", async () => {
  const { deps } = scene;
  const { jobs, accounts } = deps.store;
  accounts.getRepository = () => Promise.reject(new Error("It cannot be read."));
  await jobs.enqueue([JOB]);
  for (let times = 0; times < 9; times++) await workJob(deps, MESSAGE);
  beforeNext(jobs, "bury", () => jobs.enqueue([JOB]));
  await workJob(deps, MESSAGE);
  expect(await jobs.get(MESSAGE)).toMatchObject({ failures: 0, dueAt: expect.any(String) });
  expect(dead).toEqual([]);
  for (let times = 0; times < 10; times++) await workJob(deps, MESSAGE);
  expect(dead).toHaveLength(1);
});

test("the sweep enqueues a job that is due, and none that has ended since it was read", async () => {
  const { deps, queues, clock } = scene;
  const { jobs } = deps.store;
  await jobs.enqueue([JOB]);
  queues.jobs.splice(0);
  clock.at += 5 * MINUTE;
  await sweepJobs(deps, 100);
  expect(queues.jobs.splice(0)).toMatchObject([MESSAGE]);
  clock.at += 60 * MINUTE;
  beforeNext(jobs, "recordEnqueued", async () => await jobs.remove((await jobs.get(MESSAGE)) as StoredJob));
  await sweepJobs(deps, 100);
  expect(queues.jobs).toEqual([]);
});

test("a failure of the work counts once, on the delivery as somebody else has changed it", async () => {
  const delivery = await routed();
  overtake(scene.deps.store.deliveries, delivery);
  const read = vi.spyOn(scene.deps.store.deliveries, "get");
  await recordWorkFailure(scene.deps, delivery, new Error("It fails."));
  // As it was, and as the other had changed it: what is counted is not read again.
  expect(read).toHaveBeenCalledTimes(2);
  expect(await scene.reread(delivery)).toMatchObject({ ...BY_ANOTHER, stall: { failures: 1 } });
});

test("a tenth failure gives a delivery up once, as somebody else has changed it", async () => {
  const stall = { since: null, enqueued: 0, failures: 9, failedAt: null };
  const delivery = await change(await routed(), { stall });
  overtake(scene.deps.store.deliveries, delivery);
  const read = vi.spyOn(scene.deps.store.deliveries, "get");
  await recordWorkFailure(scene.deps, delivery, new Error("It fails."));
  expect(read).toHaveBeenCalledTimes(2);
  expect(await scene.reread(delivery)).toMatchObject({ ...BY_ANOTHER, status: "Failed" });
  expect(dead).toHaveLength(1);
});

test("a delivery that somebody else changed is not given up", async () => {
  const delivery = await routed();
  const changed = await change(delivery);
  const { at } = scene.clock;
  expect(await buryDelivery(scene.deps, delivery, giveUp(delivery, at))).toBe(false);
  expect(dead).toEqual([]);
  expect(await buryDelivery(scene.deps, changed, giveUp(changed, at))).toBe(true);
  expect(dead).toHaveLength(1);
});

test("the sweep enqueues a delivery as it was read, and none that somebody else changed since", async () => {
  const delivery = await routed();
  await change(delivery);
  await sweepDeliveries(scene.deps, [delivery], ALWAYS);
  expect(scene.queues.deliveries).toEqual([]);
  await sweepDeliveries(scene.deps, [await scene.reread(delivery)], ALWAYS);
  expect(scene.queues.deliveries).toMatchObject([{ deliveryId: delivery.deliveryId }]);
});

const eventOf = async (run: RunAttempt): Promise<StoredEvent> =>
  (await scene.deps.store.runs.getEvent(run)) as StoredEvent;

test("an event that a message makes due anew while its tenth failure is counted is not dead", async () => {
  const { runs } = scene.deps.store;
  const run = await scene.lostEvent();
  runs.load = () => Promise.reject(new Error("It cannot be read."));
  const fails = () => expect(routeEvent(scene.deps, run)).rejects.toThrow("cannot be read");
  for (let times = 0; times < 9; times++) await fails();
  beforeNext(runs, "recordRoutingFailure", () => runs.routeAgain(run));
  await fails();
  expect(await eventOf(run)).toMatchObject({ failures: 0, dueAt: expect.any(String) });
  expect(dead).toEqual([]);
});

test("the sweep enqueues an event as it was read, and none that a message has enqueued since", async () => {
  const { runs } = scene.deps.store;
  const run = await scene.lostEvent();
  const read = await eventOf(run);
  await runs.routeAgain(run);
  await sweepEvents(scene.deps, [read], oneByOne);
  expect(scene.queues.routing).toEqual([]);
  await sweepEvents(scene.deps, [await eventOf(run)], oneByOne);
  expect(scene.queues.routing).toMatchObject([run]);
});

/** Builds a delivery that waits longer than was agreed; where asked, after a sweep that died of one. */
async function overdue(hasDied: boolean): Promise<Delivery> {
  const { deps, clock, consumer } = scene;
  await deps.store.accounts.setRepository({ repositoryId: consumer, tracking: true });
  const delivery = await scene.route();
  await scene.work();
  clock.at += 30 * MINUTE;
  if (hasDied) await deps.store.facts.claim(ENDING_WAITS.of(), { at: iso(clock.at) });
  return await scene.reread(delivery);
}

test("after a sweep that died, a wait that somebody else changed before it is marked is left to the next", async () => {
  const delivery = await overdue(true);
  const hasActed = overtake(scene.deps.store.deliveries, delivery);
  await resumeDeliveries(scene.deps, ALWAYS);
  expect(hasActed()).toBe(true);
  expect(scene.listed).toBe(0);
  expect(await scene.reread(delivery)).toMatchObject({ ...BY_ANOTHER, dueFor: "confirmation" });
  expect((await scene.reread(delivery)).stall?.ending ?? null).toBeNull();
});

test("a wait is marked before its end, and after it no more, only where a sweep died", async () => {
  const { deliveries } = scene.deps.store;
  const written = vi.spyOn(deliveries, "replace");
  const marks = (): boolean[] => written.mock.calls.splice(0).map(([, { stall }]) => stall?.ending != null);
  const delivery = await overdue(true);
  marks();
  await resumeDeliveries(scene.deps, ALWAYS);
  expect(marks()).toEqual([true, true, false]);
  expect(await scene.reread(delivery)).toMatchObject({ dueFor: "dispatch" });
  await scene.work();
  const other = await overdue(false);
  marks();
  await resumeDeliveries(scene.deps, ALWAYS);
  expect(marks()).not.toContain(true);
  expect(await scene.reread(other)).toMatchObject({ dueFor: "dispatch" });
});

/** Makes the next record of dead work fail, as where the process ends. */
const cutOff = (): void => {
  vi.spyOn(scene.deps.store.facts, "record").mockRejectedValueOnce(new Error("The process ended."));
};

test("a job whose end is cut off before it is recorded is listed as dead by the next sweep, and ended once", async () => {
  const { deps, clock, queues } = scene;
  const { jobs, accounts } = deps.store;
  accounts.getRepository = () => Promise.reject(new Error("It cannot be read."));
  await jobs.enqueue([JOB]);
  for (let times = 0; times < 9; times++) await workJob(deps, MESSAGE);
  cutOff();
  await expect(workJob(deps, MESSAGE)).rejects.toThrow("The process ended.");
  queues.jobs.splice(0);
  // Its message is received again, and it is worked no more.
  await workJob(deps, MESSAGE);
  clock.at += 5 * MINUTE;
  expect(await sweepJobs(deps, 100)).toBe(1);
  expect(queues.jobs).toEqual([]);
  const listed = { kind: "dead-job", id: MESSAGE.job, failures: 10 };
  expect(await findStuck(deps)).toMatchObject([listed]);
  clock.at += HOUR;
  expect(await sweepJobs(deps, 100)).toBe(0);
  expect(await findStuck(deps)).toMatchObject([listed]);
});

test("a replay whose job's end is cut off before it is recorded does not go on for ever", async () => {
  const { deps, clock } = scene;
  const { jobs, replayJobs } = deps.store;
  const { subscription } = scene;
  const { jobId } = await startReplay(deps, subscription, {
    subscriptionId: subscription.subscriptionId,
    from: iso(clock.at - HOUR),
    to: iso(clock.at),
    statuses: ["Failed"],
    dryRun: false,
    requestedBy: "mona",
    asker: { changesConsumer: true, changesProvider: false },
  });
  const [stored] = await jobs.dueUntil(iso(clock.at + HOUR), 100);
  cutOff();
  await expect(buryJob(deps, stored as StoredJob)).rejects.toThrow("The process ended.");
  expect(await replayJobs.get(jobId)).toMatchObject({ state: "running" });
  clock.at += 5 * MINUTE;
  await sweepJobs(deps, 100);
  expect(await replayJobs.get(jobId)).toMatchObject({ state: "cancelled" });
});

test("an event whose end is cut off before it is recorded is listed as dead by the next sweep", async () => {
  const { deps, clock, queues } = scene;
  const { runs } = deps.store;
  const run = await scene.lostEvent();
  cutOff();
  await expect(buryEvent(deps, await eventOf(run))).rejects.toThrow("The process ended.");
  queues.routing.splice(0);
  clock.at += 5 * MINUTE;
  await sweepEvents(deps, (await runs.pastDue(100)).events, oneByOne);
  expect(queues.routing).toEqual([]);
  expect((await eventOf(run)).dueAt).toBeUndefined();
  expect(await findStuck(deps)).toMatchObject([{ kind: "dead-job", what: "routing", id: run.runId }]);
});

test("an event that a message makes due anew before its end is recorded is routed again", async () => {
  const { deps } = scene;
  const { runs } = deps.store;
  const run = await scene.lostEvent();
  cutOff();
  await expect(buryEvent(deps, await eventOf(run))).rejects.toThrow("The process ended.");
  await runs.routeAgain(run);
  expect(await eventOf(run)).not.toHaveProperty("deadAt");
});
