import { afterEach, expect, test } from "vitest";
import { until } from "../../../harness/stage.ts";
import { bringOn, dispatchesTo, publish, startWorld, type World } from "../../../harness/world.ts";

let world: World;
afterEach(() => world.close());

const EVENTS = 75;

test("a consumer that GitHub answers slowly for delays nobody else", { timeout: 60_000 }, async () => {
  world = await startWorld();
  const slow = await bringOn(world, "umbrella/slow");
  await world.api("umbrella-dev", "PATCH", `/repositories/${slow}`, { consumer: true });
  const { subscriptionId } = await world.api<{ subscriptionId: string }>(
    "umbrella-dev",
    "POST",
    `/repositories/${slow}/subscriptions`,
    { service: world.serviceId },
  );
  await world.api("acme-dev", "POST", `/subscriptions/${subscriptionId}/approve`);
  world.github.faults.add({ route: `/repositories/${slow}/dispatches`, latency_ms: 9_000, count: -1 });
  const startedAt = Date.now();
  for (let n = 0; n < EVENTS; n++) await publish(world);
  await until(() => dispatchesTo(world, "initech/consumer").length === EVENTS);
  // Before the first of the slow one's can be through.
  expect(Date.now() - startedAt).toBeLessThan(9_000);
  expect(dispatchesTo(world, "umbrella/slow")).toHaveLength(0);
});
