import { expect, test, vi } from "vitest";
import { iso, MINUTE, SECOND } from "../../../app/domain/clock.ts";
import { confirm as confirmedBy } from "../../../app/domain/delivery/confirm.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import { complete } from "../../../app/steps/delivery/complete.ts";
import { confirm } from "../../../app/steps/delivery/confirm.ts";
import { findOwned, recordOwner } from "../../../app/steps/delivery/record-owner.ts";
import { track } from "../../../app/steps/delivery/track.ts";
import { updateDelivery } from "../../../app/steps/delivery/update-delivery.ts";
import { sweep } from "../../../app/steps/jobs/sweep.ts";
import { DEPLOY, type DeliveryScene, DURABLE, deliveryScenes } from "../../support/delivery-scene.ts";

/* Runs of a plain workflow that fit several deliveries: nothing but their number and their ends is known. */

const scenes = deliveryScenes();

const LISTENING = "on:\n  repository_dispatch:\n    types: [zekt-workflow-completed]\njobs: {}\n";

/** A followed consumer to which so many deliveries were dispatched at once. */
async function burst(count: number, durable: Partial<typeof DURABLE> = {}): Promise<DeliveryScene> {
  const scene = await scenes.build({ durable: { ...DURABLE, ...durable } });
  await scene.deps.store.accounts.setRepository({ repositoryId: scene.consumer, tracking: true });
  scene.files[DEPLOY] = LISTENING;
  for (let n = 0; n < count; n++) await scene.route();
  await scene.work();
  expect(scene.sent).toHaveLength(count);
  scene.clock.at += SECOND;
  return scene;
}

/** A run as GitHub lists it. */
const listed = ({ clock }: DeliveryScene, id: number, conclusion: string | null = null) => ({
  id,
  run_attempt: 1,
  name: "Deploy",
  head_branch: "main",
  html_url: `https://github.example/runs/${id}`,
  run_started_at: iso(clock.at),
  updated_at: iso(clock.at),
  path: DEPLOY,
  event: "repository_dispatch",
  display_title: "Deploy",
  head_sha: "a".repeat(40),
  actor: { login: "zekt[bot]" },
  status: conclusion === null ? "in_progress" : "completed",
  conclusion,
  created_at: iso(clock.at),
});

const begin = ({ deps, observed }: DeliveryScene, runId: number) =>
  track(deps, observed({ runId: `${runId}` }));
const end = ({ deps, observed }: DeliveryScene, runId: number, conclusion: string) =>
  track(deps, observed({ runId: `${runId}`, status: "completed", conclusion }));

/** Passes time, with a sweep each minute. */
async function pass(scene: DeliveryScene, ms: number): Promise<void> {
  const until = scene.clock.at + ms;
  while (scene.clock.at < until) {
    scene.clock.at += MINUTE;
    await sweep(scene.deps);
    await scene.work();
  }
}

const statuses = async (scene: DeliveryScene) => (await scene.list()).map(({ status }) => status);

test.each([2, 6, 25])(
  "%i deliveries of a burst are confirmed once each has its run, and completed once all ended well",
  async (count) => {
    const scene = await burst(count);
    const runs = Array.from({ length: count }, (_, index) => 900 + index);
    for (const run of runs.slice(1)) await begin(scene, run);
    expect(new Set(await statuses(scene))).toEqual(new Set(["Dispatched"]));
    await begin(scene, 900);
    expect(new Set(await statuses(scene))).toEqual(new Set(["Confirmed"]));
    for (const run of runs.slice(1)) await end(scene, run, "success");
    expect(await statuses(scene)).not.toContain("Completed");
    await end(scene, 900, "success");
    expect(new Set(await statuses(scene))).toEqual(new Set(["Completed"]));
    const owners = (await scene.list()).map((one) => one.owners[DEPLOY]);
    expect(new Set(owners.map((one) => one?.runId)).size).toBe(count);
    expect(owners.every((one) => one?.via === "inferred")).toBe(true);
    await pass(scene, 60 * MINUTE);
    expect(scene.sent).toHaveLength(count);
  },
);

test("each run of a burst that has not ended in time is asked for once, however many deliveries wait", async () => {
  const scene = await burst(12);
  const runs = Array.from({ length: 12 }, (_, index) => 900 + index);
  for (const run of runs) await begin(scene, run);
  scene.runs.push(...runs.map((run) => listed(scene, run)));
  scene.clock.at += DURABLE.completeWithin * SECOND + MINUTE;
  scene.asked.length = 0;
  await sweep(scene.deps);
  expect(new Set(await statuses(scene))).toEqual(new Set(["Failed"]));
  expect(scene.asked.toSorted()).toEqual(runs.map(String));
});

test("a burst whose runs end before they are seen in progress is completed, and nothing is sent again", async () => {
  const scene = await burst(3);
  for (const run of [902, 900, 901]) await end(scene, run, "success");
  expect(await statuses(scene)).toEqual(["Completed", "Completed", "Completed"]);
});

test("a burst whose webhooks are all lost is completed by GitHub's list, and nothing is sent again", async () => {
  const scene = await burst(3);
  scene.runs.push(...[900, 901, 902].map((id) => listed(scene, id, "success")));
  await pass(scene, 60 * MINUTE);
  expect(await statuses(scene)).toEqual(["Completed", "Completed", "Completed"]);
  expect(scene.sent).toHaveLength(3);
});

test("where all runs of a burst failed, each delivery failed with its run's conclusion", async () => {
  const scene = await burst(2);
  await end(scene, 900, "failure");
  await end(scene, 901, "timed_out");
  const ended = await scene.list();
  // Which of them got which run is not known: they were dispatched in one millisecond.
  expect(ended.map(({ status, conclusion }) => [status, conclusion]).sort()).toEqual([
    ["Failed", "failure"],
    ["Failed", "timed_out"],
  ]);
});

test("where all runs of a burst failed, each is dispatched again that is to be", async () => {
  const scene = await burst(2, { retryOnFailure: true });
  await end(scene, 900, "failure");
  await end(scene, 901, "failure");
  await pass(scene, 2 * MINUTE);
  expect(scene.sent).toHaveLength(4);
});

test("where some runs of a burst failed, every delivery ends and says that it is not known, and none is sent again", async () => {
  const scene = await burst(2, { retryOnFailure: true });
  await end(scene, 900, "success");
  await end(scene, 901, "failure");
  for (const delivery of await scene.list()) {
    expect(delivery).toMatchObject({ status: "Failed", isFinalized: true, failure: { stage: "conclusion" } });
    expect(delivery.failure?.reason).toMatch(/is not known: it may be 900 \(success\), 901 \(failure\)/);
  }
  await pass(scene, 60 * MINUTE);
  expect(scene.sent).toHaveLength(2);
});

test("where one run of a burst never comes, both deliveries end and say so, and the one that ended well is not run again", async () => {
  const scene = await burst(2);
  scene.runs.push(listed(scene, 900, "success"));
  await end(scene, 900, "success");
  await pass(scene, 60 * MINUTE);
  for (const delivery of await scene.list())
    expect(delivery).toMatchObject({
      status: "Failed",
      failure: { stage: "conclusion" },
      ambiguousRuns: ["900"],
    });
  expect(scene.sent).toHaveLength(2);
});

test("while a run that fits two deliveries lives, neither is dispatched again, however long", async () => {
  const scene = await burst(2);
  scene.runs.push(listed(scene, 900));
  await begin(scene, 900);
  await pass(scene, 60 * MINUTE);
  expect(await statuses(scene)).toEqual(["Dispatched", "Dispatched"]);
  expect(scene.sent).toHaveLength(2);
});

test("a run that comes while its delivery waits to be dispatched again stops that", async () => {
  const scene = await burst(2);
  const made = iso(scene.clock.at);
  // Nothing is listed in time, so that both are to be dispatched again before long.
  scene.clock.at += 11 * MINUTE;
  await sweep(scene.deps);
  expect((await scene.list()).map(({ dueFor }) => dueFor)).toEqual(["dispatch", "dispatch"]);
  const { deps, observed } = scene;
  for (const runId of ["900", "901"])
    await track(deps, observed({ runId, createdAt: made, status: "completed", conclusion: "success" }));
  await pass(scene, 60 * MINUTE);
  expect(await statuses(scene)).toEqual(["Completed", "Completed"]);
  expect(scene.sent).toHaveLength(2);
});

/** Two dispatches at once; GitHub's answer to one of them is lost. */
async function pairWithLostAnswer() {
  const scene = await scenes.build({ durable: DURABLE });
  await scene.deps.store.accounts.setRepository({ repositoryId: scene.consumer, tracking: true });
  scene.files[DEPLOY] = LISTENING;
  await scene.route();
  await scene.route();
  scene.answers.push("drop");
  await scene.work();
  return scene;
}

test("a delivery whose answer was lost is not sent again where a burst has a run for each dispatch", async () => {
  const scene = await pairWithLostAnswer();
  for (const run of [900, 901]) await end(scene, run, "success");
  await pass(scene, 60 * MINUTE);
  expect(await statuses(scene)).toEqual(["Completed", "Completed"]);
  expect(scene.sent).toHaveLength(2);
});

test("a delivery whose answer was lost is sent again where every other one has its run", async () => {
  const scene = await pairWithLostAnswer();
  scene.runs.push(listed(scene, 900, "success"));
  await end(scene, 900, "success");
  await pass(scene, 6 * MINUTE);
  expect(scene.sent).toHaveLength(3);
  expect((await statuses(scene)).sort()).toEqual(["Completed", "Dispatched"]);
});

test("a delivery whose answer was lost is sent again where the run that fitted it has confirmed another", async () => {
  const scene = await pairWithLostAnswer();
  const { deps, identity } = scene;
  scene.runs.push(listed(scene, 900));
  await begin(scene, 900);
  const taken = (await scene.list()).find(
    ({ attempts }) => attempts[0]?.outcome === "dispatched",
  ) as Delivery;
  const named = { deliveryId: taken.deliveryId, correlationId: null };
  await confirm(deps, identity({ runId: "900" }), named);
  await complete(deps, identity({ runId: "900" }), { ...named, success: true, conclusion: "success" });
  scene.runs[0] = listed(scene, 900, "success");
  await pass(scene, 6 * MINUTE);
  expect(scene.sent).toHaveLength(3);
  expect((await statuses(scene)).sort()).toEqual(["Completed", "Dispatched"]);
});

test("a confirm action beats the pairing of a burst", async () => {
  const scene = await burst(2);
  await begin(scene, 900);
  await begin(scene, 901);
  const [first, second] = (await scene.list()) as [Delivery, Delivery];
  const other = first.owners[DEPLOY]?.runId === "900" ? "901" : "900";
  const own = other === "900" ? "901" : "900";
  const { deps, identity } = scene;
  await confirm(deps, identity({ runId: other }), { deliveryId: first.deliveryId, correlationId: null });
  await confirm(deps, identity({ runId: own }), { deliveryId: second.deliveryId, correlationId: null });
  await end(scene, Number(other), "failure");
  await end(scene, Number(own), "success");
  expect(await scene.reread(first)).toMatchObject({ status: "Failed", conclusion: "failure" });
  expect(await scene.reread(second)).toMatchObject({ status: "Completed" });
});

test.each([
  ["is known by elimination, once both have begun", true],
  ["is known by elimination, though its webhooks come first at its end", false],
])("where one run of a burst confirms the other's delivery, the one that is left %s", async (_, begins) => {
  const scene = await burst(2);
  const { deps, identity } = scene;
  await begin(scene, 900);
  await begin(scene, 901);
  const [first, second] = (await scene.list()) as [Delivery, Delivery];
  const other = first.owners[DEPLOY]?.runId === "900" ? "901" : "900";
  const own = other === "900" ? "901" : "900";
  const named = { deliveryId: first.deliveryId, correlationId: null };
  await confirm(deps, identity({ runId: other }), named);
  if (begins) await begin(scene, Number(own));
  await complete(deps, identity({ runId: other }), { ...named, success: false, conclusion: "failure" });
  await end(scene, Number(other), "failure");
  await end(scene, Number(own), "success");
  expect(await scene.reread(first)).toMatchObject({ status: "Failed", conclusion: "failure" });
  expect(await scene.reread(second)).toMatchObject({
    status: "Completed",
    owners: { [DEPLOY]: { runId: own, via: "inferred", conclusion: "success" } },
  });
});

test("where a run that seemed to be a delivery's is another's, and no run of its own comes, it is sent again", async () => {
  const scene = await burst(2);
  const { deps, identity } = scene;
  await begin(scene, 900);
  await begin(scene, 901);
  const [first, second] = (await scene.list()) as [Delivery, Delivery];
  const runId = second.owners[DEPLOY]?.runId as string;
  const named = { deliveryId: first.deliveryId, correlationId: null };
  await confirm(deps, identity({ runId }), named);
  expect(await scene.reread(second)).toMatchObject({
    status: "Dispatched",
    owners: {},
    firstOwner: null,
    confirmedAt: null,
    dueFor: "confirmation",
  });
  await complete(deps, identity({ runId }), { ...named, success: true, conclusion: "success" });
  // The other one was the first's, too: somebody sent it to both.
  const other = runId === "900" ? "901" : "900";
  await confirm(deps, identity({ runId: other }), named);
  scene.runs.push(listed(scene, 900, "success"), listed(scene, 901, "success"));
  await pass(scene, 14 * MINUTE);
  expect(scene.sent).toHaveLength(3);
  expect(await scene.reread(second)).toMatchObject({ status: "Dispatched", owners: {} });
});

test("a run that was taken for a delivery's while it confirmed another's is that one's", async () => {
  const scene = await burst(2);
  const { deps, identity } = scene;
  const [first, second] = (await scene.list()) as [Delivery, Delivery];
  const run = { repositoryId: scene.consumer, workflow: DEPLOY, runId: "900", runAttempt: 1 };
  const { facts } = deps.store;
  const get = facts.get.bind(facts);
  // The webhook's work has the delivery already, when the step confirms; each found nothing recorded.
  facts.get = async (fact) => {
    const read = await get(fact);
    if (fact.kind !== "owner") return read;
    facts.get = get;
    await confirm(deps, identity({ runId: "900" }), { deliveryId: first.deliveryId, correlationId: null });
    return read;
  };
  await updateDelivery(deps, second, (one) => confirmedBy(one, run, scene.clock.at, "inferred").delivery);
  await recordOwner(deps, run, second.deliveryId, "inferred");
  expect(await findOwned(deps, run)).toMatchObject({ deliveryId: first.deliveryId });
  expect(await scene.reread(second)).toMatchObject({ status: "Dispatched", owners: {} });
  await begin(scene, 901);
  expect(await statuses(scene)).toEqual(["Confirmed", "Confirmed"]);
});

test("a run that a process has taken for a delivery's, and ended right then, is another's all the same", async () => {
  const scene = await burst(2);
  const { deps, identity } = scene;
  await begin(scene, 900);
  const record = vi
    .spyOn(deps.store.meters, "recordGrowing")
    .mockRejectedValueOnce(new Error("The process ended."));
  await expect(begin(scene, 901)).rejects.toThrow("The process ended.");
  record.mockRestore();
  const deliveries = await scene.list();
  const taken = deliveries.find(({ owners }) => owners[DEPLOY]) as Delivery;
  const other = deliveries.find((one) => one !== taken) as Delivery;
  const runId = taken.owners[DEPLOY]?.runId as string;
  await confirm(deps, identity({ runId }), { deliveryId: other.deliveryId, correlationId: null });
  expect(await scene.reread(taken)).toMatchObject({
    status: "Dispatched",
    owners: {},
    dueFor: "confirmation",
  });
});

test("a dispatch is found by its run, where the clock was set right just before it left", async () => {
  const scene = await scenes.build({ durable: DURABLE });
  const { deps, clock } = scene;
  await deps.store.accounts.setRepository({ repositoryId: scene.consumer, tracking: true });
  scene.files[DEPLOY] = LISTENING;
  await scene.route();
  const { facts } = deps.store;
  const record = facts.record.bind(facts);
  clock.at += 5 * MINUTE;
  facts.record = async (...args) => {
    await record(...args);
    facts.record = record;
    clock.at -= 5 * MINUTE;
  };
  await scene.work();
  clock.at += SECOND;
  await begin(scene, 900);
  expect(await statuses(scene)).toEqual(["Confirmed"]);
});

test("a run of a burst that never ends has its deliveries end in time, and say that it is not known", async () => {
  const scene = await burst(2);
  scene.runs.push(listed(scene, 900, "success"), listed(scene, 901));
  await begin(scene, 900);
  await begin(scene, 901);
  await end(scene, 900, "success");
  await pass(scene, 62 * MINUTE);
  for (const delivery of await scene.list())
    expect(delivery).toMatchObject({
      status: "Failed",
      failure: { reason: expect.stringMatching(/not known/) },
    });
  expect(scene.sent).toHaveLength(2);
});

test("a run that fitted two deliveries confirms the one that is left, once the other has a run of its own", async () => {
  const scene = await scenes.build({ durable: DURABLE });
  const { deps, observed } = scene;
  await deps.store.accounts.setRepository({ repositoryId: scene.consumer, tracking: true });
  await scene.say({ eventType: "built" });
  await scene.route(7);
  await scene.work();
  scene.clock.at += SECOND;
  const listening = (types: string): string =>
    `on:\n  repository_dispatch:\n    types: [${types}]\njobs: {}\n`;
  scene.files[DEPLOY] = listening("zekt-workflow-completed, built");
  await begin(scene, 900);
  expect(await statuses(scene)).toEqual(["Dispatched", "Dispatched"]);
  // Another version of the workflow hears of one type alone.
  scene.files[DEPLOY] = listening("built");
  await track(deps, observed({ runId: "901", headSha: "b".repeat(40) }));
  expect(await statuses(scene)).toEqual(["Confirmed", "Confirmed"]);
});
