import { afterEach, expect, test } from "vitest";
import { MINUTE } from "../../../app/domain/clock.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import type { ObservedRun } from "../../../app/domain/records/observed-run.ts";
import { sweep } from "../../../app/steps/jobs/sweep.ts";
import { CONFIRMS } from "../../../app/store/fact-kinds.ts";
import type { Run } from "../../../fake-github/state.ts";
import { until } from "../../../harness/stage.ts";
import {
  BY_ACTIONS,
  callAs,
  DEPLOY,
  deliveriesTo,
  dispatchesTo,
  listeningWorkflow,
  publish,
  startDispatchedRun,
  startDurableWorld,
  tokenOf,
  type World,
  zektAfter,
} from "../../../harness/world.ts";

/* Runs in progress of a workflow that uses the confirm action are not followed, from its second run at a commit on. */

let world: World;
afterEach(() => world.close());

const CONSUMER = "initech/consumer";
const TYPES = ["zekt-workflow-completed"];
const CONFIRMING = listeningWorkflow(TYPES, "", BY_ACTIONS);

const reread = async ({ deliveryId }: Delivery): Promise<Delivery> =>
  (await world.server.deps.store.deliveries.get(deliveryId)) as Delivery;
const has = async (delivery: Delivery, status: Delivery["status"]): Promise<boolean> =>
  (await reread(delivery)).status === status;

/** Publishes an event and waits until its delivery is dispatched. */
async function deliverOne(): Promise<Delivery> {
  const before = (await deliveriesTo(world, world.consumer)).length;
  await publish(world);
  await until(async () => {
    const deliveries = await deliveriesTo(world, world.consumer);
    return deliveries.length > before && deliveries.every(({ status }) => status !== "Pending");
  });
  return (await deliveriesTo(world, world.consumer)).at(-1) as Delivery;
}

/** Starts a consumer of a confirming workflow, whose first run is followed from its begin to its end. */
async function startConfirming(
  durable: Parameters<typeof startDurableWorld>[0] = {},
  prepare: () => Promise<void> = async () => {},
): Promise<void> {
  world = await startDurableWorld(durable, { [DEPLOY]: CONFIRMING });
  await prepare();
  const first = await deliverOne();
  const run = await startDispatchedRun(world, CONSUMER);
  await until(async () => (await has(first, "Confirmed")) && (await isKnown(run)));
  await world.github.control.completeRun(run.id, "success");
  await until(() => has(first, "Completed"));
}

/** Returns whether it is known by now whether a run's workflow confirms. */
async function isKnown({ headSha }: Run): Promise<boolean> {
  const { facts } = world.server.deps.store;
  const known = await facts.get(CONFIRMS.of({ repositoryId: world.consumer, workflow: DEPLOY }));
  return known?.commit === headSha;
}

/** Collects the runs that are passed on to tracking from now on. */
function passedOn(): ObservedRun[] {
  const runs: ObservedRun[] = [];
  const { jobs } = world.server.deps.store;
  const enqueue = jobs.enqueue.bind(jobs);
  jobs.enqueue = async (added, at) => {
    runs.push(...added.flatMap((job) => (job.kind === "track" ? [job.run] : [])));
    return await enqueue(added, at);
  };
  return runs;
}

async function confirm(run: Run, { deliveryId }: Delivery): Promise<unknown> {
  const token = await tokenOf(world, run.id);
  const { status, json } = await callAs(world, token, "POST", "/event-delivery/confirm", { deliveryId });
  expect(status).toBe(200);
  return json?.duplicate;
}

test("a delivery stays dispatched until its run's confirm step, and the run's webhook ends it", async () => {
  await startConfirming();
  const runs = passedOn();
  const delivery = await deliverOne();
  const run = await startDispatchedRun(world, CONSUMER);
  await world.github.control.idle();
  expect([runs, await has(delivery, "Dispatched")]).toEqual([[], true]);
  expect(await confirm(run, delivery)).toBe(false);
  expect(await reread(delivery)).toMatchObject({
    status: "Confirmed",
    owners: { [DEPLOY]: { runId: String(run.id), via: "action" } },
  });
  await world.github.control.completeRun(run.id, "failure");
  await until(() => has(delivery, "Failed"));
  expect(runs).toMatchObject([{ runId: String(run.id), status: "completed" }]);
});

test("a run whose confirm step comes after the deadline is found alive, and its delivery is not dispatched again", async () => {
  await startConfirming();
  const delivery = await deliverOne();
  const run = await startDispatchedRun(world, CONSUMER);
  await world.github.control.idle();
  await sweep(zektAfter(world, 11 * MINUTE));
  expect(await reread(delivery)).toMatchObject({
    status: "Confirmed",
    dueFor: "completion",
    attempts: [{ number: 1 }],
    owners: { [DEPLOY]: { runId: String(run.id), via: "inferred" } },
  });
  expect(await confirm(run, delivery)).toBe(false);
  await world.github.control.completeRun(run.id, "success");
  await until(() => has(delivery, "Completed"));
  expect((await reread(delivery)).owners[DEPLOY]).toMatchObject({ via: "action", conclusion: "success" });
  expect(dispatchesTo(world, CONSUMER)).toHaveLength(2);
});

/** Withdraws the App's permission to read the consumer's runs. */
async function denyActions(): Promise<void> {
  const { control, world: github } = world.github;
  const { id: ownerId } = control.account("initech");
  const there = [...github.installations.values()].find(({ accountId }) => accountId === ownerId);
  const { actions: _, ...granted } = there?.permissions ?? {};
  await control.setPermissions(there?.id as number, granted);
  const { accounts } = world.server.deps.store;
  await until(async () => !("actions" in ((await accounts.getAccount(String(ownerId)))?.permissions ?? {})));
}

test("a run is followed as it begins where GitHub would not say at the deadline that it is alive", async () => {
  await startConfirming({}, denyActions);
  const delivery = await deliverOne();
  await startDispatchedRun(world, CONSUMER);
  await until(() => has(delivery, "Confirmed"));
  await sweep(zektAfter(world, 11 * MINUTE));
  expect(await reread(delivery)).toMatchObject({ status: "Confirmed", dueFor: "completion" });
});

test("a run that skips its confirm step ends its delivery all the same", async () => {
  await startConfirming();
  const delivery = await deliverOne();
  const run = await startDispatchedRun(world, CONSUMER);
  await world.github.control.completeRun(run.id, "success");
  await until(() => has(delivery, "Completed"));
  expect((await reread(delivery)).owners[DEPLOY]).toMatchObject({ via: "inferred", conclusion: "success" });
});

test("two runs at once that skip their confirm steps hold their deliveries while they live, and end them", async () => {
  await startConfirming();
  const both = [await deliverOne(), await deliverOne()];
  const runs = [await startDispatchedRun(world, CONSUMER), await startDispatchedRun(world, CONSUMER)];
  await world.github.control.idle();
  await sweep(zektAfter(world, 11 * MINUTE));
  for (const delivery of both)
    expect(await reread(delivery)).toMatchObject({ status: "Dispatched", attempts: [{ number: 1 }] });
  for (const { id } of runs) await world.github.control.completeRun(id, "success");
  await world.github.control.idle();
  await sweep(zektAfter(world, 23 * MINUTE));
  for (const delivery of both) await until(() => has(delivery, "Completed"));
  expect(dispatchesTo(world, CONSUMER)).toHaveLength(3);
});

test("a run that is run again takes its failed delivery back as it begins, and stops the retry", async () => {
  await startConfirming({ retryOnFailure: true });
  const delivery = await deliverOne();
  const run = await startDispatchedRun(world, CONSUMER);
  await confirm(run, delivery);
  // GitHub takes no dispatch, so that the retry waits.
  world.github.faults.add({ route: "**/dispatches", status: 503, count: -1 });
  await world.github.control.completeRun(run.id, "failure");
  await until(async () => (await reread(delivery)).dueFor === "dispatch");
  await world.github.control.rerun(run.id);
  await until(() => has(delivery, "Confirmed"));
  expect((await reread(delivery)).owners[DEPLOY]).toMatchObject({ runId: String(run.id), runAttempt: 2 });
});

test("a workflow that confirms no more at its next commit is followed in progress again", async () => {
  await startConfirming();
  await world.github.control.push(CONSUMER, { [DEPLOY]: listeningWorkflow(TYPES) });
  for (let n = 0; n < 2; n++) {
    const delivery = await deliverOne();
    const run = await startDispatchedRun(world, CONSUMER);
    await until(() => has(delivery, "Confirmed"));
    await world.github.control.completeRun(run.id, "success");
    await until(() => has(delivery, "Completed"));
  }
});
