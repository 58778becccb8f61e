import { afterAll, beforeAll, expect, test } from "vitest";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import { until } from "../../../harness/stage.ts";
import {
  dispatchesTo,
  sendMessage,
  startWorld,
  WORKFLOW,
  type World,
  workflowFile,
} from "../../../harness/world.ts";
import { saveAccount } from "../../support/save-account.ts";
import { type Call, clientOf } from "../client.ts";
import { documentedClient } from "../documented.ts";

/* What the console reads that nothing else does. */

const NIGHTLY = ".github/workflows/nightly.yml";
let world: World;
let call: Call;
let runId: string;
let ownerId: string;

beforeAll(async () => {
  world = await startWorld();
  world.server.deps.cost = { perEvent: 0.1, currency: "EUR" };
  call = await documentedClient(world);
  const { control } = world.github;
  await control.push("acme/provider", { [NIGHTLY]: workflowFile("Nightly") });
  const run = await control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
  runId = String(run.id);
  await sendMessage(world, run.id, "built", {});
  await control.completeRun(run.id, "success");
  await until(() => dispatchesTo(world, "initech/consumer").length === 2);
  for (let n = 0; n < 2; n++) {
    const blocked = await control.startRun({ repository: "acme/provider", workflow: NIGHTLY });
    await control.completeRun(blocked.id, "success");
  }
  ownerId = String(control.account("acme").id);
  const blockedSoFar = async () =>
    (await call("acme-dev", `/repositories/${world.provider}/blocked`)).json.blocked;
  await until(async () => (await blockedSoFar()) === 2);
});
afterAll(() => world.close());

test("the owners where the App is installed are listed with how they stand, and one's own account without it", async () => {
  const { json } = await call("acme-dev", "/installations");
  expect(json.items).toMatchObject([
    {
      login: "acme",
      type: "Organization",
      trust: "organization",
      installation: "active",
      selection: "all",
      missingPermissions: [],
      administers: false,
      settingsUrl: expect.stringMatching(/\/organizations\/acme\/settings\/installations\/\d+$/),
    },
    {
      login: "acme-dev",
      trust: "personal",
      installation: "none",
      selection: null,
      administers: true,
      settingsUrl: `${world.github.url}/apps/zekt-demo/installations/new`,
    },
  ]);
  expect((await call("initech-dev", "/installations")).text).not.toContain('"acme"');
});

test("what an installation lacks of the App's permissions is named, and that it is suspended", async () => {
  const { control, world: github } = world.github;
  control.createAccount({ login: "hooli", type: "Organization" });
  control.createAccount({ login: "hooli-dev" });
  control.createRepository({ owner: "hooli", name: "site", collaborators: { "hooli-dev": "maintain" } });
  const { id } = await control.install({ app: "zekt-demo", account: "hooli" });
  const installation = github.installations.get(id);
  if (installation) installation.permissions = { ...installation.permissions, contents: "read" };
  await control.suspend(id);
  const { json } = await call("hooli-dev", "/installations");
  expect(json.items[0]).toMatchObject({
    login: "hooli",
    installation: "suspended",
    missingPermissions: ["contents: write"],
  });
});

test("an organisation that GitHub has verified is told apart, wherever its name stands", async () => {
  const { accounts } = world.server.deps.store;
  await saveAccount(accounts, { ownerId, login: "acme", verified: true });
  const provider = (await call("acme-dev", `/repositories/${world.provider}`)).json;
  expect(provider.owner).toMatchObject({ verified: true, trust: "verified-organization" });
  const offer = (await call("initech-dev", `/directory/${world.serviceId}`)).json;
  expect(offer).toMatchObject({ verified: true, trust: "verified-organization" });
  const [subscriber] = (await call("acme-dev", `/services/${world.serviceId}/subscriptions`)).json.items;
  expect(subscriber).toMatchObject({ repository: "initech/consumer", trust: "organization" });
});

test("the workflows say how many of them are whitelisted, whatever the page", async () => {
  const { json } = await call("acme-dev", `/repositories/${world.provider}/workflows?limit=1`);
  expect(json).toMatchObject({ items: [{ path: NIGHTLY, whitelisted: false }], whitelisted: 1, total: 2 });
});

test("blocked events are counted with their share, their workflows, their days and their cost", async () => {
  const { json } = await call("acme-dev", `/repositories/${world.provider}/blocked`);
  const day = new Date(world.server.deps.clock.now()).toISOString().slice(0, 10);
  expect(json).toEqual({
    allowed: 1,
    blocked: 2,
    rate: 2 / 3,
    cost: { events: 3, perEvent: 0.1, amount: 0.3, currency: "EUR" },
    reasons: [{ reason: "not-whitelisted", workflow: NIGHTLY, count: 2 }],
    workflows: [{ workflow: NIGHTLY, blocked: 2 }],
    days: [{ day, allowed: 1, blocked: 2 }],
  });
  const none = (await call("initech-dev", `/repositories/${world.consumer}/blocked`)).json;
  expect(none).toMatchObject({ allowed: 0, blocked: 0, rate: null, days: [] });
});

test("usage shows what the events of each period cost", async () => {
  world.github.control.setMember("acme", "acme-dev", "admin");
  const { json } = await clientOf(world)("acme-dev", `/owners/${ownerId}/usage?by=day`);
  const cost = { events: 3, perEvent: 0.1, amount: 0.3, currency: "EUR" };
  expect(json).toMatchObject({ cost, periods: [{ cost }] });
});

const found = async (query: string, login = "acme-dev", side = "provider"): Promise<number> => {
  const repository = side === "provider" ? world.provider : world.consumer;
  const path = `/deliveries?side=${side}&repository=${repository}&${query}`;
  return (await call(login, path)).json.items.length;
};

test.each([
  ["the run's id", () => `text=${runId}`, 2],
  ["a part of the consumer's name", () => "text=INITECH/con", 2],
  ["a part of the event type", () => "text=buil", 1],
  ["the service", () => "text=releases", 2],
  ["the service's one name", () => "text=acme/provider/releases", 2],
  ["nothing there is", () => "text=nowhere", 0],
  ["spaces alone", () => "text=%20", 2],
  ["the subscription", () => `subscription=${world.subscriptionId}`, 2],
  ["another subscription", () => "subscription=subscription-x", 0],
  ["an end that no year has in UTC", () => "to=9999-12-31T23:59:59-05:00", 2],
  ["a beginning that no year has in UTC", () => "from=9999-12-31T23:59:59-05:00", 0],
  ["a beginning before all years", () => "from=0000-01-01T00:00:00%2B05:00", 2],
  ["an end before all years", () => "to=0000-01-01T00:00:00%2B05:00", 0],
])("deliveries are found by %s", async (_, query, count) => {
  expect(await found(query())).toBe(count);
});

test("a consumer finds deliveries by the provider it is shown", async () => {
  expect(await found("text=acme", "initech-dev", "consumer")).toBe(2);
});

test("a delivery's timeline is told to both sides, and the consumer's runs to the consumer alone", async () => {
  const { deliveries } = world.server.deps.store;
  const [delivery] = (await deliveries.list("consumer", world.consumer)).items;
  if (!delivery) throw new Error("There is no delivery.");
  const owner = {
    workflow: WORKFLOW,
    runId: "4711",
    runAttempt: 1,
    conclusion: "success",
    via: "action",
  } as const;
  await deliveries.replace(delivery, {
    ...delivery,
    owners: {
      [WORKFLOW]: { ...owner, confirmedAt: "2999-01-01T00:00:00.000Z", completedAt: null, duplicates: [] },
    },
  });
  const path = `/deliveries/${delivery.deliveryId}/timeline`;
  const asConsumer = await call("initech-dev", path);
  expect(asConsumer.json.items.map(({ what }: { what: string }) => what)).toEqual([
    "made",
    "attempt-began",
    "dispatched",
    "confirmed",
  ]);
  expect(asConsumer.text).toContain("4711");
  expect((await call("acme-dev", path)).text).not.toContain("4711");
});

test("the overview sums up what one's repositories sent and received, each delivery once, and no test", async () => {
  world.github.control.createAccount({ login: "both" });
  for (const name of ["acme/provider", "initech/consumer"])
    world.github.control.setRole(name, "both", "triage");
  const { deliveries } = world.server.deps.store;
  const [one] = (await deliveries.list("provider", world.provider)).items;
  await deliveries.add({ ...(one as Delivery), deliveryId: "delivery-test", isTest: true });
  const { json } = await call("both", "/overview?days=1");
  await deliveries.removeAll(["delivery-test"]);
  expect(json).toMatchObject({
    total: 2,
    succeeded: 2,
    failed: 0,
    inFlight: 0,
    successRate: 1,
    complete: true,
    by: "hour",
  });
  expect(json.toDispatch).toMatchObject({ count: 2, p95: expect.any(Number) });
  expect(json.periods).toHaveLength(25);
  const ofProvider = await call("both", `/overview?repository=${world.provider}`);
  expect(ofProvider.json).toMatchObject({ total: 2, by: "day" });
  const nobody = await call("hooli-dev", "/overview");
  expect(nobody.json).toMatchObject({ total: 0, successRate: null });
  expect((await call("hooli-dev", `/overview?repository=${world.provider}`)).status).toBe(404);
});

test("where there is more than can be looked at, the overview begins later and is whole from there", async () => {
  const { deliveries } = world.server.deps.store;
  const [one] = (await deliveries.list("provider", world.provider)).items;
  if (!one) throw new Error("There is no delivery.");
  const now = world.server.deps.clock.now();
  const made = Array.from({ length: 2100 }, (_, n) => ({
    ...one,
    deliveryId: `delivery-made-${n}`,
    createdAt: new Date(now - 1000 * (n + 60)).toISOString(),
  }));
  for (let n = 0; n < made.length; n += 100)
    await Promise.all(made.slice(n, n + 100).map((delivery) => deliveries.add(delivery)));
  const { json } = await call("acme-dev", `/overview?repository=${world.provider}&days=2`);
  expect(json.complete).toBe(false);
  expect(json.total).toBe(2000);
  expect(now - Date.parse(json.from)).toBeLessThan(1000 * 2100);
  expect(json.periods.reduce((total: number, period: { total: number }) => total + period.total, 0)).toBe(
    2000,
  );
});

test("requests and subscribers are listed whichever service they are of", async () => {
  const path = `/repositories/${world.provider}/subscribers`;
  const body = { slug: "other", workflow: WORKFLOW, visibility: "public" };
  const post = { method: "POST" };
  const { json: other } = await call("acme-dev", `/repositories/${world.provider}/services`, {
    ...post,
    body,
  });
  await call("initech-dev", `/repositories/${world.consumer}/subscriptions`, {
    ...post,
    body: { service: other.serviceId },
  });
  const statuses = async (query = "") =>
    (await call("acme-dev", `${path}${query}`)).json.items.map(({ status }: { status: string }) => status);
  expect((await statuses()).sort()).toEqual(["approved", "requested"]);
  expect(await statuses("?status=requested")).toEqual(["requested"]);
});

test("a provider's events are listed as they came, each with what the policy said", async () => {
  const path = `/repositories/${world.provider}/events`;
  const { json } = await call("acme-dev", path);
  const allowed = json.items.find(({ verdict }: { verdict: string }) => verdict === "allowed");
  expect(allowed).toMatchObject({
    correlationId: runId,
    workflow: WORKFLOW,
    branch: "main",
    conclusion: "success",
    reason: null,
    recipients: 1,
    isTest: false,
    runUrl: `${world.github.url}/acme/provider/actions/runs/${runId}`,
  });
  const pages: string[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const page = await call("acme-dev", `${path}?verdict=blocked&limit=1${cursor && `&cursor=${cursor}`}`);
    pages.push(...page.json.items.map(({ reason }: { reason: string }) => reason));
    cursor = page.json.cursor;
  }
  expect(pages).toEqual(["not-whitelisted", "not-whitelisted"]);
});

test("requests of all one's repositories are in one list, from either side", async () => {
  const repositories = async (login: string, query: string) =>
    (await call(login, `/subscriptions?${query}`)).json.items.map(
      (one: { repository: string }) => one.repository,
    );
  expect(await repositories("acme-dev", "side=provider&status=requested")).toEqual(["initech/consumer"]);
  expect(await repositories("initech-dev", "side=consumer&status=requested")).toEqual(["initech/consumer"]);
  expect(await repositories("initech-dev", "side=provider")).toEqual([]);
  expect(await repositories("hooli-dev", "side=provider")).toEqual([]);
});

test("repositories are listed by owner and by what they are enabled for", async () => {
  const names = async (query: string) =>
    (await call("both", `/repositories?${query}`)).json.items.map(
      (one: { fullName: string }) => one.fullName,
    );
  expect(await names("")).toEqual(["acme/provider", "initech/consumer"]);
  expect(await names("owner=ACME")).toEqual(["acme/provider"]);
  expect(await names("enabled=consumer")).toEqual(["initech/consumer"]);
  expect(await names("enabled=consumer&owner=acme")).toEqual([]);
});
