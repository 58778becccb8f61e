import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { DAY, iso, MINUTE } from "../../../app/domain/clock.ts";
import { dispatchInSlot, startAttempt } from "../../../app/domain/delivery/attempt.ts";
import { PAUSE_AFTER } from "../../../app/domain/delivery/connection-state.ts";
import { maintainHooks } from "../../../app/steps/hooks/maintain-hooks.ts";
import { runEveryMinute } from "../../../app/steps/jobs/run-every-minute.ts";
import { setBackWaits } from "../../../app/steps/jobs/set-back-waits.ts";
import { sweep } from "../../../app/steps/jobs/sweep.ts";
import { CATCH_UP, LAST_SWEEP, NEXT_APP_LOG } from "../../../app/store/fact-kinds.ts";
import {
  type DeliveryScene,
  type DeliveryScenes,
  DURABLE,
  startDeliveryScenes,
} from "../../support/delivery-scene.ts";

/* A clock that was ahead by a day and is set right: whatever waits for a moment that it had seen goes on. */

let scenes: DeliveryScenes;
/** The time that has passed by the clock that nobody sets, in milliseconds. */
let passed: number;
const monotonic = performance.now.bind(performance);
beforeEach(async () => {
  passed = 0;
  vi.spyOn(performance, "now").mockImplementation(() => monotonic() + passed);
  scenes = await startDeliveryScenes();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await scenes.close();
});

/** Sets the clock right, and has the queue forget what it was to hand out later. */
async function setRight(scene: DeliveryScene): Promise<void> {
  scene.clock.at -= DAY;
  scene.queues.deliveries.splice(0);
  await setBackWaits(scene.deps);
}

/** Passes some minutes, with a sweep in each. */
async function sweepFor(scene: DeliveryScene, minutes: number): Promise<void> {
  for (let n = 0; n < minutes; n++) {
    scene.clock.at += MINUTE;
    passed += MINUTE;
    await sweep(scene.deps);
    await scene.work();
  }
}

test("a delivery that waits for its retry is dispatched within minutes", async () => {
  const scene = await scenes.build({ durable: DURABLE });
  scene.clock.at += DAY;
  const delivery = await scene.route();
  scene.answers.push({ status: 503 });
  await scene.work();
  await sweep(scene.deps);
  scene.answers.push({ status: 503 });
  await scene.work();
  await setRight(scene);
  await sweepFor(scene, 4);
  expect(await scene.reread(delivery)).toMatchObject({ status: "Dispatched" });
});

test("the minute's schedule finds by the minute before that the clock was ahead, as on AWS, and sets back what waits", async () => {
  const scene = await scenes.build({ durable: DURABLE });
  scene.clock.at += DAY;
  const delivery = await scene.route();
  for (let failed = 0; failed < 2; failed++) {
    scene.answers.push({ status: 503 });
    await scene.work();
    await runEveryMinute(scene.deps);
  }
  scene.clock.at -= DAY;
  scene.queues.deliveries.splice(0);
  await runEveryMinute(scene.deps);
  await sweepFor(scene, 4);
  expect(await scene.reread(delivery)).toMatchObject({ status: "Dispatched" });
  const alive = await scene.deps.store.facts.get(LAST_SWEEP.of());
  expect(Date.parse(alive?.at ?? "")).toBeLessThanOrEqual(scene.clock.at);
});

test("what the schedule could not set back is set back by the next", async () => {
  const scene = await scenes.build({ durable: DURABLE });
  const { facts, jobs } = scene.deps.store;
  await facts.set(LAST_SWEEP.of(), { at: iso(scene.clock.at + DAY) });
  const setBack = vi.spyOn(jobs, "setBack").mockRejectedValueOnce(new Error("throttled"));
  await expect(runEveryMinute(scene.deps)).rejects.toThrow();
  expect(await facts.get(LAST_SWEEP.of())).toEqual({ at: iso(scene.clock.at + DAY) });
  await runEveryMinute(scene.deps);
  expect(setBack).toHaveBeenCalledTimes(2);
  expect(await facts.get(LAST_SWEEP.of())).toEqual({ at: iso(scene.clock.at) });
});

test("a delivery that waits for a slot of its consumer's budget is dispatched within minutes", async () => {
  const scene = await scenes.build({ durable: DURABLE });
  scene.clock.at += DAY;
  const delivery = await scene.route();
  const waiting = dispatchInSlot(delivery, scene.clock.at + MINUTE);
  expect(await scene.deps.store.deliveries.replace(delivery, waiting)).toBe(true);
  await setRight(scene);
  await sweepFor(scene, 5);
  expect(await scene.reread(delivery)).toMatchObject({ status: "Dispatched" });
});

test("a delivery leased by a worker that died is dispatched within minutes, and says what it may be", async () => {
  const scene = await scenes.build();
  scene.clock.at += DAY;
  const delivery = await scene.route();
  const { deliveries } = scene.deps.store;
  const leased = {
    ...delivery,
    attempts: [
      {
        number: 1,
        startedAt: iso(scene.clock.at),
        holder: "dead",
        endedAt: null,
        status: null,
        outcome: "leased" as const,
        possibleDuplicate: false,
        failure: null,
      },
    ],
    dueAt: iso(scene.clock.at + MINUTE),
  };
  expect(await deliveries.replace(delivery, leased)).toBe(true);
  await setRight(scene);
  await sweepFor(scene, 3);
  expect(scene.sent.at(-1)?.client_payload.zekt).toMatchObject({ possibleDuplicate: true });
});

test("a durable delivery whose worker died is looked for within minutes, though a message comes before the waits are set back", async () => {
  const scene = await scenes.build({ durable: { ...DURABLE, confirmWithin: 86_400 } });
  scene.clock.at += DAY;
  const delivery = await scene.route();
  const { deliveries } = scene.deps.store;
  const lease = startAttempt(delivery, "dead", scene.clock.at);
  if (!("go" in lease)) throw new Error("The delivery is not leased");
  expect(await deliveries.replace(delivery, lease.go)).toBe(true);
  scene.clock.at -= DAY;
  const held = await scene.reread(delivery);
  const found = startAttempt(held, "other", scene.clock.at, () => true);
  if (!("look" in found)) throw new Error("The run of the first dispatch is not looked for");
  expect(Date.parse(found.look.dueAt as string) - scene.clock.at).toBeLessThanOrEqual(MINUTE);
  // As a worker wrote it that reckoned by the clock ahead, and wrote once it was right.
  const dueAt = iso(scene.clock.at + DAY - MINUTE);
  expect(await deliveries.replace(held, { ...found.look, dueAt })).toBe(true);
  await setBackWaits(scene.deps);
  await sweepFor(scene, 5);
  expect(await scene.reread(delivery)).toMatchObject({ status: "Dispatched" });
});

test("an event whose routing was lost is routed within minutes", async () => {
  const scene = await scenes.build();
  scene.clock.at += DAY;
  const run = await scene.lostEvent();
  await setRight(scene);
  await sweepFor(scene, 3);
  expect(scene.sent.map(({ client_payload }) => client_payload.zekt)).toMatchObject([
    { correlationId: run.runId },
  ]);
});

test("a stored job, and one that waits for GitHub, is enqueued within minutes", async () => {
  const scene = await scenes.build();
  const { jobs } = scene.deps.store;
  scene.clock.at += DAY;
  const issue = { kind: "issue", ownerId: "1" } as const;
  await jobs.enqueue([{ ...issue, repositoryId: "1" }]);
  await jobs.enqueue([{ ...issue, repositoryId: "2" }], scene.clock.at + MINUTE);
  scene.queues.jobs.splice(0);
  await setRight(scene);
  await sweepFor(scene, 4);
  expect(scene.queues.jobs.map(({ job }) => job).sort()).toEqual(["issue#1", "issue#2"]);
});

test("a paused connection is probed, and a webhook looked after, within minutes", async () => {
  const scene = await scenes.build();
  const { connections, accounts } = scene.deps.store;
  scene.clock.at += DAY;
  const { subscriptionId } = scene.subscription;
  const state = await connections.get(subscriptionId);
  const failure = { stage: "github", kind: "service-unavailable", reason: "down", status: 502 } as const;
  const dueAt = iso(scene.clock.at + 30 * MINUTE);
  await connections.replace(state, { ...state, failures: PAUSE_AFTER, pausedAt: dueAt, failure, dueAt });
  await accounts.scheduleRepository(scene.provider, dueAt);
  await setRight(scene);
  scene.clock.at += 31 * MINUTE;
  expect((await connections.pastDue(10)).map((one) => one.subscriptionId)).toEqual([subscriptionId]);
  expect((await accounts.pastDue(10)).map(({ repositoryId }) => repositoryId)).toContain(scene.provider);
});

test("logs of webhooks are read again, and a catch-up ends", async () => {
  const scene = await scenes.build();
  const { facts } = scene.deps.store;
  const ahead = iso(scene.clock.at + DAY);
  await facts.set(NEXT_APP_LOG.of(), { at: ahead });
  await facts.set(CATCH_UP.of(), { since: ahead, startedAt: ahead, horizon: ahead });
  await setBackWaits(scene.deps);
  expect(await facts.get(NEXT_APP_LOG.of())).toBeNull();
  expect(await facts.get(CATCH_UP.of())).toMatchObject({ startedAt: iso(scene.clock.at) });
  for (let n = 0; n < 3; n++) {
    scene.clock.at += MINUTE;
    await maintainHooks(scene.deps, { limit: 10 });
  }
  expect(await facts.get(CATCH_UP.of())).toBeNull();
});

test("what a clock that is right has written stays as it is", async () => {
  const scene = await scenes.build({ durable: DURABLE });
  const delivery = await scene.route();
  scene.answers.push({ status: 503 });
  await scene.work();
  const waiting = await scene.reread(delivery);
  scene.clock.at -= 30_000;
  await setBackWaits(scene.deps);
  expect(await scene.reread(delivery)).toEqual(waiting);
});

test("moments reckoned by a clock ahead and written once it was right are set back too", async () => {
  const scene = await scenes.build({ durable: { ...DURABLE, confirmWithin: 3600 } });
  const { deliveries } = scene.deps.store;
  const [retried, confirmed] = [await scene.route(), await scene.route()];
  const ahead = scene.clock.at + DAY;
  await deliveries.replace(retried, { ...retried, notBefore: iso(ahead), dueAt: iso(ahead) });
  await deliveries.replace(confirmed, {
    ...confirmed,
    status: "Dispatched",
    dueFor: "confirmation",
    notBefore: null,
    dueAt: iso(ahead + 60 * MINUTE),
  });
  await setBackWaits(scene.deps);
  expect(await scene.reread(retried)).toMatchObject({ notBefore: iso(scene.clock.at) });
  // As long as GitHub's limits and retries may take, and no longer.
  const { dueAt } = await scene.reread(confirmed);
  expect(Date.parse(dueAt as string) - scene.clock.at).toBeGreaterThan(60 * MINUTE);
  expect(Date.parse(dueAt as string) - scene.clock.at).toBeLessThan(DAY / 2);
});
