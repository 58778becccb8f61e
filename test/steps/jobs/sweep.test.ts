import { expect, test } from "vitest";
import { DAY, HOUR, iso, MINUTE, SECOND } from "../../../app/domain/clock.ts";
import { RUN_TTL } from "../../../app/domain/limits.ts";
import { deliver } from "../../../app/steps/delivery/deliver.ts";
import { ingest } from "../../../app/steps/intake/ingest.ts";
import { route } from "../../../app/steps/intake/route.ts";
import { sweep } from "../../../app/steps/jobs/sweep.ts";
import { deliveryJob } from "../../../app/store/queues.ts";
import { DEPLOY, type DeliveryScene, DURABLE, scenesForEachTest } from "../../support/delivery-scene.ts";
import { completedWebhook } from "../../support/model.ts";

/* What a sweep takes up again, after its queue message or its worker was lost. */

const scenes = scenesForEachTest();

test("an event whose routing was lost is enqueued again, after two minutes and not before, until it is routed", async () => {
  const { deps, provider, queues, clock } = await scenes.build();
  await ingest(deps, completedWebhook(provider, 1));
  queues.routing.splice(0);
  expect(await sweep(deps)).toMatchObject({ events: 0 });
  clock.at += 2 * MINUTE + SECOND;
  for (let n = 0; n < 2; n++) {
    expect(await sweep(deps)).toMatchObject({ events: 1 });
    const run = { repositoryId: provider, runId: "7", runAttempt: 1 };
    expect(queues.routing.splice(0)).toMatchObject([run]);
    // Each time it waits twice as long, so that a queue that is behind is not filled with the same.
    expect(await sweep(deps)).toMatchObject({ events: 0 });
    clock.at += 2 ** (n + 2) * MINUTE + SECOND;
  }
  await route(deps, { repositoryId: provider, runId: "7", runAttempt: 1 });
  expect(await sweep(deps)).toMatchObject({ events: 0 });
});

test("a delivery whose queue message was lost is enqueued again, and dispatched once", async () => {
  const scene = await scenes.build();
  const delivery = await scene.route();
  scene.queues.take();
  expect(await sweep(scene.deps)).toMatchObject({ deliveries: 0 });
  scene.clock.at += 2 * MINUTE + SECOND;
  expect(await sweep(scene.deps)).toMatchObject({ deliveries: 1 });
  expect(scene.queues.deliveries).toMatchObject([deliveryJob(delivery)]);
  await sweep(scene.deps);
  await scene.work();
  expect(scene.sent).toHaveLength(1);
  scene.clock.at += DAY;
  expect(await sweep(scene.deps)).toMatchObject({ deliveries: 0 });
});

test("a delivery whose worker died with its lease is taken up two minutes after it was enqueued, once the lease is over", async () => {
  const scene = await scenes.build();
  const delivery = await scene.route();
  scene.queues.take();
  const { replace } = scene.deps.store.deliveries;
  // The write of GitHub's answer is where the worker dies.
  let writes = 0;
  scene.deps.store.deliveries.replace = async function (this: unknown, ...args) {
    if (++writes === 2) throw new Error("The process ended.");
    return await replace.apply(this as never, args);
  };
  await expect(deliver(scene.deps, deliveryJob(delivery))).rejects.toThrow("The process ended.");
  scene.deps.store.deliveries.replace = replace;
  expect(await sweep(scene.deps)).toMatchObject({ deliveries: 0 });
  scene.clock.at += 2 * MINUTE;
  await sweep(scene.deps);
  await scene.work();
  expect(scene.sent.map(({ client_payload }) => client_payload.zekt.possibleDuplicate)).toEqual([
    undefined,
    true,
  ]);
  expect(await scene.reread(delivery)).toMatchObject({ status: "Dispatched", isFinalized: true });
});

test.each([
  ["its figures are recorded", "meters", "recordGrowing"],
  ["its notice is raised", "notices", "open"],
  ["it is known that its notice was raised", "deliveries", "endRecording"],
] as const)(
  "a delivery that failed and whose worker died before %s is found by the sweep, told of and counted once",
  async (_, store, method) => {
    const scene = await scenes.build({ durable: DURABLE });
    const { accounts, notices, deliveries, meters } = scene.deps.store;
    await accounts.setRepository({
      repositoryId: scene.consumer,
      notifications: { by: "issue", number: null, written: null },
    });
    const delivery = await scene.route();
    scene.queues.take();
    scene.answers.push({ status: 404, body: { message: "Not Found" } });
    const target = scene.deps.store[store] as unknown as Record<string, unknown>;
    const standing = target[method];
    target[method] = async () => {
      throw new Error("The process ended.");
    };
    await expect(deliver(scene.deps, deliveryJob(delivery))).rejects.toThrow("The process ended.");
    target[method] = standing;
    scene.queues.deliveries.splice(0);
    expect(await scene.reread(delivery)).toMatchObject({ status: "Failed", isFinalized: true });
    scene.clock.at += 2 * MINUTE + SECOND;
    expect(await sweep(scene.deps)).toMatchObject({ deliveries: 1 });
    const { deliveryId, subscriptionId } = delivery;
    expect(await notices.list(scene.consumer)).toMatchObject([{ kind: "dead-letter", deliveryId }]);
    expect(await deliveries.get(deliveryId)).toMatchObject({ status: "Failed", dueAt: null });
    scene.clock.at += DAY;
    expect(await sweep(scene.deps)).toMatchObject({ deliveries: 0 });
    const counted = await meters.total(
      `connection#${subscriptionId}`,
      scene.clock.at - 2 * DAY,
      scene.clock.at,
    );
    expect(counted).toMatchObject({ "health:total": 1, "health:failed": 1 });
    expect(scene.sent).toHaveLength(1);
  },
);

test.each([
  ["its figures are recorded", "meters", "recordGrowing"],
  ["it is known that they were", "deliveries", "endRecording"],
] as const)(
  "a delivery that the sweep found completed and whose worker died before %s is counted once by the next",
  async (_, store, method) => {
    const scene = await buildFollowed();
    const delivery = await scene.route();
    await scene.work();
    const { deliveries, meters } = scene.deps.store;
    // Its webhooks were lost.
    scene.files[DEPLOY] = "on: repository_dispatch\njobs: {}\n";
    scene.runs.push(listedRun(scene));
    scene.clock.at += 10 * MINUTE + SECOND;
    const target = scene.deps.store[store] as unknown as Record<string, unknown>;
    const standing = target[method];
    target[method] = async () => {
      throw new Error("The process ended.");
    };
    await sweep(scene.deps);
    target[method] = standing;
    const { deliveryId, subscriptionId } = delivery;
    expect(await deliveries.get(deliveryId)).toMatchObject({ status: "Completed", isFinalized: true });
    scene.clock.at += 3 * MINUTE;
    expect(await sweep(scene.deps)).toMatchObject({ deliveries: 1 });
    expect(await deliveries.get(deliveryId)).toMatchObject({ status: "Completed", dueAt: null });
    scene.clock.at += DAY;
    expect(await sweep(scene.deps)).toMatchObject({ deliveries: 0 });
    const scope = `connection#${subscriptionId}`;
    const counted = await meters.total(scope, scene.clock.at - 2 * DAY, scene.clock.at);
    expect(counted).toMatchObject({ "health:total": 1, "health:completed": 1 });
  },
);

/** The run of a scene's delivery as GitHub lists it once it ended well. */
const listedRun = (scene: DeliveryScene) => ({
  id: 1,
  run_attempt: 1,
  path: DEPLOY,
  event: "repository_dispatch",
  status: "completed",
  conclusion: "success",
  head_branch: "main",
  head_sha: "a".repeat(40),
  html_url: "https://github.example/runs/1",
  actor: { login: "zekt[bot]" },
  name: "Deploy",
  display_title: "Deploy",
  created_at: iso(scene.clock.at),
  run_started_at: iso(scene.clock.at),
  updated_at: iso(scene.clock.at),
});

test("a delivery that failed costs one write more than its failure, and nothing is due of it", async () => {
  const scene = await scenes.build({ durable: DURABLE });
  const delivery = await scene.route();
  scene.answers.push({ status: 404, body: { message: "Not Found" } });
  const { deliveries } = scene.deps.store;
  const { endRecording } = deliveries;
  let ended = 0;
  deliveries.endRecording = async (one) => {
    ended += 1;
    await endRecording.call(deliveries, one);
  };
  await scene.work();
  expect(await scene.reread(delivery)).toMatchObject({ status: "Failed", dueAt: null });
  await deliver(scene.deps, deliveryJob(delivery));
  expect(ended).toBe(1);
});

test("a message that no event ever joined is counted once as orphaned, and removed", async () => {
  const { deps, say, provider, clock } = await scenes.build();
  const { eventId: messageId } = await say();
  clock.at += RUN_TTL - SECOND;
  expect(await sweep(deps)).toMatchObject({ orphanedMessages: 0 });
  clock.at += 2 * SECOND;
  expect(await sweep(deps)).toMatchObject({ orphanedMessages: 1 });
  expect(await sweep(deps)).toMatchObject({ orphanedMessages: 0 });
  expect(await deps.store.runs.getMessage({ repositoryId: provider, runId: "7", messageId })).toBeNull();
  const counted = await deps.store.meters.total("owner#1", clock.at - 2 * HOUR, clock.at + HOUR);
  expect(counted.orphanedMessages).toBe(1);
});

/** A durable subscription whose consumer's runs are followed, so that something can confirm its deliveries. */
async function buildFollowed() {
  const scene = await scenes.build({ durable: DURABLE });
  await scene.deps.store.accounts.setRepository({ repositoryId: scene.consumer, tracking: true });
  return scene;
}

test("a wait for a confirmation ends, and its delivery is dispatched again", async () => {
  const scene = await buildFollowed();
  const delivery = await scene.route();
  await scene.work();
  scene.clock.at += 10 * MINUTE + SECOND;
  expect(await sweep(scene.deps)).toMatchObject({ deliveries: 1 });
  expect(await scene.reread(delivery)).toMatchObject({
    dueFor: "dispatch",
    failure: { stage: "confirmation", reason: "No run of the consumer confirmed it within 600 s." },
  });
  scene.clock.at += 5 * SECOND;
  await scene.work();
  expect(scene.sent).toHaveLength(2);
});

test("a wait that cannot be ended holds up no other, and is tried again", async () => {
  const [bad, good] = [await buildFollowed(), await buildFollowed()];
  const stuck = [await bad.route(), await bad.route()];
  const other = await good.route();
  await bad.work();
  await good.work();
  const { accounts } = bad.deps.store;
  const { getRepository } = accounts;
  accounts.getRepository = async (id: string) => {
    if (id === bad.consumer) throw new Error("The store did not answer.");
    return await getRepository.call(accounts, id);
  };
  good.deps.store.accounts = accounts;
  good.clock.at += 10 * MINUTE + SECOND;
  expect(await sweep(good.deps)).toMatchObject({ deliveries: 3 });
  expect(await good.reread(other)).toMatchObject({ dueFor: "dispatch" });
  for (const one of stuck) expect(await bad.reread(one)).toMatchObject({ dueFor: "confirmation" });
  accounts.getRepository = getRepository;
  await sweep(good.deps);
  for (const one of stuck) expect(await bad.reread(one)).toMatchObject({ dueFor: "dispatch" });
});

test("an hour that is over is folded into its total, which stays as it was", async () => {
  const scene = await scenes.build();
  await scene.route();
  await scene.work();
  const { meters } = scene.deps.store;
  const [from, to] = [scene.clock.at - HOUR, scene.clock.at + HOUR];
  const before = await meters.total(`repository#${scene.provider}`, from, to);
  expect(before).toEqual({ eventsAllowed: 1 });
  scene.clock.at += 4 * HOUR;
  expect((await sweep(scene.deps)).hoursFolded).toBeGreaterThan(0);
  expect(await meters.total(`repository#${scene.provider}`, from, to)).toEqual(before);
});
