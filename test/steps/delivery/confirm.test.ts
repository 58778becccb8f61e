import { expect, test, vi } from "vitest";
import { iso, MINUTE, SECOND } from "../../../app/domain/clock.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import { deliveryView } from "../../../app/http/views/delivery.ts";
import { complete } from "../../../app/steps/delivery/complete.ts";
import { confirm } from "../../../app/steps/delivery/confirm.ts";
import { findOwned } from "../../../app/steps/delivery/record-owner.ts";
import { DEPLOY, type DeliveryScene, DURABLE, deliveryScenes } from "../../support/delivery-scene.ts";

/* A consumer's run says that it has a delivery, by the confirm action. */

const scenes = deliveryScenes();

async function buildDispatched(
  durable: typeof DURABLE | null = DURABLE,
): Promise<{ scene: DeliveryScene; delivery: Delivery; named: { deliveryId: string; correlationId: null } }> {
  const scene = await scenes.build({ durable });
  const delivery = await scene.route();
  await scene.work();
  return { scene, delivery, named: { deliveryId: delivery.deliveryId, correlationId: null } };
}

test("the first run of a workflow owns the delivery, which then waits for its end", async () => {
  const { scene, delivery, named } = await buildDispatched();
  const { deps, clock } = scene;
  clock.at += MINUTE;
  expect(await confirm(deps, scene.identity(), named)).toEqual({
    deliveryId: delivery.deliveryId,
    status: "Confirmed",
    confirmedAt: iso(clock.at),
    confirmationAttempts: 1,
    duplicate: false,
  });
  expect(await scene.reread(delivery)).toMatchObject({
    dueFor: "completion",
    dueAt: iso(clock.at + DURABLE.completeWithin * SECOND),
    owners: { [DEPLOY]: { runId: "900", via: "action" } },
  });
  expect(await findOwned(deps, scene.observed())).toMatchObject({ deliveryId: delivery.deliveryId });
  expect(await deps.store.accounts.getRepository(scene.consumer)).toMatchObject({
    confirmedAt: iso(clock.at),
  });
});

test("the job that confirmed is recorded and shown, whatever other jobs and runs come after", async () => {
  const { scene, delivery, named } = await buildDispatched();
  const { deps } = scene;
  await confirm(deps, scene.identity({ jobId: "4711" }), named);
  await confirm(deps, scene.identity({ jobId: "4712" }), named);
  await confirm(deps, scene.identity({ runId: "901", jobId: "4713" }), named);
  const confirmed = await scene.reread(delivery);
  expect(confirmed.owners[DEPLOY]).toMatchObject({ runId: "900", jobId: "4711", duplicates: ["901"] });
  const site = { githubWebUrl: "https://github.example", appUrl: "" };
  const { owners } = deliveryView(
    confirmed,
    await deps.store.accounts.getRepository(scene.consumer),
    true,
    site,
  );
  expect(owners[0]?.url).toMatch(
    /^https:\/\/github\.example\/consumer\/r\d+\/actions\/runs\/900\/job\/4711$/,
  );
  await confirm(deps, scene.identity({ runAttempt: 2, jobId: "4714" }), named);
  expect((await scene.reread(delivery)).owners[DEPLOY]).toMatchObject({ runAttempt: 2, jobId: "4714" });
});

test("the owner that confirms again changes nothing", async () => {
  const { scene, delivery, named } = await buildDispatched();
  const first = await confirm(scene.deps, scene.identity(), named);
  const stored = await scene.reread(delivery);
  scene.clock.at += MINUTE;
  expect(await confirm(scene.deps, scene.identity(), named)).toEqual(first);
  expect(await scene.reread(delivery)).toEqual(stored);
});

test.each([
  ["is asked for in half a minute, without a webhook", false, 30],
  ["is not asked for, with one", true, DURABLE.completeWithin],
])("a named run that confirmed %s, and confirming again changes nothing", async (_, tracking, seconds) => {
  const scene = await scenes.build({ durable: DURABLE, start: "workflow_dispatch", workflow: DEPLOY });
  await scene.deps.store.accounts.setRepository({ repositoryId: scene.consumer, tracking });
  const delivery = await scene.route();
  await scene.work();
  const named = { deliveryId: delivery.deliveryId, correlationId: null };
  const run = scene.identity({ eventName: "workflow_dispatch", runId: "9000", actor: "zekt[bot]" });
  await confirm(scene.deps, run, named);
  const stored = await scene.reread(delivery);
  expect(stored).toMatchObject({ status: "Confirmed", dueAt: iso(scene.clock.at + seconds * SECOND) });
  scene.clock.at += MINUTE;
  await confirm(scene.deps, run, named);
  expect(await scene.reread(delivery)).toEqual(stored);
});

test("another run of the same workflow is told that it is a duplicate", async () => {
  const { scene, delivery, named } = await buildDispatched();
  await confirm(scene.deps, scene.identity(), named);
  const second = await confirm(scene.deps, scene.identity({ runId: "901" }), named);
  expect(second).toMatchObject({ duplicate: true, confirmationAttempts: 2 });
  expect(await scene.reread(delivery)).toMatchObject({
    owners: { [DEPLOY]: { runId: "900", duplicates: ["901"] } },
  });
  await expect(
    complete(scene.deps, scene.identity({ runId: "901" }), { ...named, success: true, conclusion: null }),
  ).rejects.toMatchObject({
    code: "conflict",
    message: "Run 900 of this workflow owns the delivery; only it may complete it.",
  });
});

test("of runs that confirm at the same moment one alone is the owner", async () => {
  const { scene, named } = await buildDispatched();
  const runs = ["901", "902", "903", "904"];
  const answers = await Promise.all(
    runs.map((runId) => confirm(scene.deps, scene.identity({ runId }), named)),
  );
  expect(answers.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
});

test("a confirm begins its connection's row of failures anew", async () => {
  const { scene, named } = await buildDispatched();
  const { connections } = scene.deps.store;
  const { subscriptionId } = scene.subscription;
  const failure = { stage: "confirmation", kind: "timeout", reason: "late", status: null } as const;
  await connections.replace(await connections.get(subscriptionId), {
    ...(await connections.get(subscriptionId)),
    failures: 19,
    failure,
  });
  await confirm(scene.deps, scene.identity(), named);
  expect(await connections.get(subscriptionId)).toMatchObject({ failures: 0, failure: null });
});

test("a run that failed and gave the delivery up does not get it back by confirming once more", async () => {
  const { scene, delivery, named } = await buildDispatched({ ...DURABLE, retryOnFailure: true });
  await complete(scene.deps, scene.identity(), { ...named, success: false, conclusion: null });
  const given = await scene.reread(delivery);
  await confirm(scene.deps, scene.identity(), named);
  expect(await scene.reread(delivery)).toEqual(given);
});

test("a confirmation is logged by its key, with the delivery's ids and whether it is a duplicate", async () => {
  const { scene, delivery, named } = await buildDispatched();
  const info = vi.spyOn(scene.deps.log, "info");
  const { correlationId, deliveryId } = delivery;
  for (const [runId, duplicate] of [
    ["900", false],
    ["901", true],
  ] as const) {
    await confirm(scene.deps, scene.identity({ runId }), named);
    const line = { event: "delivery.confirmed", correlationId, deliveryId, duplicate };
    expect(info).toHaveBeenCalledWith(line, expect.any(String));
  }
});

test("the repository records its first confirmation, and keeps it", async () => {
  const { scene, named } = await buildDispatched();
  const { accounts } = scene.deps.store;
  const first = iso(scene.clock.at);
  await confirm(scene.deps, scene.identity(), named);
  scene.clock.at += MINUTE;
  await scene.route();
  await scene.work();
  const [, second] = await scene.list();
  await confirm(scene.deps, scene.identity({ runId: "902" }), {
    deliveryId: second?.deliveryId ?? "",
    correlationId: null,
  });
  expect(await accounts.getRepository(scene.consumer)).toMatchObject({ confirmedAt: first });
});

test("a duplicate is no first confirmation of its repository", async () => {
  const { scene, named } = await buildDispatched();
  const { accounts } = scene.deps.store;
  await confirm(scene.deps, scene.identity(), named);
  await accounts.setRepository({ repositoryId: scene.consumer, confirmedAt: null });
  await confirm(scene.deps, scene.identity({ runId: "901" }), named);
  expect(await accounts.getRepository(scene.consumer)).toMatchObject({ confirmedAt: null });
  expect(await findOwned(scene.deps, scene.observed({ runId: "901" }))).toMatchObject({
    deliveryId: named.deliveryId,
  });
});

test("a workflow that does not decide is told again when it confirmed first", async () => {
  const scene = await scenes.build({ durable: DURABLE, workflow: DEPLOY });
  const { deliveryId } = await scene.route();
  await scene.work();
  const notify = { runId: "901", workflowRef: "consumer/r/.github/workflows/notify.yml@refs/heads/main" };
  const say = () => confirm(scene.deps, scene.identity(notify), { deliveryId, correlationId: null });
  const first = await say();
  scene.clock.at += MINUTE;
  expect(await say()).toEqual(first);
});
