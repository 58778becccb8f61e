import { afterEach, expect, test } from "vitest";
import { HOUR, MINUTE } from "../../../app/domain/clock.ts";
import type { Attempt, Delivery } from "../../../app/domain/records/delivery.ts";
import { sweep } from "../../../app/steps/jobs/sweep.ts";
import { until } from "../../../harness/stage.ts";
import {
  callAs,
  DEPLOY,
  deliveriesTo,
  dispatchesTo,
  listeningWorkflow,
  publish,
  startDispatchedRun,
  startDurableWorld,
  startWorld,
  tokenOf,
  type World,
  zektAfter,
  zektOf,
} from "../../../harness/world.ts";

let world: World;
afterEach(() => world.close());

const CONSUMER = "initech/consumer";
const only = async (): Promise<Delivery> => (await deliveriesTo(world, world.consumer))[0] as Delivery;
const byId = async (deliveryId: string): Promise<Delivery> =>
  (await world.server.deps.store.deliveries.get(deliveryId)) as Delivery;
const sent = () => dispatchesTo(world, CONSUMER);

/** Publishes an event and waits until GitHub took its dispatch, and that is known. */
async function deliverOne(): Promise<Delivery> {
  const before = sent().length;
  await publish(world);
  await until(async () => {
    const deliveries = await deliveriesTo(world, world.consumer);
    return sent().length > before && deliveries.every(({ status }) => status !== "Pending");
  });
  return (await deliveriesTo(world, world.consumer)).at(-1) as Delivery;
}

test("turning on tracking places a webhook, without which durable delivery is refused; turning it off removes it", async () => {
  world = await startWorld({}, {}, { files: { [DEPLOY]: listeningWorkflow(["built"]) } });
  const durable = { durable: { confirmWithin: 600 } };
  const change = () => world.api("initech-dev", "PATCH", `/subscriptions/${world.subscriptionId}`, durable);
  await expect(change()).rejects.toThrow(/completion tracking/i);
  await world.api("initech-dev", "PATCH", `/repositories/${world.consumer}`, { tracking: true });
  expect(world.github.control.repository(CONSUMER).hooks).toMatchObject([{ events: ["workflow_run"] }]);
  expect(await change()).toMatchObject({ durable: { confirmWithin: 600, maxAttempts: 8 } });
  await world.api("initech-dev", "PATCH", `/repositories/${world.consumer}`, {
    tracking: false,
    durableSubscriptions: "keep",
  });
  expect(world.github.control.repository(CONSUMER).hooks).toEqual([]);
});

test("a run that nothing names confirms and completes the one delivery it can be of, marked as inferred", async () => {
  world = await startDurableWorld();
  await deliverOne();
  const run = await startDispatchedRun(world, CONSUMER);
  await until(async () => (await only()).status === "Confirmed");
  expect((await only()).owners[DEPLOY]).toMatchObject({ runId: String(run.id), via: "inferred" });
  await world.github.control.completeRun(run.id, "success");
  await until(async () => (await only()).status === "Completed");
  expect(await only()).toMatchObject({ isFinalized: true, conclusion: "success", dueAt: null });
});

test("a run of which GitHub starts no job confirms nothing, and fails its delivery without another dispatch", async () => {
  world = await startDurableWorld({ retryOnFailure: true });
  const { control } = world.github;
  control.setActionsPolicy(CONSUMER, { actors: ["initech-dev"], events: null });
  await deliverOne();
  const run = await startDispatchedRun(world, CONSUMER);
  expect(control.parts.runs.latest(run)).toMatchObject({ conclusion: "startup_failure", jobs: {} });
  await until(async () => (await only()).isFinalized);
  expect(await only()).toMatchObject({
    status: "Failed",
    confirmedAt: null,
    conclusion: "startup_failure",
    failure: { kind: "startup-failure", reason: expect.stringContaining("policy does not list this App") },
    attempts: [{ number: 1 }],
  });
});

test("a run that fails ends its delivery with its conclusion, though no step of it said so", async () => {
  world = await startDurableWorld();
  await deliverOne();
  const run = await startDispatchedRun(world, CONSUMER);
  await world.github.control.completeRun(run.id, "timed_out");
  await until(async () => (await only()).isFinalized);
  expect(await only()).toMatchObject({
    status: "Failed",
    conclusion: "timed_out",
    failure: { stage: "conclusion", kind: "consumer" },
  });
});

test("with retryOnFailure a run that failed has its delivery dispatched again, once, and the next run owns it", async () => {
  world = await startDurableWorld({ retryOnFailure: true });
  const { deliveryId } = await deliverOne();
  const run = await startDispatchedRun(world, CONSUMER);
  await world.github.control.completeRun(run.id, "failure");
  await until(() => sent().length === 2);
  expect(zektOf(sent()[1])).toMatchObject({ deliveryId, attempt: 2 });
  await until(async () => (await only()).dueFor === "confirmation");
  const [hook] = world.github.control.repository(CONSUMER).hooks;
  // What the failed run says again, by a redelivered webhook, changes nothing.
  const again = await startDispatchedRun(world, CONSUMER, { title: `Deploy ${deliveryId}` });
  expect(hook).toBeDefined();
  await world.github.control.completeRun(again.id, "success");
  await until(async () => (await only()).status === "Completed");
  expect(sent()).toHaveLength(2);
});

test("where two deliveries fit, both are marked as ambiguous and neither moves", async () => {
  world = await startDurableWorld();
  await deliverOne();
  await deliverOne();
  const run = await startDispatchedRun(world, CONSUMER);
  await world.github.control.completeRun(run.id, "success");
  await until(async () =>
    (await deliveriesTo(world, world.consumer)).every(({ ambiguousRuns }) => ambiguousRuns.length === 1),
  );
  for (const delivery of await deliveriesTo(world, world.consumer)) {
    expect(delivery).toMatchObject({ status: "Dispatched", isFinalized: false, owners: {} });
  }
});

test("of what was dispatched twice a second run may be, and is not taken for the next delivery's", async () => {
  world = await startDurableWorld();
  const { deliveryId } = await deliverOne();
  const first = await startDispatchedRun(world, CONSUMER);
  await until(async () => (await only()).owners[DEPLOY]?.runId === String(first.id));
  // As after an answer that was lost.
  const once = await byId(deliveryId);
  const attempt = once.attempts[0] as Attempt;
  const attempts: Attempt[] = [
    { ...attempt, outcome: "unknown" },
    { ...attempt, number: 2, possibleDuplicate: true },
  ];
  await world.server.deps.store.deliveries.replace(once, { ...once, attempts });
  const second = await startDispatchedRun(world, CONSUMER);
  await until(async () => (await byId(deliveryId)).owners[DEPLOY]?.duplicates[0] === String(second.id));
  const next = await deliverOne();
  await world.github.control.completeRun(second.id, "success");
  await world.github.control.completeRun(first.id, "success");
  await until(async () => (await byId(deliveryId)).status === "Completed");
  expect(await byId(next.deliveryId)).toMatchObject({ status: "Dispatched", owners: {}, ambiguousRuns: [] });
  // All of the first one's runs are known by now: what else begins is the next one's.
  const third = await startDispatchedRun(world, CONSUMER);
  await until(async () => (await byId(next.deliveryId)).owners[DEPLOY]?.runId === String(third.id));
});

test("a run that was told it is a delivery's second is not taken for the next delivery's, whatever it ends with", async () => {
  world = await startDurableWorld();
  const { deliveryId } = await deliverOne();
  const confirm = async (run: { id: number }): Promise<unknown> => {
    const token = await tokenOf(world, run.id);
    const { json } = await callAs(world, token, "POST", "/event-delivery/confirm", { deliveryId });
    return json?.duplicate;
  };
  const first = await startDispatchedRun(world, CONSUMER);
  expect(await confirm(first)).toBe(false);
  const second = await startDispatchedRun(world, CONSUMER);
  expect(await confirm(second)).toBe(true);
  const next = await deliverOne();
  expect(next.deliveryId).not.toBe(deliveryId);
  await world.github.control.completeRun(second.id, "success");
  await world.github.control.completeRun(first.id, "success");
  await until(async () => (await byId(deliveryId)).status === "Completed");
  expect(await byId(next.deliveryId)).toMatchObject({
    status: "Dispatched",
    owners: {},
    dueFor: "confirmation",
  });
});

test("a run whose name carries the delivery id is of that one, whatever else fits", async () => {
  world = await startDurableWorld();
  const first = await deliverOne();
  const second = await deliverOne();
  const run = await startDispatchedRun(world, CONSUMER, { title: `Deploy (${second.deliveryId})` });
  await world.github.control.completeRun(run.id, "success");
  await until(async () =>
    (await deliveriesTo(world, world.consumer)).some(({ status }) => status === "Completed"),
  );
  const { deliveries } = world.server.deps.store;
  expect(await deliveries.get(second.deliveryId)).toMatchObject({
    status: "Completed",
    owners: { [DEPLOY]: { via: "run-name" } },
  });
  expect(await deliveries.get(first.deliveryId)).toMatchObject({ status: "Dispatched" });
});

test("a title that names a delivery to another repository counts for nothing", async () => {
  world = await startDurableWorld();
  const { deliveryId } = await deliverOne();
  const { deps } = world.server;
  const delivery = (await deps.store.deliveries.get(deliveryId)) as Delivery;
  await deps.store.deliveries.replace(delivery, { ...delivery, consumerRepositoryId: "1" });
  const run = await startDispatchedRun(world, CONSUMER, { title: `Deploy ${deliveryId}` });
  await world.github.control.completeRun(run.id, "success");
  await world.github.control.idle();
  await sweep(deps);
  expect((await deps.store.deliveries.get(deliveryId))?.status).toBe("Dispatched");
});

test("a run of a workflow that does not listen, or that somebody else started, moves nothing", async () => {
  const other = ".github/workflows/other.yml";
  world = await startDurableWorld(
    {},
    { [DEPLOY]: listeningWorkflow(["zekt-workflow-completed"]), [other]: listeningWorkflow(["else"]) },
  );
  await deliverOne();
  const deaf = await startDispatchedRun(world, CONSUMER, { workflow: other });
  await world.github.control.completeRun(deaf.id, "success");
  const byHand = await world.github.control.startRun({
    repository: CONSUMER,
    workflow: DEPLOY,
    event: "repository_dispatch",
    actor: "initech-dev",
  });
  await world.github.control.completeRun(byHand.id, "success");
  const run = await startDispatchedRun(world, CONSUMER);
  await until(async () => (await only()).status === "Confirmed");
  expect((await only()).owners[DEPLOY]?.runId).toBe(String(run.id));
  expect((await only()).ambiguousRuns).toEqual([]);
});

test("nothing is dispatched again while a run that may be its own is queued", async () => {
  world = await startDurableWorld();
  await deliverOne();
  await startDispatchedRun(world, CONSUMER, { queued: true });
  await sweep(zektAfter(world, 11 * MINUTE));
  expect(await only()).toMatchObject({
    status: "Dispatched",
    dueFor: "confirmation",
    attempts: [{ number: 1 }],
  });
  expect(Date.parse((await only()).dueAt as string)).toBeGreaterThan(Date.now() + 20 * MINUTE);
  expect(sent()).toHaveLength(1);
});

test("a delivery that no run took on is dispatched again under the same id", async () => {
  world = await startDurableWorld();
  const { deliveryId } = await deliverOne();
  await sweep(zektAfter(world, 11 * MINUTE));
  await until(async () => {
    const { dueFor, notBefore } = await only();
    return dueFor === "dispatch" && notBefore !== null;
  });
  await sweep(zektAfter(world, 15 * MINUTE));
  expect((await only()).failure).toMatchObject({ stage: "confirmation", kind: "timeout" });
  const { deliver } = await import("../../../app/steps/delivery/deliver.ts");
  const { deliveryJob } = await import("../../../app/store/queues.ts");
  await deliver(zektAfter(world, 15 * MINUTE), deliveryJob(await only()));
  expect(sent().map(zektOf)).toMatchObject([
    { deliveryId, attempt: 1 },
    { deliveryId, attempt: 2 },
  ]);
});

test("a run whose webhooks were all lost is found in GitHub's list when its time is over", async () => {
  world = await startDurableWorld();
  await deliverOne();
  world.github.faults.add({ target: "webhook", drop: "before", count: -1 });
  const run = await startDispatchedRun(world, CONSUMER);
  await world.github.control.completeRun(run.id, "success");
  expect((await only()).status).toBe("Dispatched");
  await sweep(zektAfter(world, 11 * MINUTE));
  expect(await only()).toMatchObject({ status: "Completed", conclusion: "success" });
});

test("a confirmed run that ended unheard is asked for when its time to complete is over", async () => {
  world = await startDurableWorld();
  await deliverOne();
  const run = await startDispatchedRun(world, CONSUMER);
  await until(async () => (await only()).status === "Confirmed");
  world.github.faults.add({ target: "webhook", drop: "before", count: -1 });
  await world.github.control.completeRun(run.id, "failure");
  await sweep(zektAfter(world, 7 * HOUR));
  expect(await only()).toMatchObject({
    status: "Failed",
    conclusion: "failure",
    failure: { stage: "conclusion" },
  });
});

test("a confirmed run that never ends fails its delivery when its time to complete is over", async () => {
  world = await startDurableWorld();
  await deliverOne();
  await startDispatchedRun(world, CONSUMER);
  await until(async () => (await only()).status === "Confirmed");
  await sweep(zektAfter(world, 7 * HOUR));
  expect(await only()).toMatchObject({
    status: "Failed",
    isFinalized: true,
    failure: { stage: "completion" },
  });
});

test("while GitHub cannot say whether a run lives, nothing is dispatched again", async () => {
  world = await startDurableWorld();
  await deliverOne();
  world.github.faults.add({ route: "**/actions/runs", status: 503, count: -1 });
  await sweep(zektAfter(world, 11 * MINUTE));
  expect(await only()).toMatchObject({
    status: "Dispatched",
    dueFor: "confirmation",
    attempts: [{ number: 1 }],
  });
});

test("of two subscriptions that start each other's workflow each delivery ends once, by a run of its own", async () => {
  const NOTIFY = ".github/workflows/notify.yml";
  const listening = listeningWorkflow(["zekt-workflow-completed"]);
  world = await startDurableWorld({}, { [DEPLOY]: listening, [NOTIFY]: listening });
  const { catalog } = world.server.deps.store;
  const standing = await catalog.findSubscription(world.subscriptionId);
  if (!standing) throw new Error("There is no subscription");
  await catalog.putSubscription({ ...standing, workflow: DEPLOY });
  await catalog.putSubscription({
    ...standing,
    subscriptionId: `${standing.subscriptionId}-b`,
    workflow: NOTIFY,
  });
  await publish(world);
  await until(async () => {
    const deliveries = await deliveriesTo(world, world.consumer);
    return deliveries.length === 2 && deliveries.every(({ status }) => status === "Dispatched");
  });
  for (const workflow of [DEPLOY, NOTIFY, DEPLOY, NOTIFY]) {
    const run = await startDispatchedRun(world, CONSUMER, { workflow });
    await world.github.control.completeRun(run.id, "success");
  }
  await until(async () =>
    (await deliveriesTo(world, world.consumer)).every(({ status }) => status === "Completed"),
  );
  for (const { workflow, owners } of await deliveriesTo(world, world.consumer))
    expect(Object.keys(owners)).toEqual([workflow]);
  expect(sent()).toHaveLength(2);
});
