import { afterEach, beforeEach, expect, test } from "vitest";
import { MINUTE } from "../../../app/domain/clock.ts";
import { handleMessage } from "../../../app/steps/jobs/handle-message.ts";
import { sweep } from "../../../app/steps/jobs/sweep.ts";
import { until } from "../../../harness/stage.ts";
import {
  deliveriesTo,
  dispatchesTo,
  publish,
  startDurableWorld,
  type World,
  zektAfter,
} from "../../../harness/world.ts";
import { type Call, clientOf } from "../client.ts";

/* Changes that would harm somebody are refused until it is said what is to come of it. */

let world: World;
let call: Call;
beforeEach(async () => {
  world = await startDurableWorld();
  call = clientOf(world);
});
afterEach(() => world.close());

const turnOff = (more = {}) =>
  call("initech-dev", `/repositories/${world.consumer}`, {
    method: "PATCH",
    body: { tracking: false, ...more },
  });
const subscription = async () => (await call("initech-dev", `/subscriptions/${world.subscriptionId}`)).json;

test("tracking under a durable subscription is turned off only with a word about it", async () => {
  const refused = await turnOff();
  expect([refused.status, refused.json]).toMatchObject([
    409,
    {
      detail:
        '1 durable subscription of initech/consumer may rely on completion tracking. Send durableSubscriptions "end" to change to default delivery, or "keep" if the workflows use the confirm action.',
      errors: [{ pointer: "/durableSubscriptions" }],
    },
  ]);
  expect((await call("initech-dev", `/repositories/${world.consumer}`)).json.tracking).toBe(true);
  expect((await turnOff({ durableSubscriptions: "end" })).json.tracking).toBe(false);
  expect((await subscription()).durable).toBeNull();
});

test("a word about durable subscriptions without the change that it is about is refused, and changes nothing", async () => {
  for (const tracking of [true, undefined]) {
    const refused = await turnOff({ tracking, durableSubscriptions: "end" });
    expect([refused.status, refused.json]).toMatchObject([
      400,
      { errors: [{ pointer: "/durableSubscriptions", detail: "goes with tracking: false alone" }] },
    ]);
  }
  expect((await subscription()).durable).not.toBeNull();
});

test("a durable subscription that is kept without tracking is an obstacle of its preflight", async () => {
  expect((await turnOff({ durableSubscriptions: "keep" })).json.tracking).toBe(false);
  expect((await subscription()).durable).not.toBeNull();
  const { json } = await call("initech-dev", `/subscriptions/${world.subscriptionId}/preflight`);
  expect(json.obstacles.map(({ code }: { code: string }) => code)).toContain("unconfirmable");
});

test("a delivery that nothing can confirm any more ends with a reason, and starts no second run", async () => {
  await publish(world, "built");
  await until(async () => {
    const all = await deliveriesTo(world, world.consumer);
    return all.length > 0 && all.every(({ status }) => status === "Dispatched");
  });
  const before = dispatchesTo(world, "initech/consumer").length;
  await turnOff({ durableSubscriptions: "end" });
  for (let n = 1; n <= 3; n++) await sweep(zektAfter(world, n * 11 * MINUTE));
  const later = zektAfter(world, 34 * MINUTE);
  for (const { deliveryId, ...rest } of await deliveriesTo(world, world.consumer))
    await handleMessage(
      later,
      "delivery",
      JSON.stringify({
        deliveryId,
        subscriptionId: rest.subscriptionId,
        serviceId: rest.source.serviceId,
        consumerRepositoryId: rest.consumerRepositoryId,
      }),
    );
  await until(async () => (await deliveriesTo(world, world.consumer)).every((one) => one.isFinalized));
  const [one] = await deliveriesTo(world, world.consumer);
  expect(one).toMatchObject({
    status: "Failed",
    failure: { stage: "confirmation", reason: expect.stringMatching(/^Completion tracking is off/) },
  });
  expect(dispatchesTo(world, "initech/consumer")).toHaveLength(before);
});

test("a repeated request changes what it names, and leaves the rest", async () => {
  const path = `/repositories/${world.consumer}/subscriptions`;
  const body = { service: "acme/provider/releases", eventTypes: ["built"] };
  const again = await call("initech-dev", path, { method: "POST", body });
  expect([again.status, again.json]).toMatchObject([
    201,
    { status: "approved", eventTypes: ["built"], durable: { maxAttempts: 8 } },
  ]);
});

test("an approval is revoked by hand though a file manages the repository", async () => {
  await world.server.deps.store.accounts.setRepository({
    repositoryId: world.provider,
    managedBy: ".github/zekt.yml",
  });
  const decide = (verb: string) =>
    call("acme-dev", `/subscriptions/${world.subscriptionId}/${verb}`, { method: "POST" });
  expect((await decide("revoke")).json).toMatchObject({ status: "revoked" });
  expect((await decide("approve")).status).toBe(409);
});

test("the name that a subscription shows is the one that requests take", async () => {
  const { service } = await subscription();
  expect(service.name).toBe("acme/provider/releases");
  const path = `/repositories/${world.consumer}/subscriptions`;
  const body = { service: service.name };
  expect((await call("initech-dev", path, { method: "POST", body })).status).toBe(201);
});

test("an example workflow listens to the types that were typed", async () => {
  const path = `/directory/${world.serviceId}/example-workflow?eventTypes=built,%20released`;
  expect((await call("initech-dev", path)).json.text).toContain('types: ["built", "released"]');
});
