import { globSync, readFileSync } from "node:fs";
import type { Server } from "node:http";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HOUR, iso, MINUTE } from "../../../app/domain/clock.ts";
import type { Delivery, FailureStage } from "../../../app/domain/records/delivery.ts";
import type { RunIdentity } from "../../../app/github/oidc.ts";
import { metricsOf } from "../../../app/lambda/metrics.ts";
import { complete } from "../../../app/steps/delivery/complete.ts";
import { confirm } from "../../../app/steps/delivery/confirm.ts";
import { deliver } from "../../../app/steps/delivery/deliver.ts";
import { track } from "../../../app/steps/delivery/track.ts";
import { ingest } from "../../../app/steps/intake/ingest.ts";
import { sweep } from "../../../app/steps/jobs/sweep.ts";
import { replay } from "../../../app/steps/replay/replay.ts";
import type { Storage } from "../../../app/store/ports.ts";
import { deliveryJob } from "../../../app/store/queues.ts";
import {
  attempt,
  chance,
  completedWebhook,
  openFragileStorage,
  type Setting,
  setModel,
  startPlainGitHub,
} from "../../support/model.ts";

/* What the metrics of deliveries count, over the log's own lines: whoever has one fail, it is counted once. */

const DEPLOY = ".github/workflows/deploy.yml";
const DURABLE = { confirmWithin: 600, completeWithin: 3600, maxAttempts: 1, retryOnFailure: false };

let storage: Storage;
let github: Server;
let apiUrl: string;
let dispatchStatus = 204;

beforeAll(async () => {
  storage = openFragileStorage();
  chance.random = () => 0.9;
  ({ server: github, url: apiUrl } = await startPlainGitHub(({ url = "" }) => {
    if (url.endsWith("/dispatches")) return { status: dispatchStatus };
    if (url.includes("/actions/runs?")) return { status: 200, body: { total_count: 0, workflow_runs: [] } };
    return { status: 404, body: { message: "Not Found" } };
  }));
});
afterAll(async () => {
  await storage.close();
  github.closeAllConnections();
  github.close();
});

interface Scene extends Setting {
  delivery: Delivery;
  /** Everything logged, as a function's log would have it. */
  lines: Record<string, unknown>[];
  counted(metric: string): number;
  /** Calls the complete action of the consumer's run with a failure. */
  fails(): Promise<unknown>;
  /** Makes GitHub report that the consumer's run failed. */
  isSeenToFail(): Promise<unknown>;
}

/** A delivery, dispatched unless it is held, with GitHub's answer as given. */
async function buildScene({
  durable = DURABLE as typeof DURABLE | null,
  status = 204,
  held = false,
} = {}): Promise<Scene> {
  dispatchStatus = status;
  const lines: Record<string, unknown>[] = [];
  const setting = await setModel(storage, apiUrl, [{ durable }]);
  const { deps, queues, clock, repositoryId, consumers } = setting;
  const consumer = consumers[0] as string;
  deps.log = pino(
    {
      hooks: {
        logMethod(args, method) {
          const [facts, sentence] = args as [object, string];
          method.call(this, { ...facts, ...metricsOf(facts, "test", clock.at) }, sentence);
        },
      },
    },
    { write: (line: string) => void lines.push(JSON.parse(line)) },
  );
  await deps.store.accounts.setRepository({ repositoryId: consumer, tracking: true });
  await ingest(deps, completedWebhook(repositoryId, 1));
  await queues.workOne(deps, null);
  if (!held) while (await queues.workOne(deps, null));
  const { items } = await deps.store.deliveries.list("consumer", consumer);
  const delivery = items[0] as Delivery;
  const { deliveryId } = delivery;
  return {
    ...setting,
    delivery,
    lines,
    counted: (metric) => lines.reduce((sum, line) => sum + Number(line[metric] ?? 0), 0),
    fails: () =>
      complete(deps, identityOf(consumer), { ...named(delivery), success: false, conclusion: "failure" }),
    isSeenToFail: () =>
      track(deps, {
        repositoryId: consumer,
        runId: "99",
        runAttempt: 1,
        workflow: DEPLOY,
        event: "repository_dispatch",
        actor: "zekt[bot]",
        title: `Deploy ${deliveryId}`,
        headSha: "a".repeat(40),
        status: "completed",
        conclusion: "failure",
        createdAt: iso(clock.at),
      }),
  };
}

const named = ({ deliveryId }: Delivery) => ({ deliveryId, correlationId: null });

const identityOf = (repositoryId: string) =>
  ({
    repository: "consumer/r",
    repositoryId,
    repositoryOwnerId: "1",
    runId: "99",
    runAttempt: 1,
    eventName: "repository_dispatch",
    ref: "refs/heads/main",
    workflowRef: `consumer/r/${DEPLOY}@refs/heads/main`,
  }) as RunIdentity;

async function revoke({ deps, delivery }: Scene): Promise<void> {
  const { serviceId } = delivery.source;
  const standing = await deps.store.catalog.getSubscription({ ...delivery, serviceId });
  if (standing) await deps.store.catalog.updateSubscription(standing, { status: "revoked" });
}

async function passTime({ deps, clock }: Scene, ms: number): Promise<void> {
  clock.at += ms;
  await sweep(deps);
}

const PATHS: [string, FailureStage, Parameters<typeof buildScene>[0], (scene: Scene) => Promise<unknown>][] =
  [
    ["GitHub refuses its dispatch", "github", { durable: null, status: 404 }, async () => {}],
    ["GitHub fails at its last attempt", "github", { status: 503 }, async () => {}],
    [
      "it may not leave any more",
      "before-github",
      { held: true },
      async (scene) => {
        await revoke(scene);
        await deliver(scene.deps, deliveryJob(scene.delivery));
      },
    ],
    ["its run completes it as failed", "conclusion", {}, (scene) => scene.fails()],
    ["its run is seen to fail", "conclusion", {}, (scene) => scene.isSeenToFail()],
    ["no run confirms it in time", "confirmation", {}, (scene) => passTime(scene, 11 * MINUTE)],
    [
      "no run completes it in time",
      "completion",
      {},
      async (scene) => {
        await confirm(scene.deps, identityOf(scene.consumers[0] as string), named(scene.delivery));
        await passTime(scene, 2 * HOUR);
      },
    ],
  ];

test.each(PATHS)(
  "a delivery is counted as failed, once and with the reason, where %s",
  async (_, stage, how, fail) => {
    const scene = await buildScene(how);
    await fail(scene);
    expect(scene.counted("DeliveriesFailed")).toBe(1);
    const { deps, delivery } = scene;
    const failed = await deps.store.deliveries.get(delivery.deliveryId);
    expect(failed).toMatchObject({ status: "Failed", failure: { stage } });
    const [line] = scene.lines.filter(({ event }) => event === "delivery.failed");
    expect(line).toMatchObject({
      level: 40,
      correlationId: delivery.correlationId,
      deliveryId: delivery.deliveryId,
      reason: failed?.failure?.reason,
      stage,
    });
    // Whatever comes again: the queue's message, what its run says, what GitHub tells, the schedule.
    for (let n = 0; n < 2; n++) {
      await deliver(deps, deliveryJob(delivery));
      await scene.fails();
      await scene.isSeenToFail();
      await passTime(scene, 3 * HOUR);
      while (await scene.queues.workOne(deps, null));
    }
    expect(scene.counted("DeliveriesFailed")).toBe(1);
  },
);

test("of those who tell of a failure at the same time, one counts it", async () => {
  const scene = await buildScene();
  await Promise.all([scene.fails(), scene.isSeenToFail(), scene.fails()]);
  expect(scene.counted("DeliveriesFailed")).toBe(1);
});

test("a failure whose counts were cut off is counted once when it is told again", async () => {
  const scene = await buildScene();
  expect(await attempt(() => scene.fails(), 1)).toBe(false);
  await scene.fails();
  expect(scene.counted("DeliveriesFailed")).toBe(1);
});

test("what failed is not counted again where it is marked as replayed", async () => {
  const scene = await buildScene();
  await scene.fails();
  const { deps, delivery } = scene;
  const failed = (await deps.store.deliveries.get(delivery.deliveryId)) as Delivery;
  await replay(deps, failed, `delivery-again-${delivery.deliveryId}`);
  expect(scene.counted("DeliveriesFailed")).toBe(1);
});

test("a failure that is tried again is not counted as one", async () => {
  const scene = await buildScene({ durable: { ...DURABLE, maxAttempts: 2, retryOnFailure: true } });
  await scene.fails();
  expect(scene.counted("DeliveriesFailed")).toBe(0);
});

test("a dispatch that GitHub takes is counted, and its delivery not as failed", async () => {
  const scene = await buildScene();
  await deliver(scene.deps, deliveryJob(scene.delivery));
  expect(scene.counted("DeliveriesDispatched")).toBe(1);
  expect(scene.counted("DeliveriesFailed")).toBe(0);
});

test("no step moves a delivery past the place that counts failures", () => {
  const moving = globSync("app/**/*.ts").filter((file) =>
    /\bdeliveries\s*\.replace\(/.test(readFileSync(file, "utf8")),
  );
  expect(moving).toEqual(["app/steps/delivery/update-delivery.ts"]);
});
