import type { WorkflowRunEvent } from "@octokit/webhooks-types";
import { expect, test, vi } from "vitest";
import { iso, MINUTE } from "../../../app/domain/clock.ts";
import { connectionScope } from "../../../app/domain/delivery/delivery-facts.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import { complete } from "../../../app/steps/delivery/complete.ts";
import { ingest } from "../../../app/steps/intake/ingest.ts";
import { sweep } from "../../../app/steps/jobs/sweep.ts";
import { RUN_OWNER } from "../../../app/store/fact-kinds.ts";
import {
  DEPLOY,
  type DeliveryScene,
  type DeliveryScenes,
  DURABLE,
  deliveryScenes,
} from "../../support/delivery-scene.ts";
import { completedWebhook } from "../../support/model.ts";

/* A consumer's run says how it ended, by the complete action. */

const scenes = deliveryScenes();

const OTHER = "consumer/r/.github/workflows/notify.yml@refs/heads/main";

/** A dispatched delivery, and what its run says of its end. */
async function buildDispatched(subscription: Parameters<DeliveryScenes["build"]>[0] = { durable: DURABLE }) {
  const scene: DeliveryScene = await scenes.build(subscription);
  const delivery: Delivery = await scene.route();
  await scene.work();
  const say = (success: boolean, change: Parameters<DeliveryScene["identity"]>[0] = {}) =>
    complete(scene.deps, scene.identity(change), {
      deliveryId: delivery.deliveryId,
      correlationId: null,
      success,
      conclusion: null,
    });
  return { scene, delivery, say };
}

test.each([
  [true, "Completed", "success"],
  [false, "Failed", "failure"],
])(
  "the owner's result ends its delivery, and again changes nothing: %s",
  async (success, status, conclusion) => {
    const { scene, delivery, say } = await buildDispatched();
    const first = await say(success);
    expect(first).toMatchObject({ status, isFinalized: true });
    const stored = await scene.reread(delivery);
    expect(stored).toMatchObject({ conclusion, dueAt: null, owners: { [DEPLOY]: { via: "action" } } });
    scene.clock.at += MINUTE;
    expect(await say(success)).toEqual(first);
    expect(await scene.reread(delivery)).toEqual(stored);
  },
);

test("on one machine the figures have an end that no webhook tells, though the process ended for longer than a step calls", async () => {
  const { scene, delivery, say } = await buildDispatched();
  Object.assign(scene.deps.settings, { soleWorker: "before" });
  const record = vi
    .spyOn(scene.deps.store.meters, "recordGrowing")
    .mockRejectedValueOnce(new Error("The process ended."));
  await expect(say(true)).rejects.toThrow("The process ended.");
  record.mockRestore();
  scene.clock.at += 10 * MINUTE;
  await sweep(scene.deps);
  expect(await scene.reread(delivery)).toMatchObject({ status: "Completed", dueAt: null });
  const { meters } = scene.deps.store;
  const scope = connectionScope(delivery.subscriptionId);
  const counts = await meters.total(scope, Date.parse(delivery.createdAt), scene.clock.at);
  expect(counts).toMatchObject({ "health:total": 1, "health:completed": 1 });
});

test("another workflow's result is noted, and ends nothing where the subscription names one", async () => {
  const { scene, delivery, say } = await buildDispatched({ durable: DURABLE, workflow: DEPLOY });
  expect(await say(false, { runId: "901", workflowRef: OTHER })).toMatchObject({ isFinalized: false });
  expect(await say(true)).toMatchObject({ status: "Completed", isFinalized: true });
  const { owners } = await scene.reread(delivery);
  expect(owners[".github/workflows/notify.yml"]).toMatchObject({ conclusion: "failure" });
});

test("a failure that is to be tried again leads to another dispatch, whose run owns the delivery", async () => {
  const { scene, delivery, say } = await buildDispatched({ durable: { ...DURABLE, retryOnFailure: true } });
  expect(await say(false)).toMatchObject({ isFinalized: false });
  scene.clock.at += MINUTE;
  await scene.work();
  expect(scene.sent).toMatchObject([{}, { client_payload: { zekt: { attempt: 2 } } }]);
  expect(await say(true, { runId: "901" })).toMatchObject({ status: "Completed" });
  expect((await scene.reread(delivery)).owners[DEPLOY]).toMatchObject({ runId: "901" });
});

test("a result that comes after the wait for it ended is noted, and the delivery stays failed", async () => {
  const { scene, delivery, say } = await buildDispatched();
  const failure = { stage: "completion", kind: "timeout", reason: "late", status: null } as const;
  const now = await scene.reread(delivery);
  await scene.deps.store.deliveries.replace(now, {
    ...now,
    status: "Failed",
    isFinalized: true,
    failure,
    dueFor: null,
    dueAt: null,
  });
  expect(await say(true)).toMatchObject({ status: "Failed", isFinalized: true });
  expect(await scene.reread(delivery)).toMatchObject({
    failure,
    owners: { [DEPLOY]: { conclusion: "success" } },
  });
});

test("the webhook of an end that the run has reported is not tracked again; another end, or a later attempt, is", async () => {
  const { scene, say } = await buildDispatched();
  const { deps, consumer, queues } = scene;
  await deps.store.accounts.setRepository({ repositoryId: consumer, tracking: true });
  const { runId, runAttempt } = scene.identity();
  const tracked = async (change: Record<string, unknown> = {}): Promise<number> => {
    const before = queues.jobs.length;
    const { workflow_run: run, ...payload } = completedWebhook(consumer, runAttempt) as WorkflowRunEvent;
    const told = { ...run, id: Number(runId), event: "repository_dispatch", status: "completed", ...change };
    await ingest(deps, { ...payload, workflow_run: told } as WorkflowRunEvent);
    return queues.jobs.length - before;
  };
  expect(await tracked()).toBe(1);
  await say(true);
  expect(await tracked()).toBe(0);
  expect(await tracked({ conclusion: "failure" })).toBe(1);
  expect(await tracked({ run_attempt: runAttempt + 1 })).toBe(1);
  expect(await tracked({ id: Number(runId) + 1 })).toBe(1);
});

test("a run's end is logged by its key, with the delivery's ids and state", async () => {
  const { scene, delivery, say } = await buildDispatched();
  const info = vi.spyOn(scene.deps.log, "info");
  await say(true);
  const { correlationId, deliveryId } = delivery;
  const line = { event: "delivery.completed", correlationId, deliveryId, status: "Completed" };
  expect(info).toHaveBeenCalledWith(line, expect.any(String));
});

test("the end that a run told is recorded with the run; one that ended nothing is not", async () => {
  const { scene, delivery, say } = await buildDispatched({ durable: DURABLE, workflow: DEPLOY });
  const { facts } = scene.deps.store;
  const owner = (runId: string) => facts.get(RUN_OWNER.of({ repositoryId: scene.consumer, runId }));
  const { deliveryId } = delivery;
  const early = await say(true, { runId: "901", workflowRef: OTHER });
  // What is not over has no end yet: the answer says when it was told.
  expect(early).toEqual({
    deliveryId,
    status: "Dispatched",
    completedAt: iso(scene.clock.at),
    isFinalized: false,
  });
  expect(await owner("901")).toEqual({ deliveryId });
  const { runId, runAttempt } = scene.identity();
  await say(false, { runId });
  expect(await owner(runId)).toEqual({ deliveryId, ended: { conclusion: "failure", runAttempt } });
});

test("of a run that a workflow_dispatch started no end is recorded, so that its webhook settles the others", async () => {
  const { scene, delivery } = await buildDispatched({
    durable: DURABLE,
    workflow: DEPLOY,
    start: "workflow_dispatch",
  });
  const runId = (await scene.reread(delivery)).attempts[0]?.runId as string;
  const { deliveryId } = delivery;
  const identity = scene.identity({ eventName: "workflow_dispatch", runId, actor: "zekt[bot]" });
  const said = { deliveryId, correlationId: null, success: true, conclusion: null };
  expect(await complete(scene.deps, identity, said)).toMatchObject({
    status: "Completed",
    isFinalized: true,
  });
  const owner = await scene.deps.store.facts.get(RUN_OWNER.of({ repositoryId: scene.consumer, runId }));
  expect(owner).toEqual({ deliveryId });
});

test("a conclusion that a run names is recorded as it names it", async () => {
  const { scene, delivery } = await buildDispatched();
  const named = { deliveryId: delivery.deliveryId, correlationId: null };
  await complete(scene.deps, scene.identity(), { ...named, success: false, conclusion: "timed_out" });
  expect(await scene.reread(delivery)).toMatchObject({ status: "Failed", conclusion: "timed_out" });
});

test("a result without a confirmation before proves its connection as well", async () => {
  const { scene, say } = await buildDispatched();
  const { connections } = scene.deps.store;
  const { subscriptionId } = scene.subscription;
  const failure = { stage: "confirmation", kind: "timeout", reason: "late", status: null } as const;
  const state = await connections.get(subscriptionId);
  await connections.replace(state, { ...state, failures: 19, failure });
  await say(true);
  expect(await connections.get(subscriptionId)).toMatchObject({ failures: 0, failure: null });
});

test.each([1, 2])(
  "a run that gave its delivery up has told no end of it, whoever ended it after: %i attempts",
  async (maxAttempts) => {
    const { scene, delivery, say } = await buildDispatched({
      durable: { ...DURABLE, retryOnFailure: true, maxAttempts },
    });
    await say(false);
    if (maxAttempts > 1) {
      scene.clock.at += MINUTE;
      await scene.work();
      await say(true, { runId: "901" });
    }
    expect(await say(false)).toMatchObject({ isFinalized: true });
    const { runId } = scene.identity();
    const owner = await scene.deps.store.facts.get(RUN_OWNER.of({ repositoryId: scene.consumer, runId }));
    expect(owner).toEqual({ deliveryId: delivery.deliveryId });
  },
);
