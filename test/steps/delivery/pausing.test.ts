import { afterEach, expect, test } from "vitest";
import { HOUR, MINUTE } from "../../../app/domain/clock.ts";
import { PAUSE_AFTER } from "../../../app/domain/delivery/connection-state.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import { deliver } from "../../../app/steps/delivery/deliver.ts";
import { sweep } from "../../../app/steps/jobs/sweep.ts";
import { deliveryJob } from "../../../app/store/queues.ts";
import { until } from "../../../harness/stage.ts";
import {
  deliveriesTo,
  dispatchesTo,
  publish,
  startDispatchedRun,
  startDurableWorld,
  startWorld,
  type World,
  zektAfter,
} from "../../../harness/world.ts";

let world: World;
afterEach(() => world.close());

const CONSUMER = "initech/consumer";
const state = () => world.server.deps.store.connections.get(world.subscriptionId);
const all = () => deliveriesTo(world, world.consumer);

/** Publishes events whose dispatch GitHub fails, until the connection is paused. */
async function failUntilPaused(): Promise<void> {
  world.github.faults.add({ route: "**/dispatches", status: 502, count: -1 });
  for (let n = 0; n < PAUSE_AFTER; n++) await publish(world);
  await until(async () => (await state()).pausedAt !== null);
}

test("twenty failures in a row pause a connection with its reason, and what comes then waits, unaged", async () => {
  world = await startWorld();
  await failUntilPaused();
  expect(await state()).toMatchObject({
    failures: PAUSE_AFTER,
    failure: { stage: "github", kind: "service-unavailable", status: 502 },
  });
  await publish(world);
  await until(async () => (await all()).some(({ parkedAt }) => parkedAt !== null));
  const waiting = (await all()).find(({ parkedAt }) => parkedAt !== null);
  expect(waiting).toMatchObject({ status: "Pending", isFinalized: false, attempts: [], dueAt: null });
  // However long it waits: the sweep leaves it where it is.
  world.github.faults.clear();
  const long = zektAfter(world, 24 * HOUR);
  const due: Delivery[] = [];
  for await (const some of long.store.deliveries.pastDue()) due.push(...some);
  expect(due.map(({ deliveryId }) => deliveryId)).not.toContain(waiting?.deliveryId);
});

test("a paused connection is probed with what waited longest, resumes by itself, and all that waited is let out", async () => {
  world = await startWorld();
  await failUntilPaused();
  for (let n = 0; n < 3; n++) await publish(world);
  await until(async () => (await all()).filter(({ parkedAt }) => parkedAt !== null).length === 3);
  await sweep(zektAfter(world, MINUTE));
  await until(async () => (await state()).probes === 1);
  expect((await state()).pausedAt).not.toBeNull();
  expect(dispatchesTo(world, CONSUMER)).toHaveLength(0);
  world.github.faults.clear();
  await sweep(zektAfter(world, 4 * MINUTE));
  await until(async () => (await state()).pausedAt === null);
  await sweep(world.server.deps);
  // A probe that failed was no attempt either: though each is a default delivery, none is lost to it.
  await until(() => dispatchesTo(world, CONSUMER).length === 3);
  await until(async () => (await all()).slice(PAUSE_AFTER).every(({ isFinalized }) => isFinalized));
  expect((await all()).slice(PAUSE_AFTER).map(({ status, attempts }) => [status, attempts.length])).toEqual(
    Array.from({ length: 3 }, () => ["Dispatched", 1]),
  );
});

test("a durable delivery that was the failed probe waits for the next one", async () => {
  world = await startDurableWorld();
  world.github.faults.add({ route: "**/dispatches", status: 503, count: -1 });
  const { deps } = world.server;
  for (let n = 0; n < PAUSE_AFTER; n++) await publish(world);
  await until(async () => (await state()).pausedAt !== null);
  const [first] = await all();
  if (!first) throw new Error("There is no delivery.");
  await deliver(zektAfter(world, HOUR), deliveryJob(first));
  expect((await deps.store.deliveries.get(first.deliveryId))?.parkedAt).not.toBeNull();
  await deliver(zektAfter(world, HOUR), { ...deliveryJob(first), probe: true });
  const probed = await deps.store.deliveries.get(first.deliveryId);
  expect(probed?.parkedAt).not.toBeNull();
  expect(probed?.attempts).toHaveLength(first.attempts.length);
});

test("a connection whose consumer takes everything and confirms nothing is paused too, and a confirm resumes it", async () => {
  world = await startDurableWorld();
  const { deps } = world.server;
  for (let n = 0; n < PAUSE_AFTER; n++) await publish(world);
  await until(
    async () => (await all()).filter(({ status }) => status === "Dispatched").length === PAUSE_AFTER,
  );
  await sweep(zektAfter(world, 11 * MINUTE));
  expect(await state()).toMatchObject({ failure: { stage: "confirmation" } });
  expect((await state()).pausedAt).not.toBeNull();
  const [delivery] = await all();
  await startDispatchedRun(world, CONSUMER, { title: `Deploy ${delivery?.deliveryId}` });
  await until(async () => (await state()).pausedAt === null);
  expect((await deps.store.deliveries.get(delivery?.deliveryId ?? ""))?.status).toBe("Confirmed");
});

test("a paused connection for which nothing waits goes on, on its last chance", async () => {
  world = await startWorld();
  await failUntilPaused();
  world.github.faults.clear();
  await sweep(zektAfter(world, MINUTE));
  expect(await state()).toMatchObject({ pausedAt: null, failures: PAUSE_AFTER - 1, releases: 1 });
  await publish(world);
  await until(() => dispatchesTo(world, CONSUMER).length === 1);
  await until(async () => (await state()).failures === 0);
});
