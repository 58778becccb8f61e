import { expect, test } from "vitest";
import { DAY, HOUR } from "../../../app/domain/clock.ts";
import { replayIdOf } from "../../../app/domain/ids.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import { checkMayReplay, replay, replayOnce } from "../../../app/steps/replay/replay.ts";
import { type DeliveryScene, DURABLE, deliveryScenes } from "../../support/delivery-scene.ts";
import { saveAccount } from "../../support/save-account.ts";

/* One delivery that ended is sent once more, as another delivery. */

const scenes = deliveryScenes();

/** A delivery that failed for good. */
async function buildFailed(): Promise<{ scene: DeliveryScene; failed: Delivery }> {
  const scene = await scenes.build();
  const delivery = await scene.route();
  scene.answers.push({ status: 404 });
  await scene.work();
  return { scene, failed: await scene.reread(delivery) };
}

test("a replay is another delivery of the same payload, and the original says which", async () => {
  const { scene, failed } = await buildFailed();
  const id = replayIdOf("key", failed.deliveryId);
  expect(await replay(scene.deps, failed, id)).toMatchObject({ deliveryId: id, replayOf: failed.deliveryId });
  expect(await scene.reread(failed)).toEqual({ ...failed, replayedBy: id, version: failed.version + 1 });
  await scene.work();
  expect(scene.sent[1]?.client_payload).toMatchObject({
    zekt: { deliveryId: id, isReplay: true, replayOf: failed.deliveryId, attempt: 1 },
    workflow_run: scene.sent[0]?.client_payload.workflow_run,
  });
});

test("the same key again makes no other delivery", async () => {
  const { scene, failed } = await buildFailed();
  const id = replayIdOf("key", failed.deliveryId);
  await replay(scene.deps, failed, id);
  await replay(scene.deps, await scene.reread(failed), id);
  await scene.work();
  expect(await scene.list()).toHaveLength(2);
  expect(scene.sent).toHaveLength(2);
});

test.each<[string, (scene: DeliveryScene, original: Delivery, id: string) => Promise<unknown>]>([
  ["by itself", (scene, original, id) => replay(scene.deps, original, id)],
  ["by a bulk replay", (scene, original, id) => replayOnce(scene.deps, original, id)],
])("a replay that is repeated in another hour counts once, %s", async (_, make) => {
  const { scene, failed } = await buildFailed();
  await scene.changeSubscription({ ownerId: `owner-${failed.deliveryId}` });
  const id = replayIdOf("key", failed.deliveryId);
  await make(scene, failed, id);
  scene.clock.at += 2 * HOUR;
  await make(scene, await scene.reread(failed), id);
  const { meters } = scene.deps.store;
  const scope = `owner#owner-${failed.deliveryId}`;
  expect(await meters.total(scope, scene.clock.at - DAY, scene.clock.at)).toEqual({ replays: 1 });
});

test("a replay goes by what its subscription says now", async () => {
  const { scene, failed } = await buildFailed();
  await scene.changeSubscription({ durable: DURABLE });
  expect(await replay(scene.deps, failed, replayIdOf("key", failed.deliveryId))).toMatchObject({
    durable: DURABLE,
  });
});

test("a replay after its repositories changed hands is of those who own them now, and counts as theirs", async () => {
  const { scene, failed } = await buildFailed();
  await scene.changeSubscription({ ownerId: "new-consumer", providerOwnerId: "new-provider" });
  const { meters } = scene.deps.store;
  const replaysOf = async (ownerId: string): Promise<number> =>
    (await meters.total(`owner#${ownerId}`, scene.clock.at - DAY, scene.clock.at)).replays ?? 0;
  const before = await replaysOf(failed.consumerOwnerId);
  const id = replayIdOf("key", failed.deliveryId);
  expect(await replay(scene.deps, failed, id)).toMatchObject({
    consumerOwnerId: "new-consumer",
    providerOwnerId: "new-provider",
  });
  expect(await replaysOf("new-consumer")).toBe(1);
  expect(await replaysOf(failed.consumerOwnerId)).toBe(before);
});

test.each<[string, string, RegExp, (scene: DeliveryScene) => Promise<unknown>]>([
  [
    "its subscription is revoked",
    "conflict",
    /The subscription is revoked/,
    ({ changeSubscription }) => changeSubscription({ status: "revoked" }),
  ],
  [
    "its repository is no consumer any more",
    "conflict",
    /not enabled/,
    ({ deps, consumer }) => deps.store.accounts.setRepository({ repositoryId: consumer, consumer: false }),
  ],
])("nothing is sent again where %s", async (_, code, message, end) => {
  const { scene, failed } = await buildFailed();
  await end(scene);
  const again = replay(scene.deps, failed, replayIdOf("key", failed.deliveryId));
  await expect(again).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  expect(await scene.list()).toHaveLength(1);
});

test("what has not ended, and what has left the archive, is not replayed", async () => {
  const { scene, failed } = await buildFailed();
  const pending = await scene.route();
  await expect(replay(scene.deps, pending, "delivery-x")).rejects.toMatchObject({ code: "conflict" });
  const archiveKey = "events/none.json";
  await expect(replay(scene.deps, { ...failed, archiveKey }, "delivery-x")).rejects.toMatchObject({
    code: "gone",
  });
});

test.each([
  ["the consumer's maintainer may", true, { changesConsumer: true, changesProvider: false }, false],
  [
    "the provider's may where the service says so",
    true,
    { changesConsumer: false, changesProvider: true },
    true,
  ],
  ["the provider's may not elsewhere", false, { changesConsumer: false, changesProvider: true }, false],
  ["others may not", false, { changesConsumer: false, changesProvider: false }, true],
])("of who may replay: %s", async (_, may, asker, providerReplay) => {
  const { scene, failed } = await buildFailed();
  const check = checkMayReplay(scene.deps, failed, { providerReplay } as never, asker);
  if (may) await expect(check).resolves.toBeUndefined();
  else await expect(check).rejects.toMatchObject({ code: "forbidden" });
});

test("nobody may replay where the consumer's owner switched replays off", async () => {
  const { scene } = await buildFailed();
  await saveAccount(scene.deps.store.accounts, { ownerId: "77", login: "initech", replay: false });
  const asker = { changesConsumer: true, changesProvider: true };
  await expect(checkMayReplay(scene.deps, { consumerOwnerId: "77" }, null, asker)).rejects.toThrow(
    "Replays are switched off for initech",
  );
});
