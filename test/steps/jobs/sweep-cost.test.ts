import { afterEach, expect, test } from "vitest";
import { HOUR, iso, MINUTE, SECOND } from "../../../app/domain/clock.ts";
import { newConnection } from "../../../app/domain/delivery/connection-state.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import { sweep } from "../../../app/steps/jobs/sweep.ts";
import { until } from "../../../harness/stage.ts";
import {
  DEPLOY,
  type DeliveryScene,
  type DeliveryScenes,
  DURABLE,
  startDeliveryScenes,
} from "../../support/delivery-scene.ts";
import { startRounds } from "../../support/rounds.ts";

/* The work of a sweep: in proportion to waits and runs, within its time, and fair to every consumer. */

const opened: DeliveryScenes[] = [];
const open = async (): Promise<DeliveryScenes> => {
  const scenes = await startDeliveryScenes();
  opened.push(scenes);
  return scenes;
};
afterEach(async () => {
  for (const scenes of opened.splice(0)) await scenes.close();
});

const LISTENS = "on: repository_dispatch\njobs: {}\n";

/** A run of the consumer as GitHub lists it. */
const listed = (scene: DeliveryScene, id: number, change: object = {}) => ({
  id,
  run_attempt: 1,
  name: "Deploy",
  path: DEPLOY,
  event: "repository_dispatch",
  status: "in_progress",
  conclusion: null,
  head_branch: "main",
  head_sha: "a".repeat(40),
  html_url: `https://github.example/runs/${id}`,
  actor: { login: "zekt[bot]" },
  display_title: `Deploy ${id}`,
  created_at: iso(scene.clock.at),
  run_started_at: iso(scene.clock.at),
  updated_at: iso(scene.clock.at),
  ...change,
});

/** A consumer for which so many deliveries wait, and whose repository has so many runs. */
async function waitingScene(scenes: DeliveryScenes, waits: number, runs: number): Promise<DeliveryScene> {
  const scene = await scenes.build({ durable: DURABLE });
  scene.files[DEPLOY] = LISTENS;
  await scene.deps.store.accounts.setRepository({ repositoryId: scene.consumer, tracking: true });
  for (let n = 0; n < waits; n++) await scene.route();
  await scene.work();
  // Of another hour's dispatches: each is looked at, and fits none.
  scene.clock.at += 5 * MINUTE;
  scene.runs.push(...Array.from({ length: runs }, (_, n) => listed(scene, 1000 + n)));
  scene.clock.at += 5 * MINUTE + SECOND;
  return scene;
}

/** Counts the calls of tables in a sweep over so many waits of one consumer with so many runs. */
async function callsOfSweep(waits: number, runs: number): Promise<number> {
  const scenes = await open();
  const { deps } = await waitingScene(scenes, waits, runs);
  const before = scenes.calls();
  expect(await sweep(deps)).toMatchObject({ deliveries: waits });
  return scenes.calls() - before;
}

test("the sweep's work grows with the sum of waits and runs, not with their product", {
  timeout: 120_000,
}, async () => {
  const [few, many] = [await callsOfSweep(40, 150), await callsOfSweep(80, 300)];
  expect(many).toBeLessThanOrEqual(2 * few);
  // It took 72,670.
  expect(many).toBeLessThan(6000);
});

test("runs are asked for once a sweep and repository, from the oldest wait on", async () => {
  const scene = await waitingScene(await open(), 12, 30);
  await sweep(scene.deps);
  expect(scene.listed).toBe(1);
});

test("the files of runs that have not ended are read some at once, each once", async () => {
  const scene = await waitingScene(await open(), 1, 0);
  const commits = Array.from({ length: 40 }, (_, n) => n.toString(16).padStart(40, "0"));
  scene.runs.push(
    ...[...commits, ...commits].map((head_sha, n) => listed(scene, 1000 + n, { head_sha, status: "queued" })),
  );
  const rounds = startRounds();
  const asked: string[] = [];
  scene.beforeFile = async (address) => {
    asked.push(address);
    await rounds.turn();
  };
  await sweep(scene.deps);
  expect(asked.toSorted()).toEqual([...new Set(asked)].toSorted());
  expect(asked).toHaveLength(commits.length);
  expect(rounds.count).toBeLessThanOrEqual(8);
});

test("a consumer whose GitHub does not answer costs the others nothing", async () => {
  const scenes = await open();
  const [slow, other] = [await waitingScene(scenes, 3, 1), await waitingScene(scenes, 3, 1)];
  const waiting = async (scene: DeliveryScene) =>
    (await scene.list()).filter(({ dueFor }) => dueFor === "confirmation").length;
  slow.beforeList = () => until(async () => (await waiting(other)) === 0);
  slow.clock.at = other.clock.at;
  await sweep(slow.deps);
  expect([await waiting(slow), await waiting(other)]).toEqual([0, 0]);
});

test("a part whose time is over leaves the rest to the next sweep, and the other parts their own", async () => {
  const scene = await waitingScene(await open(), 4, 1);
  scene.clock.at += 4 * HOUR;
  let elapsed = 0;
  scene.deps.clock.monotonic = () => elapsed;
  scene.beforeList = async () => {
    elapsed += 2 * MINUTE;
  };
  const first = await sweep(scene.deps);
  expect(first.deliveries).toBe(1);
  expect(first.hoursFolded).toBeGreaterThan(0);
  scene.beforeList = null;
  expect((await sweep(scene.deps)).deliveries).toBe(3);
});

test("a connection that cannot be looked after holds up no other", async () => {
  const scenes = await open();
  const [bad, good] = [await scenes.build(), await scenes.build()];
  const { connections, deliveries } = good.deps.store;
  for (const { subscription, deps } of [bad, good]) {
    const { subscriptionId } = subscription;
    const state = { ...newConnection(subscriptionId), releases: 1, dueAt: iso(good.clock.at) };
    await deps.store.connections.replace(newConnection(subscriptionId), state);
  }
  const { parked } = deliveries;
  deliveries.parked = async (subscriptionId, limit) => {
    if (subscriptionId === bad.subscription.subscriptionId) throw new Error("The store did not answer.");
    return await parked.call(deliveries, subscriptionId, limit);
  };
  expect(await sweep(good.deps)).toMatchObject({ connections: 2 });
  expect((await connections.get(good.subscription.subscriptionId)).dueAt).toBeNull();
  expect((await connections.get(bad.subscription.subscriptionId)).dueAt).not.toBeNull();
});

test("an overdue list of any length is worked off in pages, without a request for what is dead", {
  timeout: 120_000,
}, async () => {
  const scenes = await open();
  const dead = await waitingScene(scenes, 1, 1);
  const live = await waitingScene(scenes, 1, 1);
  const [pattern] = await dead.list();
  const { accounts, deliveries } = dead.deps.store;
  await accounts.setRepository({ repositoryId: dead.consumer, reachable: false });
  for (let n = 0; n < 2500; n++) await deliveries.add({ ...(pattern as Delivery), deliveryId: `dead-${n}` });
  expect(await sweep(live.deps)).toMatchObject({ deliveries: 2502 });
  expect([dead.listed, live.listed]).toEqual([0, 1]);
  expect((await live.list())[0]).toMatchObject({ dueFor: "dispatch" });
  expect(await sweep(live.deps)).toMatchObject({ deliveries: 0 });
});
