import { afterAll, beforeAll, expect, test } from "vitest";
import { MINUTE } from "../../../app/domain/clock.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import { decideSubscription } from "../../../app/steps/catalog/decide-subscription.ts";
import { disableConsumer } from "../../../app/steps/catalog/enable-consumer.ts";
import { removeSubscription, requestSubscription } from "../../../app/steps/catalog/subscribe.ts";
import { deliver } from "../../../app/steps/delivery/deliver.ts";
import { route } from "../../../app/steps/intake/route.ts";
import { deliveryJob } from "../../../app/store/queues.ts";
import { type AppWorld, type Pair, startAppWorld, subscribed, WORKFLOW } from "../../main/app-world.ts";

/* Between an event's routing and its dispatch an approval may end: what was decided before does not leave then. */

let world: AppWorld;
beforeAll(async () => {
  world = await startAppWorld();
});
afterAll(() => world.close());

/** Ends a provider's run and routes its event; the delivery that comes of it is not dispatched yet. */
async function buildRouted(): Promise<Pair & { delivery: Delivery }> {
  const pair = await subscribed(world);
  const { control } = world.github;
  const run = await control.startRun({ repository: pair.provider, workflow: WORKFLOW });
  await control.completeRun(run.id, "success");
  await control.idle();
  const repositoryId = world.repositoryId(pair.provider);
  await route(world.deps, { repositoryId, runId: String(run.id), runAttempt: 1 });
  const delivery = await deliveryOf(pair);
  expect(delivery).toMatchObject({ status: "Pending", attempts: [] });
  return { ...pair, delivery };
}

async function deliveryOf({ consumer }: Pair): Promise<Delivery> {
  const { items } = await world.deps.store.deliveries.list("consumer", world.repositoryId(consumer));
  expect(items).toHaveLength(1);
  return items[0] as Delivery;
}

const dispatchesTo = ({ consumer }: Pair) => world.github.control.repository(consumer).dispatches;

const installationOf = async ({ consumer }: Pair): Promise<number> =>
  Number((await world.repository(consumer)).installationId);

const revoke = ({ subscription }: Pair) => decideSubscription(world.deps, subscription, "revoked", "mona");

async function askAnew(pair: Pair): Promise<void> {
  await revoke(pair);
  const consumer = world.repositoryId(pair.consumer);
  await requestSubscription(world.deps, consumer, { service: pair.service }, "hubot");
}

test("what is approved when it is dispatched leaves", async () => {
  const routed = await buildRouted();
  await world.settle();
  expect(await deliveryOf(routed)).toMatchObject({ status: "Dispatched" });
  expect(dispatchesTo(routed)).toHaveLength(1);
});

const NOT_APPROVED = (status: string) => `The subscription is ${status}; its provider has to approve it.`;
const NOT_INSTALLED =
  "The App is not installed on the consumer's repository any more, or its installation is suspended.";

test.each<[string, string, (pair: Pair) => Promise<unknown>]>([
  ["its provider revokes the subscription", NOT_APPROVED("revoked"), revoke],
  ["the revoked subscription is asked for anew", NOT_APPROVED("requested"), askAnew],
  [
    "its provider denies what was asked for anew",
    NOT_APPROVED("denied"),
    async (pair) => {
      await askAnew(pair);
      await decideSubscription(world.deps, pair.subscription, "denied", "mona");
    },
  ],
  [
    "the subscription is removed",
    NOT_APPROVED("removed"),
    ({ subscription }) => removeSubscription(world.deps, subscription, "hubot"),
  ],
  [
    "the consumer's repository is disabled",
    "The repository is not enabled as a consumer any more.",
    ({ consumer }) => disableConsumer(world.deps, world.repositoryId(consumer), "hubot"),
  ],
  [
    "the consumer suspends the App",
    NOT_INSTALLED,
    async (pair) => await world.github.control.suspend(await installationOf(pair)),
  ],
  [
    "the consumer uninstalls the App",
    // Which ends its approvals as well, so that an installation made later does not bring them back.
    NOT_APPROVED("revoked"),
    async (pair) => await world.github.control.uninstall(await installationOf(pair)),
  ],
  [
    "the App's installation leaves the consumer's repository out",
    NOT_APPROVED("revoked"),
    async (pair) => {
      await world.github.control.changeRepositories(await installationOf(pair), { remove: [pair.consumer] });
    },
  ],
])("what was routed does not leave where %s before it is dispatched", async (_, reason, end) => {
  const routed = await buildRouted();
  await end(routed);
  await world.settle();
  await deliver(world.deps, deliveryJob(routed.delivery));
  expect(await deliveryOf(routed)).toMatchObject({
    status: "Failed",
    isFinalized: true,
    failure: { stage: "before-github", status: null, reason },
    attempts: [],
  });
  expect(dispatchesTo(routed)).toEqual([]);
});

test("what GitHub failed to take is not sent again once the subscription is revoked", async () => {
  const routed = await buildRouted();
  const { store } = world.deps;
  const durable = { confirmWithin: 600, completeWithin: 3600, maxAttempts: 8, retryOnFailure: false };
  await store.deliveries.replace(routed.delivery, { ...routed.delivery, durable });
  world.github.faults.add({ route: "**/dispatches", status: 503, count: 1 });
  await deliver(world.deps, deliveryJob(routed.delivery));
  expect(await deliveryOf(routed)).toMatchObject({ status: "Pending", attempts: [{ outcome: "failed" }] });
  await revoke(routed);
  world.pass(10 * MINUTE);
  await deliver(world.deps, deliveryJob(routed.delivery));
  const failure = { stage: "before-github", reason: NOT_APPROVED("revoked") };
  expect(await deliveryOf(routed)).toMatchObject({ status: "Failed", attempts: [{}], failure });
  expect(dispatchesTo(routed)).toEqual([]);
});
