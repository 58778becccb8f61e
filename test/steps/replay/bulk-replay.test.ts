import { expect, test } from "vitest";
import { HOUR, iso, SECOND } from "../../../app/domain/clock.ts";
import type { ReplayJob } from "../../../app/domain/records/replay-job.ts";
import { workJob } from "../../../app/steps/jobs/handle-message.ts";
import { cancelReplay, type ReplayRequest, startReplay } from "../../../app/steps/replay/bulk-replay.ts";
import { beforeNext } from "../../support/another-writer.ts";
import { type DeliveryScene, deliveryScenes } from "../../support/delivery-scene.ts";
import { saveAccount } from "../../support/save-account.ts";

/* Many deliveries of one connection are sent once more, a page of ten at a time. */

const scenes = deliveryScenes();

interface Replay {
  scene: DeliveryScene;
  job: ReplayJob;
  /** Works the next page. */
  page(): Promise<ReplayJob>;
}

/** A connection with so many dispatched deliveries, and a job that replays them. */
async function buildReplay(count: number, change: Partial<ReplayRequest> = {}, ahead = 0): Promise<Replay> {
  const scene = await scenes.build();
  const { deps, clock, subscription } = scene;
  // An owner of its own, whom nothing of other scenes concerns.
  const ownerId = `owner-${scene.consumer}`;
  await saveAccount(deps.store.accounts, { ownerId, login: "initech" });
  for (let n = 0; n < count; n++) {
    await scene.route();
    clock.at += SECOND;
  }
  await scene.work();
  clock.at += ahead;
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
  if (ahead > 0) {
    clock.at -= ahead;
    await deps.store.jobs.setBack();
  }
  return {
    scene,
    job,
    async page() {
      await workJob(deps, { ownerId, job: `replay#${job.jobId}` });
      clock.at += 10 * SECOND;
      return (await deps.store.replayJobs.get(job.jobId)) as ReplayJob;
    },
  };
}

const replaysOf = async ({ list }: DeliveryScene) =>
  (await list()).filter(({ replayOf }) => replayOf !== null);

test("a job replays what it is asked for, page by page, each delivery once", async () => {
  const { scene, job, page } = await buildReplay(12);
  // Twice the same job: for a minute later, should the process end before it is for now.
  const { jobId } = job;
  expect(await scene.jobs()).toMatchObject([
    { kind: "replay", jobId },
    { kind: "replay", jobId },
  ]);
  expect(await page()).toMatchObject({ state: "running", examined: 10, replayed: 10 });
  expect(scene.queues.jobs).toMatchObject([{ delaySeconds: 60 }, { delaySeconds: 0 }, { delaySeconds: 10 }]);
  // The message again, before the next page is due.
  scene.clock.at -= 5 * SECOND;
  await page();
  expect(await replaysOf(scene)).toHaveLength(10);
  expect(await page()).toMatchObject({
    state: "done",
    examined: 12,
    matched: 12,
    replayed: 12,
    refused: {},
  });
  await page();
  expect(await replaysOf(scene)).toHaveLength(12);
});

test("two jobs of one connection that do the same page at once replay each delivery once between them", async () => {
  const { scene, job, page } = await buildReplay(10);
  const { deps, subscription } = scene;
  const asker = { changesConsumer: true, changesProvider: false };
  const other = await startReplay(deps, { ...subscription, ownerId: job.ownerId }, { ...job, asker });
  await Promise.all([page(), workJob(deps, { ownerId: job.ownerId, job: `replay#${other.jobId}` })]);
  const made = await replaysOf(scene);
  expect(made.map(({ replayOf }) => replayOf).sort()).toEqual(
    (await scene.list())
      .filter(({ replayOf }) => replayOf === null)
      .map(({ deliveryId }) => deliveryId)
      .sort(),
  );
  const ended = await Promise.all([job, other].map(({ jobId }) => deps.store.replayJobs.get(jobId)));
  expect(ended.reduce((sum, one) => sum + (one?.replayed ?? 0), 0)).toBe(10);
});

test("a page that is cut off and done again counts what it had replayed, and replays it once", async () => {
  const { scene, page } = await buildReplay(10);
  const { replayJobs } = scene.deps.store;
  beforeNext(replayJobs, "replace", () => Promise.reject(new Error("The process ended.")));
  expect(await page()).toMatchObject({ state: "running", replayed: 0 });
  scene.clock.at += 10 * 60 * SECOND;
  expect(await page()).toMatchObject({ state: "done", examined: 10, matched: 10, replayed: 10 });
  expect(await replaysOf(scene)).toHaveLength(10);
});

test.each([
  ["a page that is cut off is done again", 10],
  ["the next page begins", 12],
])(
  "what a job has made is no part of it, where it was begun by a clock that was ahead and %s",
  async (_, count) => {
    const { scene, page } = await buildReplay(count, {}, HOUR);
    const { replayJobs } = scene.deps.store;
    if (count === 10)
      beforeNext(replayJobs, "replace", () => Promise.reject(new Error("The process ended.")));
    let job = await page();
    for (let pages = 0; job.state === "running" && pages < 5; pages++) {
      await scene.work();
      scene.clock.at += 10 * 60 * SECOND;
      job = await page();
    }
    expect(job).toMatchObject({ state: "done", examined: count, matched: count, replayed: count });
    expect(await replaysOf(scene)).toHaveLength(count);
  },
);

test("a job whose process ended once it was stored is worked all the same", async () => {
  const scene = await scenes.build();
  const { deps, clock, subscription } = scene;
  const ownerId = `owner-${scene.consumer}`;
  const { jobs, replayJobs } = deps.store;
  const add = replayJobs.add.bind(replayJobs);
  const stored: ReplayJob[] = [];
  replayJobs.add = async (job) => {
    await add(job);
    stored.push(job);
    throw new Error("The process ended.");
  };
  const asked = { subscriptionId: subscription.subscriptionId, from: iso(0), to: iso(clock.at) };
  const asker = { changesConsumer: true, changesProvider: false };
  const request = { ...asked, statuses: ["Failed" as const], dryRun: false, requestedBy: "hubot", asker };
  await expect(startReplay(deps, { ...subscription, ownerId }, request)).rejects.toThrow(
    "The process ended.",
  );
  replayJobs.add = add;
  const [job] = stored as [ReplayJob];
  clock.at += 5 * 60 * SECOND;
  expect((await jobs.pastDue(100)).filter((one) => one.ownerId === ownerId)).toHaveLength(1);
  await workJob(deps, { ownerId, job: `replay#${job.jobId}` });
  expect(await replayJobs.get(job.jobId)).toMatchObject({ state: "done" });
});

test("a delivery whose payload is gone is not marked as replayed", async () => {
  const { scene, page } = await buildReplay(2);
  scene.deps.store.archive.findPayload = () => Promise.resolve(null);
  const reason = "The payload is not archived any more: its 90 days are over.";
  expect(await page()).toMatchObject({ state: "done", replayed: 0, refused: { [reason]: 2 } });
  expect((await scene.list()).map(({ replayedBy }) => replayedBy)).toEqual([null, null]);
});

test("a dry run counts and sends nothing", async () => {
  const { scene, page } = await buildReplay(12, { dryRun: true });
  expect(await page()).toMatchObject({ state: "done", matched: 12, replayed: 0 });
  expect(await replaysOf(scene)).toEqual([]);
});

test("a job takes only what ended as it names", async () => {
  const { scene, page } = await buildReplay(3, { statuses: ["Failed"] });
  expect(await page()).toMatchObject({ state: "done", examined: 3, matched: 0, replayed: 0 });
  expect(await replaysOf(scene)).toEqual([]);
});

test("a job that is cancelled goes no further", async () => {
  const { scene, job, page } = await buildReplay(12);
  await page();
  const stopped = { state: "cancelled" };
  expect(await cancelReplay(scene.deps, job.jobId)).toMatchObject({ job: stopped, isNew: true });
  expect(await cancelReplay(scene.deps, job.jobId)).toMatchObject({ job: stopped, isNew: false });
  expect(await page()).toMatchObject({ state: "cancelled", replayed: 10 });
  expect(await replaysOf(scene)).toHaveLength(10);
});

test("a job stops, with the reason, once the consumer's owner switches replays off", async () => {
  const { scene, job, page } = await buildReplay(25);
  await page();
  await saveAccount(scene.deps.store.accounts, { ownerId: job.ownerId, login: "initech", replay: false });
  const enqueued = scene.queues.jobs.length;
  const reason =
    "Replays are switched off for initech; an administrator can switch them on under the owner's settings.";
  expect(await page()).toMatchObject({ state: "cancelled", replayed: 10, refused: { [reason]: 10 } });
  expect(scene.queues.jobs).toHaveLength(enqueued);
  expect(await page()).toMatchObject({ state: "cancelled", replayed: 10 });
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
  expect(await page()).toMatchObject({ state: "running", replayed: 10 });
  await catalog.replaceService(allowing, { ...allowing, providerReplay: false });
  expect(await page()).toMatchObject({ state: "cancelled", replayed: 10 });
  expect(await replaysOf(scene)).toHaveLength(10);
});

test("a job stops, with the reason, once whoever asked for it has lost their role on GitHub", async () => {
  const { scene, page } = await buildReplay(25);
  expect(await page()).toMatchObject({ state: "running", replayed: 10 });
  // GitHub calls maintainers and writers alike "write"; only the former may replay.
  scene.role = () => "write";
  const reason = "Replaying needs the maintain or admin role on the consumer's repository.";
  expect(await page()).toMatchObject({ state: "cancelled", replayed: 10, refused: { [reason]: 10 } });
  expect(await page()).toMatchObject({ state: "cancelled", replayed: 10 });
  expect(await replaysOf(scene)).toHaveLength(10);
});

test("a job stops with the reason, not for a lost role, once an IP allow list keeps Zekt out", async () => {
  const { scene, page } = await buildReplay(12);
  scene.role = () => "kept-out";
  const { state, refused } = await page();
  expect(state).toBe("cancelled");
  expect(Object.keys(refused)).toEqual([expect.stringMatching(/^The organization's IP allow list lacks/)]);
});

test("a provider's job that an IP allow list stops names no organization: the consumer may know an alias alone", async () => {
  const { scene, page } = await buildReplay(12, { asker: { changesConsumer: false, changesProvider: true } });
  scene.role = () => "kept-out";
  const { state, refused } = await page();
  expect(state).toBe("cancelled");
  expect(Object.keys(refused)).toEqual([expect.stringContaining("IP allow list")]);
  expect(JSON.stringify(refused)).not.toContain("initech");
});

test("a provider's job stops once whoever asked for it has lost their role at the provider", async () => {
  const { scene, page } = await buildReplay(12, { asker: { changesConsumer: false, changesProvider: true } });
  const { catalog } = scene.deps.store;
  const key = { repositoryId: scene.provider, serviceId: scene.subscription.serviceId };
  const service = await catalog.getService(key);
  if (!service) throw new Error("There is no service.");
  await catalog.removeService(service);
  await catalog.addService({ ...service, providerReplay: true });
  // Their role at the consumer is no matter.
  scene.role = (repositoryId) => (repositoryId === scene.provider ? "maintain" : "write");
  expect(await page()).toMatchObject({ state: "running", replayed: 10 });
  scene.role = (repositoryId) => (repositoryId === scene.provider ? "write" : "maintain");
  expect(await page()).toMatchObject({ state: "cancelled", replayed: 10 });
});

test("while GitHub does not say who may, a job waits, and goes on afterwards", async () => {
  const { scene, page } = await buildReplay(12);
  scene.role = () => "down";
  expect(await page()).toMatchObject({ state: "running", examined: 0 });
  expect(await page()).toMatchObject({ state: "running", examined: 0 });
  scene.role = () => "maintain";
  scene.clock.at += 120 * SECOND;
  expect(await page()).toMatchObject({ state: "running", replayed: 10 });
  expect(await page()).toMatchObject({ state: "done", replayed: 12 });
});

test("a job of which a page fails each time ends as cancelled", async () => {
  const { scene, job, page } = await buildReplay(12);
  const { deliveries } = scene.deps.store;
  const { listAfter } = deliveries;
  deliveries.listAfter = () => Promise.reject(new Error("The list is broken."));
  for (let n = 0; n < 9; n++) expect(await page()).toMatchObject({ state: "running" });
  expect(await page()).toMatchObject({ state: "cancelled" });
  deliveries.listAfter = listAfter;
  const stopped = { state: "cancelled" };
  expect(await cancelReplay(scene.deps, job.jobId)).toMatchObject({ job: stopped, isNew: false });
});

test("a job that is cancelled while a page of it is written goes no further than that page", async () => {
  const { scene, job, page } = await buildReplay(12);
  beforeNext(scene.deps.store.replayJobs, "replace", page);
  expect(await cancelReplay(scene.deps, job.jobId)).toMatchObject({
    job: { state: "cancelled", replayed: 10 },
  });
  expect(await page()).toMatchObject({ state: "cancelled", replayed: 10 });
  expect(await replaysOf(scene)).toHaveLength(10);
});

test("a job that is cancelled while a page of it is made stays cancelled", async () => {
  const { scene, job, page } = await buildReplay(12);
  beforeNext(scene.deps.store.replayJobs, "replace", () => cancelReplay(scene.deps, job.jobId));
  expect(await page()).toMatchObject({ state: "cancelled", replayed: 0 });
  expect(await page()).toMatchObject({ state: "cancelled" });
  expect(await replaysOf(scene)).toHaveLength(10);
});
