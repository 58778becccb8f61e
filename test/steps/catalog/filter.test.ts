import { afterAll, beforeAll, expect, test } from "vitest";
import { changeSubscription, requestSubscription } from "../../../app/steps/catalog/subscribe.ts";
import { type CatalogWorld, startCatalogWorld } from "./catalog-world.ts";

/* A subscription's filter: checked when it is saved, and then it stands with the subscription. */

let world: CatalogWorld;
beforeAll(async () => {
  world = await startCatalogWorld();
});
afterAll(() => world.close());

const FILTER = "has(message.severity) && message.severity == 'high'";
const WRONG = {
  code: "invalid",
  message:
    "The filter is wrong at line 1, column 1: there is no mesage; there are message, run and eventType.",
  errors: [{ pointer: "/filter" }],
};

test("a filter is saved with the request, changed and removed", async () => {
  const service = await world.buildService();
  const { subscriptionId, filter } = await world.buildSubscription(service, { filter: FILTER });
  expect(filter).toBe(FILTER);
  const change = async (next: string | null) =>
    await changeSubscription(world.deps, subscriptionId, { filter: next }, "hubot");
  expect(await change("run.id > 1")).toMatchObject({ filter: "run.id > 1" });
  expect(await changeSubscription(world.deps, subscriptionId, { eventTypes: ["a"] }, "hubot")).toMatchObject({
    filter: "run.id > 1",
  });
  expect(await change(null)).toMatchObject({ filter: null });
});

test("a filter that is wrong is refused with its place, and nothing is changed", async () => {
  const service = await world.buildService();
  const { repositoryId } = await world.buildRepository({ consumer: true });
  const asked = requestSubscription(
    world.deps,
    repositoryId,
    { service: service.serviceId, filter: "mesage.a == 1" },
    "hubot",
  );
  await expect(asked).rejects.toMatchObject(WRONG);
  const { subscriptionId } = await world.buildSubscription(service, { filter: FILTER });
  await expect(
    changeSubscription(world.deps, subscriptionId, { filter: "mesage.a == 1" }, "hubot"),
  ).rejects.toMatchObject(WRONG);
  expect(await world.deps.store.catalog.findSubscription(subscriptionId)).toMatchObject({ filter: FILTER });
});
