import { expect, test } from "vitest";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import type { RunIdentity } from "../../../app/github/oidc.ts";
import { confirm } from "../../../app/steps/delivery/confirm.ts";
import { findDelivery } from "../../../app/steps/delivery/find-delivery.ts";
import { DEPLOY, deliveryScenes } from "../../support/delivery-scene.ts";

/* Which delivery a consumer's step speaks of: only one that went to its own repository. */

const scenes = deliveryScenes();

test("a delivery is found by its id, and by the provider run's id where that leaves one", async () => {
  const scene = await scenes.build();
  const { deliveryId } = await scene.route(7);
  for (const named of [
    { deliveryId, correlationId: null },
    { deliveryId, correlationId: "7" },
    { deliveryId: null, correlationId: "7" },
  ])
    expect(await findDelivery(scene.deps, scene.identity(), named)).toMatchObject({ deliveryId });
});

test("several deliveries of one provider run are named to whoever asks by that run", async () => {
  const scene = await scenes.build();
  await scene.say();
  await scene.route(7);
  const ids = (await scene.list()).map(({ deliveryId }) => deliveryId).sort();
  await expect(
    findDelivery(scene.deps, scene.identity(), { deliveryId: null, correlationId: "7" }),
  ).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining(ids.join(", ")) });
});

test("of two deliveries of one provider run the one is found that the run's own trigger sent", async () => {
  const scene = await scenes.build();
  await scene.say();
  await scene.route(7);
  const [first, second] = (await scene.list()) as [Delivery, Delivery];
  await scene.deps.store.deliveries.replace(first, {
    ...first,
    start: "workflow_dispatch",
    workflow: DEPLOY,
  });
  const named = { deliveryId: null, correlationId: "7" };
  const { deliveryId } = second;
  expect(await findDelivery(scene.deps, scene.identity(), named)).toMatchObject({ deliveryId });
});

test.each([
  ["deliveryId", "delivery-00000000-0000-0000-0000-000000000000", null],
  ["correlationId", null, "404"],
])("what is unknown by its %s is not found", async (_, deliveryId, correlationId) => {
  const scene = await scenes.build();
  await expect(
    findDelivery(scene.deps, scene.identity(), { deliveryId, correlationId }),
  ).rejects.toMatchObject({ code: "not-found" });
});

test("another repository's delivery is not found, and nothing tells it from what does not exist", async () => {
  const [mine, theirs] = [await scenes.build(), await scenes.build()];
  const { deliveryId } = await theirs.route(7);
  const none = "delivery-00000000-0000-0000-0000-000000000000";
  const errorOf = async (named: { deliveryId: string | null; correlationId: string | null }) =>
    await findDelivery(mine.deps, mine.identity(), named).catch((error: Error) => error.message);
  const unknown = await errorOf({ deliveryId: none, correlationId: null });
  expect(unknown).toBe("No such delivery went to this repository.");
  expect(await errorOf({ deliveryId, correlationId: null })).toBe(unknown);
  expect(await errorOf({ deliveryId: null, correlationId: "7" })).toBe(unknown);
});

test("an id whose run is another than named is a conflict", async () => {
  const scene = await scenes.build();
  const { deliveryId } = await scene.route(7);
  await expect(
    findDelivery(scene.deps, scene.identity(), { deliveryId, correlationId: "8" }),
  ).rejects.toMatchObject({ code: "conflict" });
});

test.each<[string, Partial<RunIdentity>, string]>([
  [
    "another trigger started",
    { eventName: "pull_request_target" },
    "Only a run that repository_dispatch or workflow_dispatch started may do this; this one was started by pull_request_target.",
  ],
  [
    "is on another branch",
    { ref: "refs/heads/feature" },
    "This run is on feature, and only one on the default branch, main, may do this. Where that was the default branch before, replay the delivery: a run that is started again keeps its branch.",
  ],
  [
    "is on a tag",
    { ref: "refs/tags/main" },
    "This run is on refs/tags/main, and only one on the default branch, main, may do this.",
  ],
])("a run that %s may not speak of a delivery", async (_, change, message) => {
  const scene = await scenes.build();
  const { deliveryId } = await scene.route();
  await expect(
    findDelivery(scene.deps, scene.identity(change), { deliveryId, correlationId: null }),
  ).rejects.toMatchObject({ code: "forbidden", message });
});

test("a run on a default branch that Zekt has not learned of yet may speak, and Zekt learns of it", async () => {
  const scene = await scenes.build();
  const { deliveryId } = await scene.route();
  scene.defaultBranch = "trunk";
  const named = { deliveryId, correlationId: null };
  const of = (ref: string) => findDelivery(scene.deps, scene.identity({ ref }), named);
  expect(await of("refs/heads/trunk")).toMatchObject({ deliveryId });
  expect(await scene.jobs()).toMatchObject([{ kind: "repository", repositoryId: scene.consumer }]);
  await expect(of("refs/heads/feature")).rejects.toMatchObject({
    code: "forbidden",
    message: expect.stringContaining("on the default branch, trunk,"),
  });
});

test("a run that has confirmed goes on though its branch is not the default one any more, and no other run does", async () => {
  const scene = await scenes.build();
  const { deliveryId } = await scene.route();
  const named = { deliveryId, correlationId: null };
  const identity = scene.identity();
  await confirm(scene.deps, identity, named);
  scene.defaultBranch = "trunk";
  await scene.deps.store.accounts.setRepository({ repositoryId: scene.consumer, defaultBranch: "trunk" });
  // Its last step, and its re-run.
  for (const runAttempt of [identity.runAttempt, identity.runAttempt + 1])
    expect(await findDelivery(scene.deps, scene.identity({ runAttempt }), named)).toMatchObject({
      deliveryId,
    });
  await expect(findDelivery(scene.deps, scene.identity({ runId: "4711" }), named)).rejects.toMatchObject({
    code: "forbidden",
  });
  // Its right is to this delivery alone.
  await expect(
    findDelivery(scene.deps, identity, { deliveryId: null, correlationId: "404" }),
  ).rejects.toMatchObject({ code: "forbidden" });
});
