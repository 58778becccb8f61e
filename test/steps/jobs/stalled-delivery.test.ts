import { beforeEach, expect, test } from "vitest";
import { DAY, HOUR, MINUTE, SECOND } from "../../../app/domain/clock.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import { Refusal } from "../../../app/domain/refusal.ts";
import { handleMessage } from "../../../app/steps/jobs/handle-message.ts";
import { sweep } from "../../../app/steps/jobs/sweep.ts";
import { deliveryJob } from "../../../app/store/queues.ts";
import { type DeliveryScene, DURABLE, scenesForEachTest } from "../../support/delivery-scene.ts";

/* Work on deliveries that throws, or ends its worker, each time. */

const scenes = scenesForEachTest();
let scene: DeliveryScene;
let delivery: Delivery;
let logged: object[];

beforeEach(async () => {
  scene = await scenes.build({ durable: DURABLE });
  delivery = await scene.route();
  scene.queues.take();
  logged = [];
  const { log } = scene.deps;
  scene.deps.log = {
    ...log,
    error: (line: { event: string }) => line.event === "job.dead" && logged.push(line),
  } as unknown as typeof log;
});

const work = () => handleMessage(scene.deps, "delivery", JSON.stringify(deliveryJob(delivery)));

/** Works whatever is enqueued and due; what throws is received no second time. Answers how much it was. */
async function workQueue(): Promise<number> {
  const { deliveries } = scene.queues.take();
  for (const job of deliveries)
    await handleMessage(scene.deps, "delivery", JSON.stringify(job)).catch(() => {});
  return deliveries.length;
}

/** Passes time with its sweeps; answers how often a delivery was enqueued. With `works` each is worked on. */
async function pass(ms: number, { step = MINUTE, works = true } = {}): Promise<number> {
  let enqueued = 0;
  for (const end = scene.clock.at + ms; scene.clock.at < end; ) {
    scene.clock.at += step;
    await sweep(scene.deps);
    enqueued += works ? await workQueue() : scene.queues.take().deliveries.length;
  }
  return enqueued;
}

/** Makes the archive refuse to be read; returns what ends that. */
function breakArchive(error: unknown = new Error("The archive refuses it.")): () => void {
  const { archive } = scene.deps.store;
  const { findPayload } = archive;
  archive.findPayload = () => Promise.reject(error);
  return () => {
    archive.findPayload = findPayload;
  };
}

test("a delivery whose work throws each time is enqueued ever later, and fails after ten failures with a reason and a log line", async () => {
  const { accounts, notices } = scene.deps.store;
  await accounts.setRepository({
    repositoryId: scene.consumer,
    notifications: { by: "issue", number: null, written: null },
  });
  breakArchive();
  expect(await pass(8 * HOUR)).toBe(10);
  const { deliveryId, correlationId } = delivery;
  expect(await scene.reread(delivery)).toMatchObject({
    status: "Failed",
    isFinalized: true,
    dueAt: null,
    attempts: [],
    failure: {
      stage: "before-github",
      kind: "internal",
      reason: expect.stringContaining("failed 10 times by an error of its own"),
    },
  });
  expect(logged).toEqual([{ event: "job.dead", job: "delivery", correlationId, deliveryId, failures: 10 }]);
  expect(await notices.list(scene.consumer)).toMatchObject([{ kind: "dead-letter", deliveryId }]);
  expect(await pass(DAY, { step: HOUR })).toBe(0);
  expect(scene.sent).toEqual([]);
});

test("failures within one wait count once, so that an hour of them ends nothing", async () => {
  const mend = breakArchive();
  for (const end = scene.clock.at + HOUR; scene.clock.at < end; scene.clock.at += MINUTE)
    await expect(work()).rejects.toThrow("The archive refuses it.");
  mend();
  expect(await scene.reread(delivery)).toMatchObject({ status: "Pending", stall: { failures: 5 } });
  await work();
  expect(await scene.reread(delivery)).toMatchObject({ status: "Dispatched", stall: null });
  expect(logged).toEqual([]);
});

test("an outage of GitHub's is no failure of the work", async () => {
  const mend = breakArchive(new Refusal("unavailable", "GitHub did not answer."));
  await pass(3 * DAY, { step: HOUR });
  mend();
  expect(await scene.reread(delivery)).toMatchObject({ status: "Pending" });
  await pass(HOUR, { step: HOUR });
  expect(scene.sent).toHaveLength(1);
  expect(logged).toEqual([]);
});

test("a delivery that ends its worker each time is enqueued once an hour at last, and fails after 14 days", async () => {
  await pass(12 * HOUR, { works: false });
  expect(await pass(12 * HOUR, { works: false })).toBe(12);
  await pass(14 * DAY, { step: HOUR, works: false });
  expect(logged).toMatchObject([{ event: "job.dead", job: "delivery" }]);
  expect(await scene.reread(delivery)).toMatchObject({
    status: "Failed",
    failure: { kind: "internal", reason: expect.stringContaining("was cut off for 14 days") },
  });
  expect(await pass(DAY, { step: HOUR, works: false })).toBe(0);
});

test("a wait whose end throws each time is tried ever later, and fails after ten failures at its stage", async () => {
  await work();
  Object.assign(scene.deps.github, { as: () => Promise.reject(new Error("It cannot be asked.")) });
  await pass(8 * HOUR, { works: false });
  expect(logged).toMatchObject([{ event: "job.dead", job: "delivery", failures: 10 }]);
  expect(await scene.reread(delivery)).toMatchObject({
    status: "Failed",
    failure: { stage: "confirmation", kind: "internal" },
  });
  expect(scene.sent).toHaveLength(1);
});

test("a delivery that waited long in a queue, and is worked on at last, is sent once", async () => {
  await pass(10 * DAY, { step: HOUR, works: false });
  scene.queues.deliveries.push({ ...deliveryJob(delivery), at: scene.clock.at });
  await workQueue();
  expect(scene.sent).toHaveLength(1);
  await pass(3 * SECOND, { step: SECOND });
  expect(scene.sent).toHaveLength(1);
  expect(logged).toEqual([]);
});
