import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../../harness/stage.ts";
import { deliveriesTo, sendMessage, startWorld, WORKFLOW, type World } from "../../../harness/world.ts";
import type { Call } from "../client.ts";
import { documentedClient } from "../documented.ts";

/* Deliveries are found by what their payloads hold, a bounded search a page. */

const DAY = 24 * 3_600_000;

let world: World;
let call: Call;
beforeAll(async () => {
  world = await startWorld({ runFields: ["conclusion"] });
  call = await documentedClient(world);
  for (const severity of ["low", "high"]) {
    const { control } = world.github;
    const { id } = await control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
    await sendMessage(world, id, "built", { severity });
    await control.completeRun(id, "success");
  }
  await until(async () => (await deliveriesTo(world, world.consumer)).length === 4);
});
afterAll(() => world.close());

const LOGINS = { consumer: "initech-dev", provider: "acme-dev" };

async function search(where: string, side: "consumer" | "provider" = "consumer", more = "") {
  const path = `/deliveries?repository=${world[side]}&side=${side}&where=${encodeURIComponent(where)}${more}`;
  return await call(LOGINS[side], path);
}

const stored = async () => {
  const [one] = await deliveriesTo(world, world.consumer);
  if (!one) throw new Error("There is no delivery.");
  return one;
};

test.each(["consumer", "provider"] as const)(
  "a %s finds deliveries by their payload, and learns how far the search went",
  async (side) => {
    const { status, json } = await search("message.severity == 'high'", side);
    expect(status).toBe(200);
    expect(json.items).toHaveLength(1);
    expect(json.items[0].eventType).toBe("built");
    const { createdAt } = await stored();
    expect(json).toMatchObject({ cursor: null, searched: { deliveries: 4, failed: 2, unreadable: 0 } });
    expect(json.searched).toMatchObject({ reason: expect.stringMatching(/\w/), backTo: createdAt });
    expect((await search("message.severity == 'high'", side, "&eventType=other")).json).toMatchObject({
      items: [],
      searched: { deliveries: 0, backTo: createdAt },
    });
  },
);

test("a shielded message is not searched, and the search says so", async () => {
  const { deliveries } = world.server.deps.store;
  const all = await deliveriesTo(world, world.consumer);
  const { deliveryId } = all.find(({ messageId }) => messageId !== null) ?? {};
  const read = deliveries.get.bind(deliveries);
  const one = await read(deliveryId as string);
  if (!one) throw new Error("There is no delivery.");
  const shielded = { ...one, shield: "recipient" as const };
  expect(await deliveries.replace(one, shielded)).toBeTruthy();
  const { json } = await search("has(message.severity)");
  expect(json.items).toHaveLength(1);
  expect(json.searched).toMatchObject({ failed: 1, reason: expect.stringContaining("is shielded") });
  expect((await search("eventType == 'built'")).json.items).toHaveLength(2);
  const now = await read(deliveryId as string);
  const { shield: _, ...plain } = now as typeof shielded;
  await deliveries.replace(now as never, plain as never);
});

test("only the run's fields that travel can be searched", async () => {
  expect((await search("has(run.conclusion)")).json.items).toHaveLength(4);
  expect((await search("has(run.head_branch)", "provider")).json.items).toHaveLength(0);
});

test("an expression that is wrong is refused with its place, and a list without one says that nothing was searched", async () => {
  const { status, json } = await search("message.severity =");
  expect(status).toBe(400);
  expect(json.errors).toEqual([{ pointer: "/where", detail: expect.stringMatching(/line 1, column 18/) }]);
  const plain = await call("initech-dev", `/deliveries?repository=${world.consumer}&side=consumer`);
  expect(plain.json.searched).toBeNull();
});

test("a page searches 100 payloads, its cursor goes on to the end, and none older than 90 days is searched", async () => {
  const one = await stored();
  const { deliveries } = world.server.deps.store;
  const at = (ms: number): string => new Date(Date.parse(one.createdAt) - ms).toISOString();
  for (let n = 1; n <= 150; n++)
    await deliveries.add({ ...one, deliveryId: `${one.deliveryId}-${n}`, createdAt: at(n * 1000) });
  await deliveries.add({ ...one, deliveryId: `${one.deliveryId}-old`, createdAt: at(91 * DAY) });
  const first = (await search("false")).json;
  expect(first).toMatchObject({ items: [], searched: { deliveries: 100 } });
  expect(first.cursor).not.toBeNull();
  const second = (await search("false", "consumer", `&cursor=${first.cursor}`)).json;
  expect(second).toMatchObject({
    items: [],
    cursor: null,
    searched: { deliveries: 54, backTo: at(150_000) },
  });
  const full = (await search("true", "consumer", "&limit=2")).json;
  expect(full).toMatchObject({ searched: { deliveries: 2 } });
  const next = (await search("true", "consumer", `&limit=2&cursor=${full.cursor}`)).json;
  const ids = [...full.items, ...next.items].map(({ deliveryId }: { deliveryId: string }) => deliveryId);
  expect(new Set(ids).size).toBe(4);
});

test("a consumer whose approval was revoked finds nothing by payload, and its provider does", async () => {
  await call("acme-dev", `/subscriptions/${world.subscriptionId}/revoke`, { method: "POST" });
  const { items, searched } = (await search("true")).json;
  expect(items).toEqual([]);
  expect(searched.unreadable).toBe(searched.deliveries);
  expect((await search("true", "provider")).json.items.length).toBeGreaterThan(0);
});
