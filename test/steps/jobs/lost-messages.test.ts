import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HOUR, iso, MINUTE, SECOND } from "../../../app/domain/clock.ts";
import { newConnection } from "../../../app/domain/delivery/connection-state.ts";
import type { Failure } from "../../../app/domain/records/delivery.ts";
import { eraseOwner } from "../../../app/steps/installations/erase-owner.ts";
import { handleMessage } from "../../../app/steps/jobs/handle-message.ts";
import { sweep } from "../../../app/steps/jobs/sweep.ts";
import { updatePausedNotice } from "../../../app/steps/notices/raise-notice.ts";
import { startReplay } from "../../../app/steps/replay/bulk-replay.ts";
import type { StoredJob } from "../../../app/store/jobs.ts";
import type { QueueName } from "../../../app/store/queues.ts";
import { type Receiver, startReceiver } from "../../fake-github/stage.ts";
import {
  type AppWorld,
  type Pair,
  sendMessage,
  startAppWorld,
  subscribed,
  WORKFLOW,
} from "../../main/app-world.ts";
import { randomOf } from "../../support/random.ts";

/* For an hour queue messages are taken away at random. Everything that was promised ends all the same, only later. */

const FAILURE: Failure = { stage: "github", kind: "not-found", reason: "No such repository.", status: 404 };

let world: AppWorld;
let pair: Pair;
let other: Pair;
let receiver: Receiver;
/** Messages in the queues. */
let queued: { queue: QueueName; body: object; at: number }[];
/** The share of messages that are taken away, and how many were. */
let loss: number;
let lost: number;
let random: () => number;

beforeEach(async () => {
  world = await startAppWorld();
  world.deps.settings.privateReceivers = true;
  receiver = await startReceiver();
  [pair, other] = [await subscribed(world), await subscribed(world)];
  queued = [];
  [lost, loss] = [0, 0];
  const { queues } = world.deps.store;
  const into =
    (queue: QueueName) =>
    async (messages: readonly { delaySeconds?: number }[]): Promise<void> => {
      for (const { delaySeconds = 0, ...body } of messages) {
        if (random() < loss) lost += 1;
        else queued.push({ queue, body, at: world.deps.clock.now() + delaySeconds * SECOND });
      }
    };
  vi.spyOn(queues, "enqueueRouting").mockImplementation(into("routing") as never);
  vi.spyOn(queues, "enqueueJobs").mockImplementation(into("routing"));
  vi.spyOn(queues, "enqueueDeliveries").mockImplementation(into("delivery"));
});
afterEach(async () => {
  vi.restoreAllMocks();
  receiver.close();
  await world.close();
});

/** Works what is in the queues, and what comes of it. */
async function work(): Promise<void> {
  await world.github.control.idle();
  for (;;) {
    const now = world.deps.clock.now();
    const next = queued.find(({ at }) => at <= now);
    if (!next) return;
    queued.splice(queued.indexOf(next), 1);
    await handleMessage(world.deps, next.queue, JSON.stringify(next.body));
  }
}

/** Passes time a minute at a time, with the sweep of each. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= MINUTE) {
    world.pass(MINUTE);
    await sweep(world.deps);
    await work();
  }
}

async function startRun(): Promise<number> {
  const { control } = world.github;
  const { id } = await control.startRun({ repository: pair.provider, workflow: WORKFLOW });
  await control.completeRun(id, "success");
  await control.idle();
  return id;
}

const jobsOf = async (fullName: string): Promise<StoredJob[]> => {
  const found: StoredJob[] = [];
  for await (const page of world.deps.store.jobs.ofOwner(world.ownerId(fullName))) found.push(...page);
  return found;
};

test.each([1, 2, 3])(
  "whatever was promised ends, though queue messages are lost for an hour (seed %i)",
  async (seed) => {
    random = randomOf(seed);
    const { accounts, catalog, deliveries, replayJobs } = world.deps.store;
    const consumer = world.repositoryId(pair.consumer);
    const list = async () => (await deliveries.list("consumer", consumer, { limit: 100 })).items;
    for (let n = 0; n < 12; n++) {
      await startRun();
      await work();
    }
    expect(await list()).toHaveLength(12);
    await accounts.setRepository({
      repositoryId: consumer,
      notifications: {
        ...{ by: "webhook", url: receiver.url, nonce: "n", secretVersion: 1 },
        ...{ problem: null, ended: false },
      },
    });

    loss = 0.8;
    // A message that comes after its event was routed.
    const late = await startRun();
    await pass(10 * MINUTE);
    await sendMessage(world, String(late), "late");
    // A bulk replay, of two pages.
    const subscription = await catalog.findSubscription(pair.subscription);
    if (!subscription) throw new Error("There is no subscription.");
    const replaying = await startReplay(world.deps, subscription, {
      ...{ subscriptionId: pair.subscription, from: iso(0), to: iso(world.deps.clock.now()) },
      ...{ statuses: ["Dispatched"], dryRun: false, requestedBy: "hubot" },
      asker: { changesConsumer: true, changesProvider: false },
    });
    const hubot = world.github.control.createAccount({ login: "hubot" });
    world.github.control.repository(pair.consumer).collaborators.set(hubot.id, "maintain");
    // A notice, which the receiver refuses at first.
    receiver.status = 500;
    const state = newConnection(pair.subscription);
    await updatePausedNotice(world.deps, {
      ...state,
      pausedAt: iso(world.deps.clock.now()),
      failure: FAILURE,
    });
    // A new installation, and one that ends.
    world.organisation("newcomer", "newcomer");
    const { slug } = [...world.github.world.apps.values()][0] as { slug: string };
    await world.github.control.install({ app: slug, account: "newcomer", repositories: "all" });
    const { installationId } = await world.repository(other.consumer);
    await world.github.control.uninstall(Number(installationId));
    await pass(50 * MINUTE);
    expect(lost).toBeGreaterThan(10);
    receiver.status = 204;

    loss = 0;
    // A notice that was refused often waits for up to two hours and 24 minutes before it is sent again.
    await pass(4 * HOUR);
    const made = await list();
    expect(made.filter(({ status }) => status !== "Dispatched")).toEqual([]);
    expect(made.filter(({ eventType }) => eventType === "late")).toHaveLength(1);
    expect(await replayJobs.get(replaying.jobId)).toMatchObject({ state: "done" });
    expect(made.filter(({ replayOf }) => replayOf !== null).length).toBeGreaterThanOrEqual(12);
    expect(receiver.received.at(-1)?.body).toContain("connection.paused");
    expect((await accounts.getRepository(consumer))?.notifications).toMatchObject({ problem: null });
    expect(await world.repository("newcomer/newcomer")).toMatchObject({ reachable: true });
    const erased = world.ownerId(other.consumer);
    expect(await accounts.getAccount(erased)).toMatchObject({ installation: "none" });

    // An erasure that is too much for one call.
    loss = 0.8;
    await eraseOwner(world.deps, erased, 0);
    await pass(HOUR);
    loss = 0;
    await pass(2 * HOUR);
    expect(await accounts.getAccount(erased)).toBeNull();
    expect(await accounts.getRepository(world.repositoryId(other.consumer))).toBeNull();
    for (const name of [pair.provider, pair.consumer, other.provider, other.consumer, "newcomer/newcomer"])
      expect([name, await jobsOf(name)]).toEqual([name, []]);
    expect(queued).toEqual([]);
  },
  60_000,
);
