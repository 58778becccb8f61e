import { afterAll, beforeAll, expect, test } from "vitest";
import { fail } from "../../../app/domain/delivery/attempt.ts";
import { recordDeadJob } from "../../../app/steps/jobs/handle-message.ts";
import { until } from "../../../harness/stage.ts";
import { deliveriesTo, publish, startWorld, type World } from "../../../harness/world.ts";
import type { Call } from "../client.ts";
import { documentedClient } from "../documented.ts";

let world: World;
let call: Call;
beforeAll(async () => {
  world = await startWorld();
  const { id } = world.github.control.account("acme-dev");
  (world.server.deps.operators as Set<string>).add(String(id));
  call = await documentedClient(world);
});
afterAll(async () => await world.close());

const stuck = async () => (await call("acme-dev", "/operations/stuck")).json.items;

test("only an operator sees what is stuck, and the queues; others learn nothing of it", async () => {
  for (const path of ["/operations/stuck", "/operations/queues"]) {
    expect((await call("acme-dev", path)).status).toBe(200);
    expect((await call("initech-dev", path)).status).toBe(404);
    expect((await call(null, path)).status).toBe(401);
  }
});

test("what goes its way is not stuck", async () => {
  await publish(world, "built");
  await until(async () => {
    const all = await deliveriesTo(world, world.consumer);
    return all.length === 2 && all.every(({ status }) => status === "Dispatched");
  });
  expect(await stuck()).toEqual([]);
});

test("a delivery that fails by an error of ours is stuck, with its owner's login", async () => {
  const { deliveries } = world.server.deps.store;
  const [one] = await deliveriesTo(world, world.consumer);
  if (!one) throw new Error("There is no delivery.");
  const at = new Date().toISOString();
  const isReplaced = await deliveries.replace(one, {
    ...one,
    status: "Pending",
    dueFor: "dispatch",
    dueAt: new Date(Date.now() + 120_000).toISOString(),
    stall: { since: at, enqueued: 1, failures: 2, failedAt: at },
  });
  expect(isReplaced).toBe(true);
  expect(await stuck()).toMatchObject([
    { kind: "delivery", id: one.deliveryId, owner: "initech", what: one.eventType, since: at, failures: 2 },
  ]);
  const current = await deliveries.get(one.deliveryId);
  if (!current) throw new Error("The delivery is gone.");
  const failure = { stage: "before-github", kind: "internal", reason: "test", status: null } as const;
  await deliveries.replace(current, { ...fail(current, failure, Date.now()), dueAt: null, stall: null });
  expect(await stuck()).toEqual([]);
});

test("a job that was given up stays listed, oldest first", async () => {
  await recordDeadJob(world.server.deps, {
    kind: "file",
    id: "file#1",
    ownerId: "1",
    at: new Date().toISOString(),
    failures: 10,
  });
  const [dead] = await stuck();
  expect(dead).toMatchObject({ kind: "dead-job", id: "file#1", what: "file", failures: 10, nextAt: null });
});

test("a paused connection is listed with what paused it", async () => {
  const { connections } = world.server.deps.store;
  const state = await connections.get(world.subscriptionId);
  const failure = { stage: "github", kind: "not-found", reason: "It is gone.", status: 404 } as const;
  const pausedAt = new Date().toISOString();
  const dueAt = new Date(Date.now() + 3_000_000).toISOString();
  await connections.replace(state, { ...state, pausedAt, failures: 5, failure, dueAt });
  expect((await stuck()).find(({ kind }: { kind: string }) => kind === "connection")).toMatchObject({
    id: world.subscriptionId,
    owner: "initech",
    reason: "It is gone.",
    nextAt: dueAt,
  });
});

test("the queues are counted with the work that is due", async () => {
  const { json } = await call("acme-dev", "/operations/queues");
  expect(json.queues.map(({ name }: { name: string }) => name)).toEqual(["routing", "delivery"]);
  expect(json.due.find(({ table }: { table: string }) => table === "deliveries").waiting).toBe(1);
});

test("anybody may ask how a device signs in, which tells no secret", async () => {
  const response = await fetch(`${world.server.url}/api/device-flow`);
  expect(Object.keys((await response.json()) as object)).toEqual(["clientId", "codeUrl", "tokenUrl"]);
});
