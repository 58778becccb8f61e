import { afterAll, beforeAll, expect, test } from "vitest";
import { DAY, iso, startOfHour } from "../../../app/domain/clock.ts";
import type { Delivery, Failure } from "../../../app/domain/records/delivery.ts";
import { recordDelivery } from "../../../app/steps/delivery/update-delivery.ts";
import { openSqlite } from "../../../app/store/sqlite/storage.ts";
import { until } from "../../../harness/stage.ts";
import {
  bringOn,
  dispatchesTo,
  silent,
  startWorld,
  WORKFLOW,
  type World,
  zektOf,
} from "../../../harness/world.ts";
import { watched } from "../../support/around-tables.ts";
import { type Call, clientOf } from "../client.ts";
import { documentedClient } from "../documented.ts";

let world: World;
let call: Call;
/** A delivery that went well, after which others are built. */
let model: Delivery;

const storage = watched(openSqlite());
beforeAll(async () => {
  world = await startWorld({ alias: "Night Owl" }, {}, {}, silent, { storage });
  call = await documentedClient(world);
  const run = await world.github.control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
  await world.github.control.completeRun(run.id, "success");
  await until(() => dispatchesTo(world, "initech/consumer").length === 1);
  const id = zektOf(dispatchesTo(world, "initech/consumer")[0]).deliveryId as string;
  const { deliveries } = world.server.deps.store;
  await until(async () => (await deliveries.get(id))?.isFinalized === true);
  model = (await deliveries.get(id)) as Delivery;
});
afterAll(() => world.close());

let built = 0;

/** Stores a delivery as it ended and notes it, as a step would. */
async function buildEnded(change: Partial<Delivery> = {}): Promise<Delivery> {
  const { deps } = world.server;
  const delivery = {
    ...model,
    deliveryId: `delivery-${crypto.randomUUID()}`,
    createdAt: iso(deps.clock.now() + ++built),
    ...change,
  };
  await deps.store.deliveries.add(delivery);
  await recordDelivery(deps, delivery);
  return delivery;
}

const buildFailed = (failure: Partial<Failure>, subscriptionId = world.subscriptionId): Promise<Delivery> => {
  const whole: Failure = {
    stage: "github",
    kind: "service-unavailable",
    reason: "needle",
    status: 503,
    ...failure,
  };
  const [attempt] = model.attempts;
  return buildEnded({
    subscriptionId,
    status: "Failed",
    failure: whole,
    completedAt: iso(world.server.deps.clock.now() + ++built),
    attempts:
      attempt && whole.stage === "github"
        ? [{ ...attempt, outcome: "failed", failure: whole }]
        : model.attempts,
  });
};

const stats = () => call("initech-dev", `/connections/${world.subscriptionId}/stats`);

test("a connection's deliveries are counted, its rate is told and its health judged", async () => {
  const before = (await stats()).json;
  expect(before).toMatchObject({
    connectionId: world.subscriptionId,
    health: "healthy",
    last24Hours: { total: 1, dispatched: 1, failed: 0, inFlight: 0, successRate: 1 },
    last7Days: { total: 1 },
    lastEvent: {
      deliveryId: model.deliveryId,
      eventType: model.eventType,
      status: "Dispatched",
      at: model.createdAt,
    },
  });
  expect(before.hours).toMatchObject([{ total: 1, hour: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d$/) }]);
  await buildFailed({});
  const after = (await stats()).json;
  expect(after).toMatchObject({ health: "critical", last24Hours: { total: 2, failed: 1, successRate: 0.5 } });
  expect(after.reason).toBe(
    "50 % of the deliveries that ended in the last 24 hours succeeded, less than 90 %.",
  );
  expect((await call("acme-dev", `/connections/${world.subscriptionId}/stats`)).json).toEqual(after);
});

test("failures are grouped by cause with what to do about them, and the last ten are told whole", async () => {
  for (let n = 0; n < 9; n++) {
    await buildFailed({ stage: "confirmation", kind: "timeout", status: null, reason: `late ${n}` });
  }
  const last = await buildFailed({ stage: "conclusion", kind: "consumer", reason: "needle in the run" });
  const { json } = await call("initech-dev", `/connections/${world.subscriptionId}/diagnostics`);
  expect(json.groups).toMatchObject([
    {
      group: "no-confirmation",
      stage: "confirmation",
      kind: "timeout",
      failed: 9,
      attempts: 0,
      recommendation: {
        setting: "durable.confirmWithin",
        page: "consumer-workflows",
        link: expect.stringMatching(/\/initech\/consumer\/tree\/HEAD\/\.github\/workflows$/),
      },
    },
    { group: "service-unavailable", failed: 1, attempts: 1 },
    { group: "conclusion", failed: 1, recommendation: { page: "consumer-runs" } },
  ]);
  expect(json.failures).toHaveLength(10);
  expect(json.failures[0]).toMatchObject({
    deliveryId: last.deliveryId,
    failure: { reason: "needle in the run" },
  });
  expect(json.failures[1].failure.reason).toBe("late 8");
  expect(json.last30Days).toMatchObject({ total: 12, failed: 11 });
});

test("a provider is told causes, and neither its consumer's error texts nor its runs", async () => {
  const { json, text } = await call("acme-dev", `/connections/${world.subscriptionId}/diagnostics`);
  expect(text).not.toMatch(/needle|late \d/);
  const path = `/deliveries?side=provider&repository=${world.provider}`;
  const listed = await call("acme-dev", path);
  const attempts = listed.json.items.flatMap((one: Delivery) => one.attempts);
  expect(attempts.map((one: Delivery["attempts"][number]) => one.failure?.kind)).toContain(
    "service-unavailable",
  );
  expect(listed.text).not.toMatch(/needle|late \d/);
  expect(json.failures[0]).toMatchObject({ failure: { kind: "consumer", reason: null }, owners: [] });
  expect(json.groups[0].recommendation).toMatchObject({ setting: null, page: "subscription" });
});

test("noting a failure again, as after a crash, counts and shows it once", async () => {
  const path = `/connections/${world.subscriptionId}/diagnostics`;
  const failed = await buildFailed({ kind: "network", status: null });
  const once = (await call("initech-dev", path)).json;
  for (let time = 0; time < 3; time++) await recordDelivery(world.server.deps, failed);
  expect((await call("initech-dev", path)).json).toMatchObject({
    last30Days: once.last30Days,
    groups: once.groups,
    failures: once.failures,
  });
});

test("connections are listed from either side, found by a text and by their health, page by page", async () => {
  const other = await bringOn(world, "initech/another");
  await world.api("initech-dev", "PATCH", `/repositories/${other}`, { consumer: true });
  const asked = await world.api<{ subscriptionId: string }>(
    "initech-dev",
    "POST",
    `/repositories/${other}/subscriptions`,
    { service: world.serviceId },
  );
  const ids = async (login: string, query: string): Promise<string[]> =>
    (await call(login, `/connections?${query}`)).json.items.map(
      ({ connectionId }: { connectionId: string }) => connectionId,
    );
  // What is only asked for is no connection yet.
  expect(await ids("acme-dev", "side=provider")).toEqual([world.subscriptionId]);
  await world.api("acme-dev", "POST", `/subscriptions/${asked.subscriptionId}/approve`);
  // Rights are remembered for a while, so somebody is asked of whom nothing is known yet.
  world.github.control.createAccount({ login: "watcher" });
  for (const name of ["initech/another", "initech/consumer"])
    world.github.control.setRole(name, "watcher", "triage");
  const inOrder = [asked.subscriptionId, world.subscriptionId];
  expect(await ids("watcher", "side=consumer")).toEqual(inOrder);
  expect(new Set(await ids("acme-dev", "side=provider"))).toEqual(new Set(inOrder));
  expect(await ids("watcher", "side=provider")).toEqual([]);
  expect(await ids("watcher", `side=consumer&repository=${other}`)).toEqual([asked.subscriptionId]);
  expect(await ids("watcher", "side=consumer&text=ANOTHER")).toEqual([asked.subscriptionId]);
  expect(await ids("watcher", "side=consumer&text=night%20owl")).toEqual(inOrder);
  // Behind an alias the provider's own name finds nothing.
  expect(await ids("watcher", "side=consumer&text=night%20owl/releases")).toEqual(inOrder);
  expect(await ids("watcher", "side=consumer&text=acme")).toEqual([]);
  expect(await ids("watcher", "side=consumer&health=critical")).toEqual([world.subscriptionId]);
  expect(await ids("watcher", "side=consumer&health=healthy")).toEqual([asked.subscriptionId]);
  const first = (await call("watcher", "/connections?side=consumer&limit=1")).json;
  const second = (await call("watcher", `/connections?side=consumer&limit=1&cursor=${first.cursor}`)).json;
  expect([...first.items, ...second.items].map(({ connectionId }) => connectionId)).toEqual(inOrder);
  expect(first.items[0]).toMatchObject({
    health: "healthy",
    reason: "There was nothing to deliver yet.",
    // An alias hides the repository and its workflow, too.
    service: { slug: "releases", provider: "Night Owl", alias: true, repository: null, workflow: null },
    consumer: { fullName: "initech/another" },
    durable: false,
  });
  expect(second.cursor).toBeNull();
});

test("who has no role on a repository named is told that there is none", async () => {
  expect((await call("acme-dev", `/connections?side=consumer&repository=${world.consumer}`)).status).toBe(
    404,
  );
});

test("health, figures and diagnostics cost as many requests with hundreds of deliveries as with a few", async () => {
  const path = `/connections/${world.subscriptionId}`;
  const requestsFor = async (what: string): Promise<number> => {
    const counts: number[] = [];
    // The least of some, since a sweep may run beside one.
    for (let time = 0; time < 3; time++) {
      let requests = 0;
      const end = storage.onCall((number) => {
        requests = number;
      });
      await call("initech-dev", `${path}/${what}`);
      end();
      counts.push(requests);
    }
    return Math.min(...counts);
  };
  const few = [await requestsFor("stats"), await requestsFor("diagnostics")];
  await Promise.all(Array.from({ length: 300 }, () => buildEnded()));
  await Promise.all(Array.from({ length: 20 }, () => buildFailed({})));
  expect([await requestsFor("stats"), await requestsFor("diagnostics")]).toEqual(few);
});

test("a failed delivery says from which sides it is seen, and leads its provider to the run", async () => {
  const path = `/connections/${world.subscriptionId}/diagnostics`;
  const asProvider = (await call("acme-dev", path)).json.failures[0];
  const asConsumer = (await call("initech-dev", path)).json.failures[0];
  expect([asProvider.sides, asConsumer.sides]).toEqual([["provider"], ["consumer"]]);
  const { json } = await call("acme-dev", `/deliveries/${asProvider.deliveryId}`);
  expect(asProvider.providerRun).toEqual(json.providerRun);
  expect(json.providerRun.url).toContain("/acme/provider/actions/runs/");
});

test("a connection that was only tried had nothing to deliver yet", async () => {
  const consumer = await bringOn(world, "umbrella/tried");
  await world.api("umbrella-dev", "PATCH", `/repositories/${consumer}`, { consumer: true });
  const { subscriptionId } = await world.api<{ subscriptionId: string }>(
    "umbrella-dev",
    "POST",
    `/repositories/${consumer}/subscriptions`,
    { service: world.serviceId },
  );
  await world.api("acme-dev", "POST", `/subscriptions/${subscriptionId}/approve`);
  const healthOf = async () => (await call("umbrella-dev", `/connections/${subscriptionId}/stats`)).json;
  const fresh = { health: "healthy", reason: "There was nothing to deliver yet." };
  expect(await healthOf()).toMatchObject(fresh);
  for (let n = 0; n < 3; n++) await buildEnded({ subscriptionId, isTest: true });
  expect(await healthOf()).toMatchObject({ ...fresh, last7Days: { total: 0 } });
  // What was delivered before the tests, and long ago, was a delivery all the same.
  const long = iso(world.server.deps.clock.now() - 20 * DAY);
  await world.server.deps.store.deliveries.add({
    ...model,
    subscriptionId,
    deliveryId: `delivery-${crypto.randomUUID()}`,
    createdAt: long,
  });
  expect(await healthOf()).toMatchObject({
    health: "warning",
    reason: "Nothing was delivered in the last 7 days.",
  });
});

test.each([
  "/attention",
  "/overview?days=1",
  "/overview?days=2",
  "/overview?days=30",
  `diagnostics`,
  `stats`,
])("%s is not sent again while nothing has changed", async (what) => {
  const path = what.startsWith("/") ? what : `/connections/${world.subscriptionId}/${what}`;
  const again = async () => {
    const { headers } = await call("initech-dev", path);
    const { status } = await clientOf(world)("initech-dev", path, {
      headers: { "if-none-match": headers.get("etag") ?? "" },
    });
    return status;
  };
  // Between the two a minute or an hour may begin.
  expect([await again(), await again()]).toContain(304);
});

test.each([
  ["last24Hours", 1],
  ["last7Days", 7],
  ["last30Days", 30],
])("%s begins with the whole hour %i days ago", async (range, days) => {
  const path = `/connections/${world.subscriptionId}/diagnostics`;
  const failed = async (): Promise<number> => (await call("initech-dev", path)).json[range].failed;
  const buildOf = async (at: number): Promise<void> => {
    const ended = { createdAt: iso(at), completedAt: iso(at) };
    const failure: Failure = { stage: "github", kind: "timeout", reason: "needle", status: null };
    await buildEnded({ status: "Failed", failure, ...ended });
    // A fact of an hour that is over is counted once that is added up anew.
    await world.server.deps.store.meters.foldClosed(1000);
  };
  const before = await failed();
  const begins = startOfHour(world.server.deps.clock.now() - days * DAY);
  await buildOf(begins - 1);
  expect(await failed()).toBe(before);
  await buildOf(begins);
  expect(await failed()).toBe(before + 1);
});
