import { afterAll, beforeAll, expect, test } from "vitest";
import { HOUR, iso, MINUTE } from "../../../app/domain/clock.ts";
import { sweep } from "../../../app/steps/jobs/sweep.ts";
import { until } from "../../../harness/stage.ts";
import {
  bringOn,
  callAs,
  deliveriesTo,
  dispatchesTo,
  publish,
  startDispatchedRun,
  startDurableWorld,
  tokenOf,
  type World,
  zektAfter,
} from "../../../harness/world.ts";
import { clientOf } from "../client.ts";

let world: World;

beforeAll(async () => {
  world = await startDurableWorld();
  const { control } = world.github;
  for (const [login, owner] of [
    ["initech-admin", "initech"],
    ["hooli-admin", "hooli"],
  ] as const) {
    control.createAccount({ login: owner, type: "Organization" });
    control.createAccount({ login });
    control.setMember(owner, login, "admin");
  }
});
afterAll(() => world.close());

const usageOf = async (owner: string) => {
  const { id } = world.github.control.account(owner);
  const { json, text } = await clientOf(world)(`${owner}-admin`, `/owners/${id}/usage`);
  if (!json.total) throw new Error(text);
  return json;
};

test("what durable delivery took is told apart, with its calls, its requests to GitHub and its kept payloads", async () => {
  await publish(world, "built");
  await until(async () => {
    const deliveries = await deliveriesTo(world, world.consumer);
    return deliveries.length === 2 && deliveries.every(({ status }) => status === "Dispatched");
  });
  const dispatched = (await usageOf("initech")).durable;
  expect(dispatched).toMatchObject({ deliveries: 2, dispatches: 2 });
  expect(dispatched.githubRequests).toBeGreaterThanOrEqual(2);
  expect(dispatched.archivedBytes).toBeGreaterThan(200);
  // A confirm by the action is work for durable delivery.
  const run = await startDispatchedRun(world, "initech/consumer");
  const [delivery] = await deliveriesTo(world, world.consumer);
  const answer = await callAs(world, await tokenOf(world, run.id), "POST", "/event-delivery/confirm", {
    correlationId: delivery?.correlationId,
    deliveryId: delivery?.deliveryId,
  });
  expect(answer.status).toBe(200);
  // Looking for the runs of one that nobody confirmed asks GitHub, on the consumer's quota.
  await sweep(zektAfter(world, 15 * MINUTE));
  await until(async () => (await usageOf("initech")).durable.githubRequests > dispatched.githubRequests);
  const { total, durable, other } = await usageOf("initech");
  expect(durable.runMs).toBeGreaterThan(0);
  expect([durable.runMs + other.runMs, durable.dispatches + other.dispatches]).toEqual([
    total.runMs,
    total.dispatches,
  ]);
});

test("default delivery enters no figure of durable delivery", async () => {
  const consumer = await bringOn(world, "hooli/mirror");
  await world.api("hooli-dev", "PATCH", `/repositories/${consumer}`, { consumer: true });
  const { subscriptionId } = await world.api<{ subscriptionId: string }>(
    "hooli-dev",
    "POST",
    `/repositories/${consumer}/subscriptions`,
    { service: world.serviceId },
  );
  await world.api("acme-dev", "POST", `/subscriptions/${subscriptionId}/approve`);
  await publish(world);
  await until(() => dispatchesTo(world, "hooli/mirror").length === 1);
  await until(async () => (await usageOf("hooli")).total.dispatches === 1);
  const { durable, other } = await usageOf("hooli");
  expect(durable).toEqual({ deliveries: 0, dispatches: 0, runMs: 0, githubRequests: 0, archivedBytes: 0 });
  expect(other).toMatchObject({ dispatches: 1 });
  expect(other.githubRequests).toBeGreaterThanOrEqual(1);
});

test("an owner sets what an event costs it, which usage and blocked events then reckon with", async () => {
  const { control } = world.github;
  control.createAccount({ login: "acme-admin" });
  control.setMember("acme", "acme-admin", "admin");
  const { id } = control.account("acme");
  const call = clientOf(world);
  const set = (login: string, cost: unknown) =>
    call(login, `/owners/${id}`, { method: "PATCH", body: { cost } });
  const { events } = (await usageOf("acme")).cost;
  expect(events).toBeGreaterThan(0);
  expect((await set("acme-admin", { perEvent: 0.25, currency: "EUR" })).json).toMatchObject({
    cost: { perEvent: 0.25, currency: "EUR" },
    standardCost: { perEvent: 0, currency: "USD" },
  });
  const cost = { events, perEvent: 0.25, amount: events * 0.25, currency: "EUR" };
  expect((await usageOf("acme")).cost).toEqual(cost);
  const blocked = await call("acme-dev", `/repositories/${world.provider}/blocked`);
  expect(blocked.json.cost).toMatchObject({ perEvent: 0.25, currency: "EUR" });
  for (const wrong of [{ perEvent: -1, currency: "EUR" }, { perEvent: 1, currency: "euro" }, 1]) {
    expect((await set("acme-admin", wrong)).status).toBe(400);
  }
  // Whoever maintains a repository does not speak for its owner.
  expect((await set("acme-dev", null)).status).toBe(404);
  expect((await set("acme-admin", null)).json).toMatchObject({ cost: null, replay: true });
  expect((await usageOf("acme")).cost).toMatchObject({ perEvent: 0, currency: "USD" });
});

test("ranges that meet at a full hour count that hour once", async () => {
  const { id } = world.github.control.account("hooli");
  const { store, clock } = world.server.deps;
  const [before, hour, after] = [-1, 0, 1].map((n) => iso(Math.floor(clock.now() / HOUR + n - 3) * HOUR));
  const at = iso(Date.parse(hour as string) + MINUTE);
  await store.meters.record([
    { scope: `owner#${id}`, factId: "in the hour", at, counts: { eventsAllowed: 7 } },
  ]);
  const eventsOf = async (from = "", to = "") => {
    const { json } = await clientOf(world)("hooli-admin", `/owners/${id}/usage?from=${from}&to=${to}`);
    return [json.cost.events, json.periods.map(({ period }: { period: string }) => period)];
  };
  expect(await eventsOf(before, hour)).toEqual([0, []]);
  expect(await eventsOf(hour, after)).toEqual([7, [hour?.slice(0, 13)]]);
  expect(await eventsOf(hour, at)).toEqual([7, [hour?.slice(0, 13)]]);
});

test("a range that ends before it begins is refused", async () => {
  const { id } = world.github.control.account("hooli");
  const range = "from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z";
  const { status, json } = await clientOf(world)("hooli-admin", `/owners/${id}/usage?${range}`);
  expect([status, json.errors?.[0]?.pointer]).toEqual([400, "/from"]);
});
