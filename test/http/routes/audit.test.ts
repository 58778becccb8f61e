import { afterAll, beforeAll, expect, test } from "vitest";
import { DAY } from "../../../app/domain/clock.ts";
import { ZEKT_FILE } from "../../../app/domain/zekt-yml/zekt-file.ts";
import { eraseRepository } from "../../../app/steps/installations/erase-repository.ts";
import { until } from "../../../harness/stage.ts";
import {
  deliveriesTo,
  publish,
  startWorld,
  WORKFLOW,
  type World,
  zektAfter,
} from "../../../harness/world.ts";
import type { Call } from "../client.ts";
import { documentedClient } from "../documented.ts";

let world: World;
let call: Call;

beforeAll(async () => {
  world = await startWorld();
  call = await documentedClient(world);
});
afterAll(() => world.close());

interface Entry {
  action: string;
  by: string | null;
  via: string;
  subject: string;
  detail: string | null;
  at: string;
}

const trailOf = async (login: string, repositoryId: string, query = ""): Promise<Entry[]> =>
  (await call(login, `/repositories/${repositoryId}/audit?limit=100${query}`)).json.items;

test("each side's trail says what was done, newest first, and who did it only on their own side", async () => {
  const told = (entries: Entry[]) =>
    entries.map(({ action, by, via, subject }) => [action, by, via, subject]);
  const pair = "initech/consumer for acme/provider/releases";
  expect(told(await trailOf("acme-dev", world.provider))).toEqual([
    ["subscription-approved", "acme-dev", "api", pair],
    ["subscription-requested", null, "api", pair],
    ["service-created", "acme-dev", "api", "releases"],
    ["workflow-whitelisted", "acme-dev", "api", WORKFLOW],
    ["provider-enabled", "acme-dev", "api", "acme/provider"],
  ]);
  expect(told(await trailOf("initech-dev", world.consumer))).toEqual([
    ["subscription-approved", null, "api", pair],
    ["subscription-requested", "initech-dev", "api", pair],
    ["consumer-enabled", "initech-dev", "api", "initech/consumer"],
  ]);
});

test("replays, tests and changes are recorded with what they concern", async () => {
  await publish(world);
  await until(async () => {
    const all = await deliveriesTo(world, world.consumer);
    return all.length === 1 && all.every(({ isFinalized }) => isFinalized);
  });
  const [one] = await deliveriesTo(world, world.consumer);
  const made = await call("initech-dev", `/replay/${one?.deliveryId}`, { method: "POST" });
  await call("initech-dev", `/subscriptions/${world.subscriptionId}`, {
    method: "PATCH",
    body: { eventTypes: ["zekt-workflow-completed"] },
  });
  await call("initech-dev", `/repositories/${world.consumer}/notifications`, {
    method: "PUT",
    body: { by: "webhook", url: "https://hooks.example.com/zekt" },
  });
  const [notified, changed, replayed] = await trailOf("initech-dev", world.consumer);
  expect(notified).toMatchObject({ action: "notifications-changed", detail: null, subject: "webhook" });
  expect(changed).toMatchObject({ action: "subscription-changed", detail: "eventTypes" });
  expect(replayed).toMatchObject({
    action: "delivery-replayed",
    subject: `${one?.deliveryId} as ${made.json.deliveryId}`,
  });
  expect((await trailOf("acme-dev", world.provider))[1]).toMatchObject({
    action: "delivery-replayed",
    by: null,
  });
});

test("of one setting with several parts those are named that changed, by a change and a repeated request", async () => {
  const put = (body: object) =>
    call("initech-dev", `/subscriptions/${world.subscriptionId}`, { method: "PATCH", body });
  const last = async () => (await trailOf("initech-dev", world.consumer))[0];
  await call("initech-dev", `/repositories/${world.consumer}`, { method: "PATCH", body: { tracking: true } });
  await put({ durable: {} });
  expect(await last()).toMatchObject({ action: "subscription-changed", detail: "durable" });
  const { durable } = (await put({ durable: { maxAttempts: 3, confirmWithin: 600 } })).json;
  expect(durable).toMatchObject({ maxAttempts: 3, confirmWithin: 600, completeWithin: 21_600 });
  expect(await last()).toMatchObject({ detail: "durable.maxAttempts" });
  const entries = await trailOf("initech-dev", world.consumer);
  expect((await put({ durable: {} })).json.durable).toEqual(durable);
  expect(await trailOf("initech-dev", world.consumer)).toEqual(entries);
  const asked = await call("initech-dev", `/repositories/${world.consumer}/subscriptions`, {
    method: "POST",
    body: { service: world.serviceId, durable: { completeWithin: 600 }, format: "cloudevents" },
  });
  expect(asked.json).toMatchObject({ durable: { ...durable, completeWithin: 600 }, format: "cloudevents" });
  expect(await last()).toMatchObject({
    action: "subscription-changed",
    detail: "format, durable.completeWithin",
  });
  await put({ durable: null, format: "zekt" });
});

test("of a webhook for notifications its trail names what changed, and never its address", async () => {
  const { consumer } = world;
  const details: unknown[] = [];
  const url = "https://hooks.example.com/other?key=needle";
  for (const change of [
    { url },
    { url, format: "cloudevents" },
    { url, format: "cloudevents", newSecret: true },
  ]) {
    const body = { by: "webhook", ...change };
    await call("initech-dev", `/repositories/${consumer}/notifications`, { method: "PUT", body });
    details.push((await trailOf("initech-dev", consumer))[0]?.detail);
  }
  expect(details).toEqual(["url, secret", "format", "secret"]);
  expect(JSON.stringify(await trailOf("initech-dev", consumer))).not.toContain("needle");
});

test("what is asked for again, and changes nothing, has no second entry", async () => {
  const both = async () => [
    ...(await trailOf("acme-dev", world.provider)),
    ...(await trailOf("initech-dev", world.consumer)),
  ];
  const before = await both();
  const approve = `/subscriptions/${world.subscriptionId}/approve`;
  expect((await call("acme-dev", approve, { method: "POST" })).status).toBe(200);
  expect(await both()).toEqual(before);

  const [one] = await deliveriesTo(world, world.consumer);
  const headers = { "idempotency-key": "asked twice" };
  const replayed = () => call("initech-dev", `/replay/${one?.deliveryId}`, { method: "POST", headers });
  expect((await replayed()).status).toBe(201);
  const once = await both();
  expect(once).toHaveLength(before.length + 2);
  expect((await replayed()).status).toBe(201);
  expect(await both()).toEqual(once);
  // A colleague by the same key neither replays it again, nor takes the other's place in the trail.
  const { control } = world.github;
  control.createAccount({ login: "colleague" });
  control.setRole("initech/consumer", "colleague", "maintain");
  expect((await call("colleague", `/replay/${one?.deliveryId}`, { method: "POST", headers })).status).toBe(
    201,
  );
  expect(await both()).toEqual(once);

  const body = { subscriptionId: world.subscriptionId, dryRun: true };
  const { jobId } = (await call("initech-dev", "/replay", { method: "POST", body })).json;
  const job = `/replay/jobs/${jobId}`;
  await until(async () => (await call("initech-dev", job)).json.state === "done");
  expect((await call("initech-dev", job, { method: "DELETE" })).json.state).toBe("done");
  expect(await both()).toEqual(once);
});

test("a change that is refused changes nothing, and what GitHub lets be done only in part is recorded", async () => {
  const { accounts } = world.server.deps.store;
  const change = (body: object) =>
    call("initech-dev", `/repositories/${world.consumer}`, { method: "PATCH", body });
  await change({ tracking: true });
  const { subscriptionId } = world;
  await call("initech-dev", `/subscriptions/${subscriptionId}`, { method: "PATCH", body: { durable: {} } });
  const before = await trailOf("initech-dev", world.consumer);
  expect((await change({ consumer: false, provider: true, tracking: false })).status).toBe(409);
  expect(await accounts.getRepository(world.consumer)).toMatchObject({ consumer: true, provider: false });
  expect(await trailOf("initech-dev", world.consumer)).toEqual(before);

  world.github.faults.add({ route: "**/hooks/*", status: 502, count: -1 });
  const half = await change({ tracking: false, durableSubscriptions: "end" });
  world.github.faults.clear();
  expect(half.status).toBe(503);
  expect((await trailOf("initech-dev", world.consumer))[0]).toMatchObject({
    action: "tracking-disabled",
    by: "initech-dev",
    detail: "durable subscriptions: end",
  });
});

test("a trail is narrowed by kind, person and time, and read page by page", async () => {
  expect(await trailOf("acme-dev", world.provider, "&action=service-created")).toHaveLength(1);
  expect(await trailOf("acme-dev", world.provider, "&by=ACME-DEV")).toHaveLength(4);
  expect(await trailOf("acme-dev", world.provider, "&to=2020-01-01T00:00:00Z")).toEqual([]);
  const path = `/repositories/${world.provider}/audit`;
  const whole = await trailOf("acme-dev", world.provider);
  const paged: Entry[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const { json } = await call("acme-dev", `${path}?limit=2${cursor && `&cursor=${cursor}`}`);
    paged.push(...json.items);
    cursor = json.cursor;
  }
  expect(paged).toEqual(whole);
});

test("a setting that stands as it is wanted has no second entry, and an entry names what changed alone", async () => {
  const { provider, consumer, serviceId, subscriptionId } = world;
  world.github.control.createAccount({ login: "acme-owner" });
  world.github.control.setMember("acme", "acme-owner", "admin");
  const ownerId = (await world.server.deps.store.accounts.getRepository(provider))?.ownerId ?? "";
  const all = async () => [
    ...(await trailOf("acme-dev", provider)),
    ...(await trailOf("initech-dev", consumer)),
    ...(await call("acme-owner", `/owners/${ownerId}/audit?limit=100`)).json.items,
  ];
  const workflow = `/repositories/${provider}/workflows/${encodeURIComponent(WORKFLOW)}`;
  const subscriptions = `/repositories/${consumer}/subscriptions`;
  const cost = { perEvent: 0.01, currency: "EUR" };
  /** Each change, and the detail of its entry. */
  const changes: [login: string, method: string, path: string, body: object | undefined, detail: unknown][] =
    [
      [
        "acme-dev",
        "PATCH",
        `/services/${serviceId}`,
        { description: "New", visibility: "public" },
        "description",
      ],
      ["acme-dev", "DELETE", workflow, undefined, null],
      ["acme-dev", "PUT", workflow, undefined, null],
      ["acme-dev", "PATCH", `/repositories/${provider}`, { provider: false }, null],
      ["acme-dev", "PATCH", `/repositories/${provider}`, { provider: true }, null],
      ["acme-owner", "PATCH", `/owners/${ownerId}`, { replay: true, cost }, JSON.stringify({ cost })],
      ["initech-dev", "PATCH", `/subscriptions/${subscriptionId}`, { eventTypes: ["built"] }, "eventTypes"],
      ["initech-dev", "POST", subscriptions, { service: serviceId, eventTypes: [] }, "eventTypes"],
      ["initech-dev", "PATCH", `/repositories/${consumer}`, { consumer: false }, null],
      ["initech-dev", "PATCH", `/repositories/${consumer}`, { consumer: true }, null],
      ["initech-dev", "PUT", `/repositories/${consumer}/notifications`, { by: "none" }, null],
    ];
  for (const [login, method, path, body, detail] of changes) {
    const make = async () => {
      const { status } = await call(login, path, { method, ...(body ? { body } : {}) });
      return [Math.floor(status / 100), await all()] as const;
    };
    const known = new Set((await all()).map((one) => JSON.stringify(one)));
    const [status, once] = await make();
    const added = once.filter((one) => !known.has(JSON.stringify(one)));
    expect([status, added.length > 0], `${method} ${path}`).toEqual([2, true]);
    for (const one of added) expect(one.detail, `${method} ${path}`).toBe(detail);
    expect(await make(), `${method} ${path}`).toEqual([2, once]);
  }
});

test("a subscription that ends with its service does so in both trails", async () => {
  const body = { slug: "extra", workflow: WORKFLOW, preapprovedOwners: ["initech"] };
  const made = await call("acme-dev", `/repositories/${world.provider}/services`, { method: "POST", body });
  const { serviceId: service } = made.json;
  const path = `/repositories/${world.consumer}/subscriptions`;
  expect((await call("initech-dev", path, { method: "POST", body: { service } })).status).toBe(201);
  await call("acme-dev", `/services/${service}`, { method: "DELETE" });
  const ended = { subject: "initech/consumer for acme/provider/extra", detail: "its service was removed" };
  const query = "&action=subscription-removed";
  expect(await trailOf("acme-dev", world.provider, query)).toMatchObject([{ by: "acme-dev", ...ended }]);
  expect(await trailOf("initech-dev", world.consumer, query)).toMatchObject([{ by: null, ...ended }]);
});

test("what a file changed is recorded with its commit", async () => {
  const { sha } = await world.github.control.push("acme/provider", {
    [ZEKT_FILE]: `version: 1\nprovider:\n  workflows: [${WORKFLOW}]\n`,
  });
  const applied = () => trailOf("acme-dev", world.provider, "&action=file-applied");
  await until(async () => (await applied()).length === 1);
  expect((await applied())[0]).toMatchObject({
    by: null,
    via: "file",
    subject: `${ZEKT_FILE} of ${sha.slice(0, 12)}`,
    detail: "removed service releases",
  });
  const pair = "initech/consumer for acme/provider/releases";
  for (const [login, repositoryId] of [
    ["acme-dev", world.provider],
    ["initech-dev", world.consumer],
  ] as const) {
    const [ended] = await trailOf(login, repositoryId, "&action=subscription-removed");
    expect(ended).toMatchObject({ by: null, via: "file", subject: pair });
  }
});

test("entries are kept for 396 days", async () => {
  const scope = `repository#${world.provider}` as const;
  expect((await zektAfter(world, 395 * DAY).store.audit.list(scope)).items.length).toBeGreaterThan(0);
  expect((await zektAfter(world, 397 * DAY).store.audit.list(scope)).items).toEqual([]);
});

test("an erasure takes the trail, and what others' trails say of the erased", async () => {
  const { deps } = world.server;
  const { accounts, audit, catalog } = deps.store;
  const repository = await accounts.getRepository(world.consumer);
  // Their subscription ended with the service before, and both trails still name both.
  expect(await catalog.findSubscription(world.subscriptionId)).toBeNull();
  expect(JSON.stringify(await audit.list(`repository#${world.provider}`))).toContain("initech/consumer");
  if (repository) await eraseRepository(deps, repository, () => {});
  expect((await audit.list(`repository#${world.consumer}`)).items).toEqual([]);
  const left = (await audit.list(`repository#${world.provider}`)).items;
  expect(JSON.stringify(left)).not.toContain("initech/consumer");
  expect(left.map(({ action }) => action)).toContain("provider-enabled");
});
