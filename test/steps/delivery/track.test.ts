import { expect, test } from "vitest";
import { iso, MINUTE, SECOND } from "../../../app/domain/clock.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import type { ObservedRun } from "../../../app/domain/records/observed-run.ts";
import { confirm } from "../../../app/steps/delivery/confirm.ts";
import { track } from "../../../app/steps/delivery/track.ts";
import { trackRun } from "../../../app/steps/delivery/track-workflow-run.ts";
import { CONFIRMS } from "../../../app/store/fact-kinds.ts";
import {
  DEPLOY,
  type DeliveryScene,
  type DeliveryScenes,
  DURABLE,
  deliveryScenes,
} from "../../support/delivery-scene.ts";
import { saveAccount } from "../../support/save-account.ts";

/* What a run of the consumer's tells of deliveries, by GitHub's webhooks alone. */

const scenes = deliveryScenes();

const LISTENING = "on:\n  repository_dispatch:\n    types: [zekt-workflow-completed]\njobs: {}\n";

/** A followed consumer to which so many deliveries were dispatched. */
async function buildDispatched(
  count = 1,
  subscription: Parameters<DeliveryScenes["build"]>[0] = { durable: DURABLE },
): Promise<DeliveryScene & { deliveries: Delivery[]; only: Delivery }> {
  const scene = await scenes.build(subscription);
  const { accounts } = scene.deps.store;
  const { ownerId } = await accounts.setRepository({ repositoryId: scene.consumer, tracking: true });
  await saveAccount(accounts, { ownerId, login: "initech", permissions: { actions: "read" } });
  scene.files[DEPLOY] = LISTENING;
  for (let n = 0; n < count; n++) await scene.route();
  await scene.work();
  const deliveries = await scene.list();
  scene.clock.at += SECOND;
  return { ...scene, deliveries, only: deliveries[0] as Delivery };
}

test("a run in progress confirms the one delivery that it can be of, and its end completes it", async () => {
  const { deps, observed, reread, only } = await buildDispatched();
  await track(deps, observed());
  expect(await reread(only)).toMatchObject({
    status: "Confirmed",
    dueFor: "completion",
    owners: { [DEPLOY]: { runId: "900", via: "inferred" } },
  });
  await track(deps, observed({ status: "completed", conclusion: "success" }));
  expect(await reread(only)).toMatchObject({
    status: "Completed",
    isFinalized: true,
    conclusion: "success",
    dueAt: null,
  });
});

test("a run that ended before it was seen in progress completes its delivery all the same", async () => {
  const { deps, observed, reread, only } = await buildDispatched();
  await track(deps, observed({ status: "completed", conclusion: "failure" }));
  expect(await reread(only)).toMatchObject({
    status: "Failed",
    failure: { stage: "conclusion", reason: "The consumer's run ended with failure." },
  });
});

test("what is told again, or in the wrong order, changes nothing", async () => {
  const { deps, observed, reread, only } = await buildDispatched();
  await track(deps, observed({ status: "completed", conclusion: "success" }));
  const done = await reread(only);
  await track(deps, observed({ status: "completed", conclusion: "success" }));
  await track(deps, observed());
  expect(await reread(only)).toEqual(done);
});

test("a run that names its delivery is of that one, though others fit as well", async () => {
  const { deps, observed, reread, deliveries } = await buildDispatched(2);
  const [first, second] = deliveries as [Delivery, Delivery];
  await track(deps, observed({ title: `Deploy ${second.deliveryId}` }));
  expect(await reread(second)).toMatchObject({
    status: "Confirmed",
    owners: { [DEPLOY]: { via: "run-name" } },
  });
  expect(await reread(first)).toMatchObject({ status: "Dispatched", owners: {} });
});

test.each(["queued", "waiting", "pending"])(
  "a run that is %s changes nothing of the delivery that it names",
  async (status) => {
    const { deps, observed, reread, only } = await buildDispatched();
    const before = await reread(only);
    await track(deps, observed({ status, conclusion: null, title: `Deploy ${only.deliveryId}` }));
    expect(await reread(only)).toEqual(before);
  },
);

test("a run that confirmed by the action is of the delivery that it confirmed, whatever its title says", async () => {
  const { deps, observed, identity, reread, deliveries } = await buildDispatched(2);
  const [first, second] = deliveries as [Delivery, Delivery];
  await confirm(deps, identity(), { deliveryId: first.deliveryId, correlationId: null });
  const title = `Deploy ${second.deliveryId}`;
  await track(deps, observed({ title, status: "completed", conclusion: "success" }));
  expect(await reread(first)).toMatchObject({
    status: "Completed",
    owners: { [DEPLOY]: { via: "action", conclusion: "success" } },
  });
  expect(await reread(second)).toMatchObject({ status: "Dispatched", owners: {} });
});

test("where two deliveries fit a run, both are marked with it and neither moves", async () => {
  const { deps, observed, reread, deliveries } = await buildDispatched(2);
  await track(deps, observed());
  for (const delivery of deliveries) {
    expect(await reread(delivery)).toMatchObject({
      status: "Dispatched",
      owners: {},
      ambiguousRuns: ["900"],
    });
  }
});

test("a title that names another repository's delivery says nothing", async () => {
  const other = await buildDispatched();
  const { deps, observed, reread, only } = await buildDispatched();
  await track(deps, observed({ title: `Deploy ${other.only.deliveryId}` }));
  expect(await other.reread(other.only)).toMatchObject({ status: "Dispatched", owners: {} });
  expect(await reread(only)).toMatchObject({ status: "Dispatched", owners: {} });
});

test.each<[string, (scene: DeliveryScene) => Partial<ObservedRun>]>([
  ["somebody else started", () => ({ actor: "mona" })],
  ["another trigger started", () => ({ event: "workflow_dispatch" })],
  ["is only queued", () => ({ status: "queued" })],
  ["began long after every dispatch", ({ clock }) => ({ createdAt: iso(clock.at + 3 * MINUTE) })],
  ["listens to other types", () => ({ workflow: ".github/workflows/other.yml" })],
])("a run that %s moves nothing", async (_, change) => {
  const scene = await buildDispatched();
  scene.files[".github/workflows/other.yml"] = "on: {repository_dispatch: {types: [other]}}\njobs: {}\n";
  await track(scene.deps, scene.observed(change(scene)));
  expect(await scene.reread(scene.only)).toEqual(scene.only);
});

test("nothing is tracked where the repository is not followed", async () => {
  const { deps, consumer, observed, reread, only } = await buildDispatched();
  await deps.store.accounts.setRepository({ repositoryId: consumer, tracking: false });
  await track(deps, observed({ status: "completed", conclusion: "success" }));
  expect(await reread(only)).toEqual(only);
});

test("a default delivery takes no run that is only inferred, and notes one that names it", async () => {
  const { deps, observed, reread, only } = await buildDispatched(1, { durable: null });
  await track(deps, observed());
  expect(await reread(only)).toEqual(only);
  await track(deps, observed({ title: `Deploy ${only.deliveryId}` }));
  expect(await reread(only)).toMatchObject({
    status: "Confirmed",
    isFinalized: true,
    owners: { [DEPLOY]: { via: "run-name" } },
  });
});

test("a failed run whose delivery is to be tried again gives it up, and the retry is enqueued", async () => {
  const { deps, observed, reread, only, queues } = await buildDispatched(1, {
    durable: { ...DURABLE, retryOnFailure: true },
  });
  await track(deps, observed({ status: "completed", conclusion: "failure" }));
  expect(await reread(only)).toMatchObject({
    isFinalized: false,
    dueFor: "dispatch",
    owners: {},
    releasedRuns: ["900/1"],
  });
  expect(queues.deliveries).toMatchObject([{ deliveryId: only.deliveryId }]);
});

const NOTIFY = ".github/workflows/notify.yml";
const SPEAKING = LISTENING.replace(
  "jobs: {}",
  "jobs: {deploy: {runs-on: ubuntu-latest, steps: [{uses: zekt-dev-org/zekt-action/action/confirm@v1}]}}",
);

test("a plain workflow that ends first leaves its delivery to the one that speaks, whose failure counts", async () => {
  const { deps, observed, identity, reread, only, files } = await buildDispatched();
  Object.assign(files, { [NOTIFY]: LISTENING, [DEPLOY]: SPEAKING });
  await track(deps, observed({ workflow: NOTIFY }));
  await track(deps, observed({ workflow: NOTIFY, status: "completed", conclusion: "success" }));
  expect(await reread(only)).toMatchObject({
    status: "Dispatched",
    dueFor: "confirmation",
    firstOwner: null,
    owners: { [NOTIFY]: { conclusion: "success", via: "inferred" } },
  });
  const deploy = { runId: "901" };
  await confirm(deps, identity(deploy), { deliveryId: only.deliveryId, correlationId: null });
  await track(deps, observed({ ...deploy, status: "completed", conclusion: "failure" }));
  expect(await reread(only)).toMatchObject({ status: "Failed", conclusion: "failure", firstOwner: DEPLOY });
});

test("a plain workflow that failed does not fail the delivery of the one that speaks", async () => {
  const { deps, observed, identity, reread, only, files } = await buildDispatched();
  Object.assign(files, { [NOTIFY]: LISTENING, [DEPLOY]: SPEAKING });
  const title = `Notify ${only.deliveryId}`;
  await track(deps, observed({ workflow: NOTIFY, title, status: "completed", conclusion: "failure" }));
  expect(await reread(only)).toMatchObject({ status: "Dispatched", isFinalized: false });
  await confirm(deps, identity({ runId: "901" }), { deliveryId: only.deliveryId, correlationId: null });
  await track(deps, observed({ runId: "901", status: "completed", conclusion: "success" }));
  expect(await reread(only)).toMatchObject({ status: "Completed" });
});

test("a workflow that speaks though its file does not show it takes over what was only inferred", async () => {
  const { deps, observed, identity, reread, only, files } = await buildDispatched();
  files[NOTIFY] = LISTENING;
  await track(deps, observed({ workflow: NOTIFY }));
  expect(await reread(only)).toMatchObject({ status: "Confirmed", firstOwner: NOTIFY });
  await confirm(deps, identity({ runId: "901" }), { deliveryId: only.deliveryId, correlationId: null });
  await track(deps, observed({ workflow: NOTIFY, status: "completed", conclusion: "success" }));
  expect(await reread(only)).toMatchObject({ status: "Confirmed", firstOwner: DEPLOY });
  await track(deps, observed({ runId: "901", status: "completed", conclusion: "failure" }));
  expect(await reread(only)).toMatchObject({ status: "Failed" });
});

test("runs of plain workflows beside one that speaks hold back no delivery that nobody confirms", async () => {
  const scene = await buildDispatched(2);
  Object.assign(scene.files, { [NOTIFY]: LISTENING, [DEPLOY]: SPEAKING });
  for (const runId of ["900", "901"])
    await track(
      scene.deps,
      scene.observed({ runId, workflow: NOTIFY, status: "completed", conclusion: "success" }),
    );
  expect(await scene.list()).toMatchObject([
    { status: "Dispatched", ambiguousRuns: [] },
    { status: "Dispatched", ambiguousRuns: [] },
  ]);
});

const COMPLETING = SPEAKING.replace("action/confirm", "action/complete");

/** The record of a consumer's workflow. */
const recorded = async ({ deps, consumer }: DeliveryScene) =>
  await deps.store.facts.get(CONFIRMS.of({ repositoryId: consumer, workflow: DEPLOY }));

test.each<[string, string, boolean]>([
  ["uses the confirm action", SPEAKING, true],
  ["uses the complete action alone", COMPLETING, false],
  ["is plain", LISTENING, false],
])("of a workflow that %s a run in progress records whether it confirms", async (_, file, confirms) => {
  const scene = await buildDispatched();
  scene.files[DEPLOY] = file;
  const { deps, observed, reread, only } = scene;
  await trackRun(deps, observed());
  expect(await recorded(scene)).toEqual({ commit: observed().headSha, confirms });
  expect(await reread(only)).toMatchObject({ status: "Confirmed" });
});

test.each<[string, Parameters<DeliveryScenes["build"]>[0]]>([
  ["whose subscription names it", { durable: DURABLE, workflow: DEPLOY }],
  ["of default deliveries", { durable: null }],
])("of a workflow %s it is recorded too", async (_, subscription) => {
  const scene = await buildDispatched(1, subscription);
  scene.files[DEPLOY] = SPEAKING;
  await trackRun(scene.deps, scene.observed());
  expect(await recorded(scene)).toMatchObject({ confirms: true });
});

test("where the App may not read runs, none is recorded to confirm by itself", async () => {
  const scene = await buildDispatched();
  const { deps, consumer, observed, files } = scene;
  const ownerId = (await deps.store.accounts.getRepository(consumer))?.ownerId as string;
  await saveAccount(deps.store.accounts, { ownerId, login: "initech", permissions: { contents: "write" } });
  files[DEPLOY] = SPEAKING;
  await trackRun(deps, observed());
  expect(await recorded(scene)).toEqual({ commit: observed().headSha, confirms: false });
});

test("a workflow's file is read once a commit, also where its runs confirm before they are followed", async () => {
  const scene = await buildDispatched();
  const { deps, observed, identity, only, files } = scene;
  files[DEPLOY] = SPEAKING;
  await confirm(deps, identity(), { deliveryId: only.deliveryId, correlationId: null });
  await trackRun(deps, observed());
  expect(await recorded(scene)).toMatchObject({ confirms: true });
  // Another process remembers nothing of the file; the record stands.
  deps.workflowTypes.clear();
  files[DEPLOY] = LISTENING;
  await trackRun(deps, observed());
  expect(await recorded(scene)).toMatchObject({ confirms: true });
  const commit = "b".repeat(40);
  await trackRun(deps, observed({ runId: "901", headSha: commit }));
  expect(await recorded(scene)).toEqual({ commit, confirms: false });
});

test.each<[string, Partial<ObservedRun>]>([
  ["has ended", { status: "completed", conclusion: "success" }],
  ["is run again", { runAttempt: 2 }],
  ["somebody else's dispatch started", { actor: "mona" }],
])("a run that %s records nothing of its workflow", async (_, change) => {
  const scene = await buildDispatched();
  scene.files[DEPLOY] = SPEAKING;
  await trackRun(scene.deps, scene.observed(change));
  expect(await recorded(scene)).toBeNull();
});

test("a run that names its delivery is followed where its workflow's file may not be read", async () => {
  const scene = await buildDispatched(1, { durable: DURABLE, workflow: DEPLOY });
  const { deps, consumer, observed, reread, only } = scene;
  await deps.store.accounts.setRepository({ repositoryId: consumer, installationId: null });
  await trackRun(deps, observed({ title: `Deploy ${only.deliveryId}` }));
  expect(await reread(only)).toMatchObject({ status: "Confirmed" });
  expect(await recorded(scene)).toBeNull();
});

test("a run that was not followed in progress ends its delivery, though it never confirmed", async () => {
  const { deps, observed, reread, only, files } = await buildDispatched();
  files[DEPLOY] = SPEAKING;
  await track(deps, observed({ status: "completed", conclusion: "success" }));
  expect(await reread(only)).toMatchObject({
    status: "Completed",
    owners: { [DEPLOY]: { via: "inferred" } },
  });
});

test("of two runs that were not followed in progress the one that confirms tells whose the other is", async () => {
  const { deps, observed, identity, reread, deliveries, files } = await buildDispatched(2);
  const [first, second] = deliveries as [Delivery, Delivery];
  files[DEPLOY] = SPEAKING;
  await confirm(deps, identity({ runId: "901" }), { deliveryId: second.deliveryId, correlationId: null });
  await track(deps, observed({ status: "completed", conclusion: "success" }));
  expect(await reread(first)).toMatchObject({ status: "Completed", owners: { [DEPLOY]: { runId: "900" } } });
  await track(deps, observed({ runId: "901", status: "completed", conclusion: "failure" }));
  expect(await reread(second)).toMatchObject({ status: "Failed", owners: { [DEPLOY]: { runId: "901" } } });
});
