import { afterAll, beforeAll, expect, test } from "vitest";
import { iso, SECOND } from "../../../app/domain/clock.ts";
import type { ReplayJob } from "../../../app/domain/records/replay-job.ts";
import {
  cancelReplay,
  type ReplayRequest,
  startReplay,
  workReplay,
} from "../../../app/steps/replay/bulk-replay.ts";
import {
  type DeliveryScene,
  type DeliveryScenes,
  startDeliveryScenes,
} from "../../support/delivery-scene.ts";

/* Many deliveries of one connection are sent once more, a page of ten at a time. */

let scenes: DeliveryScenes;
beforeAll(async () => {
  scenes = await startDeliveryScenes();
});
afterAll(() => scenes.close());

interface Replay {
  scene: DeliveryScene;
  job: ReplayJob;
  /** Works the page that a queue message of this version asks for. */
  page(version: number): Promise<ReplayJob>;
}

/** A connection with so many dispatched deliveries, and a job that replays them. */
async function buildReplay(count: number, change: Partial<ReplayRequest> = {}): Promise<Replay> {
  const scene = await scenes.build();
  const { deps, clock, subscription } = scene;
  // An owner of its own, whom nothing of other scenes concerns.
  const ownerId = `owner-${scene.consumer}`;
  await deps.store.accounts.saveAccount({ ownerId, login: "initech" });
  for (let n = 0; n < count; n++) {
    await scene.route();
    clock.at += SECOND;
  }
  await scene.work();
  const job = await startReplay(
    deps,
    { ...subscription, ownerId },
    {
      subscriptionId: subscription.subscriptionId,
      from: iso(0),
      to: iso(clock.at),
      statuses: ["Dispatched"],
      dryRun: false,
      requestedBy: "hubot",
      asker: { changesConsumer: true, changesProvider: false },
      ...change,
    },
  );
  clock.at += SECOND;
  return {
    scene,
    job,
    async page(version) {
      await workReplay(deps, { jobId: job.jobId, version });
      return (await deps.store.replayJobs.get(job.jobId)) as ReplayJob;
    },
  };
}

const replaysOf = async ({ list }: DeliveryScene) =>
  (await list()).filter(({ replayOf }) => replayOf !== null);

test("a job replays what it is asked for, page by page, each delivery once", async () => {
  const { scene, job, page } = await buildReplay(12);
  expect(scene.queues.jobs).toMatchObject([{ kind: "replay", jobId: job.jobId, version: 1 }]);
  expect(await page(1)).toMatchObject({ state: "running", examined: 10, replayed: 10 });
  expect(scene.queues.jobs.at(-1)).toMatchObject({ kind: "replay", version: 2 });
  // The message again: its page is done, and the next is enqueued once more, should it have been lost.
  await page(1);
  expect(await page(2)).toMatchObject({
    state: "done",
    examined: 12,
    matched: 12,
    replayed: 12,
    refused: {},
  });
  await page(2);
  expect(await replaysOf(scene)).toHaveLength(12);
});

test("a dry run counts and sends nothing", async () => {
  const { scene, page } = await buildReplay(12, { dryRun: true });
  expect(await page(1)).toMatchObject({ state: "done", matched: 12, replayed: 0 });
  expect(await replaysOf(scene)).toEqual([]);
});

test("a job takes only what ended as it names", async () => {
  const { scene, page } = await buildReplay(3, { statuses: ["Failed"] });
  expect(await page(1)).toMatchObject({ state: "done", examined: 3, matched: 0, replayed: 0 });
  expect(await replaysOf(scene)).toEqual([]);
});

test("a job that is cancelled goes no further", async () => {
  const { scene, job, page } = await buildReplay(12);
  await page(1);
  expect(await cancelReplay(scene.deps, job.jobId)).toMatchObject({ state: "cancelled" });
  expect(await page(2)).toMatchObject({ state: "cancelled", replayed: 10 });
  expect(await replaysOf(scene)).toHaveLength(10);
});

test("a job stops, with the reason, once the consumer's owner switches replays off", async () => {
  const { scene, job, page } = await buildReplay(25);
  await page(1);
  await scene.deps.store.accounts.saveAccount({ ownerId: job.ownerId, login: "initech", replay: false });
  const enqueued = scene.queues.jobs.length;
  const reason =
    "Replays are switched off for initech; whoever administers it can switch them on under its owner's settings.";
  expect(await page(2)).toMatchObject({ state: "cancelled", replayed: 10, refused: { [reason]: 10 } });
  expect(scene.queues.jobs).toHaveLength(enqueued);
  expect(await page(3)).toMatchObject({ state: "cancelled", replayed: 10 });
  expect(await replaysOf(scene)).toHaveLength(10);
});

test("a provider's job stops once its service lets providers replay no more", async () => {
  const { scene, page } = await buildReplay(12, { asker: { changesConsumer: false, changesProvider: true } });
  const { catalog } = scene.deps.store;
  const service = await catalog.getService({
    repositoryId: scene.provider,
    serviceId: scene.subscription.serviceId,
  });
  if (!service) throw new Error("There is no service.");
  const allowing = { ...service, providerReplay: true, updatedAt: "first" };
  await catalog.removeService(service);
  await catalog.addService(allowing);
  expect(await page(1)).toMatchObject({ state: "running", replayed: 10 });
  await catalog.replaceService(allowing, { ...allowing, providerReplay: false });
  expect(await page(2)).toMatchObject({ state: "cancelled", replayed: 10 });
  expect(await replaysOf(scene)).toHaveLength(10);
});
