import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../harness/stage.ts";
import { deliveriesTo, publish, startWorld, type World } from "../../harness/world.ts";
import { zektAs } from "./run-zekt.ts";

let world: World;
let id: string;
beforeAll(async () => {
  world = await startWorld();
  await publish(world, "built");
  const built = async () =>
    (await deliveriesTo(world, world.consumer)).find(({ eventType }) => eventType === "built");
  await until(async () => (await built())?.status === "Dispatched");
  id = (await built())?.deliveryId ?? "";
});
afterAll(async () => await world.close());

test("a person sees its parties, its status and all that happened, in order", async () => {
  const { code, out } = await zektAs(world, "initech-dev")(["show", id]);
  expect(code).toBe(0);
  for (const line of [
    `Delivery:       ${id}`,
    "Status:         Dispatched",
    "Event type:     built",
    "Service:        acme/provider/releases",
    "Consumer:       initech/consumer",
  ]) {
    expect(out.split("\n")).toContain(line);
  }
  const [, table = ""] = out.split("\n\n");
  const happened = table
    .trimEnd()
    .split("\n")
    .map((line) => line.split(/ {2,}/)[1]);
  expect(happened).toEqual(["WHAT", "made", "attempt-began", "dispatched"]);
});

test("--json prints the delivery and its timeline as the API answers them", async () => {
  const { out } = await zektAs(world, "initech-dev")(["show", id, "--json"]);
  const delivery = await world.api("initech-dev", "GET", `/deliveries/${id}`);
  const { items } = await world.api<{ items: unknown[] }>("initech-dev", "GET", `/deliveries/${id}/timeline`);
  expect(JSON.parse(out)).toEqual({ delivery, timeline: items });
});

test("a delivery that failed says why to its consumer", async () => {
  const { accounts } = world.server.deps.store;
  await accounts.setRepository({ repositoryId: world.consumer, reachable: false, installationId: null });
  await publish(world, "lost");
  const lost = async () =>
    (await deliveriesTo(world, world.consumer)).find(({ eventType }) => eventType === "lost");
  await until(async () => (await lost())?.status === "Failed");
  await accounts.setRepository({ repositoryId: world.consumer, reachable: true });
  const failed = (await lost())?.deliveryId ?? "";
  const { out } = await zektAs(world, "initech-dev")(["show", failed]);
  expect(out).toMatch(/^Status: {9}Failed$/m);
  expect(out).toMatch(/^Reason: {9}\S/m);
  const toProvider = await zektAs(world, "acme-dev")(["show", failed]);
  expect(toProvider.out).toMatch(/^Status: {9}Failed$/m);
  expect(toProvider.out).not.toContain("Reason:");
});

test("one that is not there is refused; what is no id is wrong usage", async () => {
  const zekt = zektAs(world, "initech-dev");
  expect(await zekt(["show", "delivery-00000000-0000-5000-8000-000000000001"])).toMatchObject({ code: 1 });
  expect(await zekt(["show", ".."])).toMatchObject({ code: 2 });
});
