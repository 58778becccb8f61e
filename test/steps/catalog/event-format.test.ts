import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../../harness/stage.ts";
import { dispatchesTo, publish, startWorld, type World } from "../../../harness/world.ts";

/* A subscription's form of events, from its request to the dispatch, its replay and a notice. */

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const change = (body: object) =>
  world.api<{ format: string; start: string }>(
    "initech-dev",
    "PATCH",
    `/subscriptions/${world.subscriptionId}`,
    body,
  );
const dispatch = async (count: number) => {
  await until(() => dispatchesTo(world, "initech/consumer").length >= count);
  return dispatchesTo(world, "initech/consumer").at(-1)?.clientPayload as Record<string, object> | undefined;
};

test("events come as CloudEvents from when the subscription says so, and replays by what it says then", async () => {
  await publish(world);
  expect(await dispatch(1)).not.toHaveProperty("cloudevent");
  expect(await change({ format: "cloudevents" })).toMatchObject({ format: "cloudevents" });
  expect(await change({ eventTypes: [] })).toMatchObject({ format: "cloudevents" });
  await publish(world);
  const sent = await dispatch(2);
  expect(sent).toMatchObject({
    cloudevent: { specversion: "1.0", source: "/acme/provider/releases", subject: expect.any(String) },
  });
  const deliveryId = (sent?.zekt as { deliveryId?: string } | undefined)?.deliveryId;
  expect(sent?.cloudevent).toMatchObject({ id: deliveryId });
  expect(await change({ format: "zekt" })).toMatchObject({ format: "zekt" });
  const path = `/deliveries/${deliveryId}`;
  await until(
    async () => (await world.api<{ isFinalized: boolean }>("initech-dev", "GET", path)).isFinalized,
  );
  await world.api("initech-dev", "POST", `/replay/${deliveryId}`, {});
  const again = await dispatch(3);
  expect(again).toMatchObject({ zekt: { isReplay: true } });
  expect(again).not.toHaveProperty("cloudevent");
});
