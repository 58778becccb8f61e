import { afterAll, beforeAll, expect, test } from "vitest";
import { iso, MINUTE } from "../../../app/domain/clock.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import { until } from "../../../harness/stage.ts";
import {
  bringOn,
  deliveriesTo,
  publish,
  startWorld,
  WORKFLOW,
  type World,
  workflowFile,
} from "../../../harness/world.ts";
import type { Call } from "../client.ts";
import { documentedClient } from "../documented.ts";

const NIGHTLY = ".github/workflows/nightly.yml";
let world: World;
let call: Call;

beforeAll(async () => {
  world = await startWorld();
  call = await documentedClient(world);
});
afterAll(() => world.close());

const attention = async (login: string) => (await call(login, "/attention")).json;
const stepsOf = (steps: { step: string; done: boolean }[]) =>
  steps.filter(({ done }) => done).map(({ step }) => step);

test("the steps to a first delivery are shown as far as they are done", async () => {
  const before = (await attention("acme-dev")).steps;
  expect(stepsOf(before.provider)).toEqual(["install", "enable", "whitelist", "offer", "approve"]);
  expect(stepsOf(before.consumer)).toEqual(["install"]);
  await publish(world);
  await until(async () => (await deliveriesTo(world, world.consumer))[0]?.dispatchedAt != null);
  expect(stepsOf((await attention("acme-dev")).steps.provider)).toContain("deliver");
  expect(stepsOf((await attention("initech-dev")).steps.consumer)).toEqual([
    "install",
    "enable",
    "request",
    "approve",
    "deliver",
  ]);
});

test("requests, failures, pauses and blocked events are each named with where they are acted on", async () => {
  expect((await attention("acme-dev")).items).toEqual([]);
  const asking = await bringOn(world, "umbrella/asking");
  await world.api("umbrella-dev", "PATCH", `/repositories/${asking}`, { consumer: true });
  await world.api("umbrella-dev", "POST", `/repositories/${asking}/subscriptions`, {
    service: world.serviceId,
  });
  await world.github.control.push("acme/provider", { [NIGHTLY]: workflowFile("Nightly") });
  const run = await world.github.control.startRun({ repository: "acme/provider", workflow: NIGHTLY });
  await world.github.control.completeRun(run.id, "success");
  const { connections, deliveries } = world.server.deps.store;
  const [one] = await deliveriesTo(world, world.consumer);
  if (one) {
    const failure = { stage: "github", kind: "auth", reason: "needle", status: 403 } as const;
    await deliveries.replace(one, { ...one, status: "Failed", isFinalized: true, failure });
  }
  const state = await connections.get(world.subscriptionId);
  const failure = { stage: "github", kind: "auth", reason: "needle", status: 403 } as const;
  await connections.replace(state, { ...state, pausedAt: new Date().toISOString(), failure });
  await until(async () => (await attention("acme-dev")).items.length === 4);
  const { items } = await attention("acme-dev");
  expect(items.map(({ kind, count }: { kind: string; count: number }) => [kind, count]).sort()).toEqual([
    ["blocked", 1],
    ["failed", 1],
    ["paused", 1],
    ["requested", 1],
  ]);
  expect(JSON.stringify(items)).not.toContain("needle");
  const consumers = (await attention("initech-dev")).items;
  expect(consumers).toMatchObject([
    { kind: "paused", fullName: "initech/consumer", reason: "needle", subscriptionId: world.subscriptionId },
    { kind: "failed", fullName: "initech/consumer", count: 1 },
  ]);
  expect(WORKFLOW).not.toBe(NIGHTLY);
});

test("a stranger has nothing to attend to", async () => {
  world.github.control.createAccount({ login: "stranger" });
  expect(await attention("stranger")).toMatchObject({ items: [], complete: true });
});

test("where there are more deliveries than are looked at, it says so", async () => {
  const { deps } = world.server;
  const [model] = await deliveriesTo(world, world.consumer);
  const begun = deps.clock.now();
  const at = (n: number) => iso(begun - n * MINUTE);
  const failure = { stage: "github", kind: "auth", reason: "needle", status: 403 } as const;
  // The oldest one failed, and 250 later ones hide it.
  for (let n = 0; n <= 250; n++)
    await deps.store.deliveries.add({
      ...(model as Delivery),
      deliveryId: `delivery-many-${n}`,
      createdAt: at(n),
      replayedBy: null,
      ...(n === 250
        ? { status: "Failed", isFinalized: true, failure }
        : { status: "Dispatched", isFinalized: true, failure: null }),
    });
  expect(await attention("initech-dev")).toMatchObject({ complete: false });
});
