import { afterAll, beforeAll, expect, test } from "vitest";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import { createApi } from "../../../app/http/api.ts";
import type { DefinedRoute } from "../../../app/http/kit/route.ts";
import { until } from "../../../harness/stage.ts";
import {
  bringOn,
  dispatchesTo,
  sendMessage,
  startWorld,
  WORKFLOW,
  type World,
  zektOf,
} from "../../../harness/world.ts";
import { Browser } from "../../support/browser.ts";
import { type Call, clientOf } from "../client.ts";

/*
 * Somebody of another organisation, who may read acme's and initech's public repositories as everyone on
 * GitHub may, tries every route there is on their ids. The routes are asked of the API itself, so that a
 * new one cannot be forgotten: what is not refused must be on the list of what anyone may see.
 */

let world: World;
let request: Call;
let routes: DefinedRoute[];
let values: Record<string, string>;

beforeAll(async () => {
  world = await startWorld();
  await bringOn(world, "mallory/own");
  const run = await world.github.control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
  await sendMessage(world, run.id, "built", { hidden: "needle" });
  await world.github.control.completeRun(run.id, "success");
  await until(() => dispatchesTo(world, "initech/consumer").length === 2);
  request = clientOf(world);
  routes = [];
  createApi(world.server.deps, routes);
  const repository = await world.server.deps.store.accounts.getRepository(world.provider);
  values = {
    repositoryId: world.provider,
    serviceId: world.serviceId,
    subscriptionId: world.subscriptionId,
    deliveryId: zektOf(dispatchesTo(world, "initech/consumer")[0]).deliveryId as string,
    ownerId: repository?.ownerId as string,
    path: encodeURIComponent(WORKFLOW),
    jobId: "",
  };
  const dryRun = { subscriptionId: world.subscriptionId, dryRun: true };
  const { jobId } = await world.api<{ jobId: string }>("initech-dev", "POST", "/replay", dryRun);
  values.jobId = jobId;
});
afterAll(() => world.close());

/** The routes open to a stranger: to browse what is public, and to list what is theirs. */
const OPEN_TO_ALL = new Set([
  "get /api/user",
  "get /api/session",
  "get /api/installations",
  "get /api/repositories",
  "get /api/overview",
  "get /api/attention",
  "get /api/changes",
  "get /api/subscriptions",
  "get /api/connections",
  "get /api/directory",
  "get /api/directory/{serviceId}",
  "get /api/directory/{serviceId}/asyncapi",
  "get /api/directory/{serviceId}/typescript",
  "get /api/directory/{serviceId}/example-workflow",
]);

const BODIES: Record<string, object> = {
  "put /api/repositories/{repositoryId}/notifications": { by: "none" },
  "patch /api/repositories/{repositoryId}": { provider: false },
  "post /api/repositories/{repositoryId}/services": { slug: "mine", workflow: WORKFLOW },
  "patch /api/services/{serviceId}": { description: "mine" },
  "post /api/repositories/{repositoryId}/subscriptions": { service: "service-x" },
  "patch /api/subscriptions/{subscriptionId}": { eventTypes: [] },
  "post /api/subscriptions/{subscriptionId}/test-event": {},
  "post /api/subscriptions/{subscriptionId}/try-filter": { filter: "true" },
};

const QUERIES: Record<string, (ids: Record<string, string>) => string> = {
  "/api/deliveries": ({ repositoryId }) => `?repository=${repositoryId}&side=provider`,
  "/api/connections": () => "?side=provider",
  "/api/subscriptions": () => "?side=provider",
};

/** Calls a route on ids, as a user or as nobody. */
async function call(
  login: string | null,
  route: DefinedRoute,
  ids: Record<string, string>,
  headers: Record<string, string> = {},
) {
  const path = route.path
    .replace(/^\/api/, "")
    .replace(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? "missing");
  const query = QUERIES[route.path]?.(ids) ?? "";
  const name = `${route.method} ${route.path}`;
  const body = name === "post /api/replay" ? { subscriptionId: ids.subscriptionId } : BODIES[name];
  return await request(login, `${path}${query}`, { method: route.method.toUpperCase(), body, headers });
}

/** The cookie of somebody who signed in to the console. */
async function cookieOf(login: string): Promise<string> {
  world.github.control.setSignIn(login);
  const browser = new Browser();
  await browser.open(`${world.server.url}/console/sign-in`);
  return browser.cookies(world.server.url);
}

test("every route refuses whoever does not say who they are", async () => {
  for (const route of routes) {
    expect([route.method, route.path, (await call(null, route, values)).status]).toEqual([
      route.method,
      route.path,
      401,
    ]);
  }
});

test("somebody of another organisation is refused everywhere and learns nothing", async () => {
  const nothing = Object.fromEntries(
    Object.keys(values).map((name) => [name, name === "path" ? (values.path as string) : "999999999"]),
  );
  for (const route of routes.filter(({ access }) => access.by === "user")) {
    const name = `${route.method} ${route.path}`;
    const answer = await call("mallory-dev", route, values);
    expect(answer.text, name).not.toMatch(/needle|initech-dev|acme-dev/);
    if (OPEN_TO_ALL.has(name)) continue;
    expect([name, answer.status]).toEqual([name, 404]);
    // What exists and what does not look the same to a stranger.
    expect((await call("mallory-dev", route, nothing)).text, name).toBe(answer.text);
  }
});

test("what changes anything asks for the right to change it", () => {
  for (const { method, path, access } of routes) {
    if (method === "get" || access.by === "step") continue;
    expect("right" in access ? access.right : "none", `${method} ${path}`).toMatch(/^(change|administer)$/);
  }
});

test("what tells of people or their addresses is read by who may change it", () => {
  const guarded = routes.flatMap(({ method, path, access }) =>
    method === "get" && "right" in access && access.right !== "see" ? [[access.right, path]] : [],
  );
  expect(guarded.sort()).toEqual([
    ["administer", "/api/owners/{ownerId}"],
    ["administer", "/api/owners/{ownerId}/audit"],
    ["administer", "/api/owners/{ownerId}/export"],
    ["administer", "/api/owners/{ownerId}/exports"],
    ["administer", "/api/owners/{ownerId}/exports/{exportId}"],
    ["administer", "/api/owners/{ownerId}/exports/{exportId}/file"],
    ["administer", "/api/owners/{ownerId}/usage"],
    ["change", "/api/repositories/{repositoryId}/audit"],
    ["change", "/api/repositories/{repositoryId}/notifications"],
    ["operate", "/api/operations/queues"],
    ["operate", "/api/operations/stuck"],
  ]);
});

test("by cookie nothing is changed from another site's page, nor without the token of one's own", async () => {
  const cookie = await cookieOf("acme-dev");
  const { deliveries, catalog } = world.server.deps.store;
  const before = await catalog.findSubscription(world.subscriptionId);
  for (const route of routes.filter(({ method, access }) => method !== "get" && access.by === "user")) {
    const name = `${route.method} ${route.path}`;
    for (const headers of [
      { cookie, origin: "https://evil.example", "sec-fetch-site": "cross-site" },
      { cookie, origin: world.server.url, "sec-fetch-site": "same-origin" },
    ]) {
      expect([name, (await call(null, route, values, headers)).status]).toEqual([name, 403]);
    }
  }
  expect(await catalog.findSubscription(world.subscriptionId)).toEqual(before);
  expect((await deliveries.get(values.deliveryId as string))?.replayedBy).toBeNull();
});

test("a cookie opens what its user's token opens, and nothing more", async () => {
  const cookie = await cookieOf("mallory-dev");
  for (const route of routes.filter(({ method, access }) => method === "get" && access.by === "user")) {
    const name = `${route.method} ${route.path}`;
    const byToken = await call("mallory-dev", route, values);
    expect([name, (await call(null, route, values, { cookie })).status]).toEqual([name, byToken.status]);
  }
});

test("who may only see may change nothing, on either side", async () => {
  const { control } = world.github;
  control.createAccount({ login: "helper" });
  for (const repository of ["acme/provider", "initech/consumer"])
    control.setRole(repository, "helper", "triage");
  for (const route of routes) {
    if (!("right" in route.access) || route.access.right === "see") continue;
    const name = `${route.method} ${route.path}`;
    const { status, text } = await call("helper", route, values);
    expect([name, status], text).toEqual([name, route.access.right === "change" ? 403 : 404]);
  }
});

/** The routes that both sides of a subscription may read, with everything that it delivers. */
const SHARED = new Set([
  "get /api/subscriptions/{subscriptionId}",
  "get /api/deliveries/{deliveryId}",
  "get /api/deliveries/{deliveryId}/payload",
  "get /api/deliveries/{deliveryId}/timeline",
  "post /api/subscriptions/{subscriptionId}/test-event",
  "get /api/connections/{subscriptionId}/stats",
  "get /api/connections/{subscriptionId}/diagnostics",
  "post /api/replay/{deliveryId}",
  "post /api/replay",
  "get /api/replay/jobs/{jobId}",
  "delete /api/replay/jobs/{jobId}",
]);
/** The routes of the consumer alone, though their id is known to both sides. */
const CONSUMERS = new Set([
  "get /api/subscriptions/{subscriptionId}/preflight",
  "post /api/subscriptions/{subscriptionId}/try-filter",
  "patch /api/subscriptions/{subscriptionId}",
  "delete /api/subscriptions/{subscriptionId}",
]);

test.each([
  ["consumer's maintainer", "initech-dev", "provider"],
  ["provider's maintainer", "acme-dev", "consumer"],
] as const)("a %s has no right on what is the other side's", async (_, login, side) => {
  const theirs = { ...values, repositoryId: world[side] };
  for (const route of routes.filter(({ access }) => "right" in access)) {
    const name = `${route.method} ${route.path}`;
    const ofOthers =
      side === "provider" ? !CONSUMERS.has(name) : CONSUMERS.has(name) || name.includes("{repositoryId}");
    if (SHARED.has(name) || !ofOthers) continue;
    expect([name, (await call(login, route, theirs)).status]).toEqual([name, 404]);
  }
});

test("a provider sees no run and no error text of its consumer", async () => {
  const { deliveries } = world.server.deps.store;
  const delivery = (await deliveries.get(values.deliveryId as string)) as Delivery;
  const failure = { stage: "github", kind: "not-found", reason: "needle", status: 404 } as const;
  const owner = { workflow: WORKFLOW, runId: "4711", runAttempt: 1, confirmedAt: null, completedAt: null };
  await deliveries.replace(delivery, {
    ...delivery,
    attempts: delivery.attempts.map((attempt) => ({ ...attempt, failure })),
    failure,
    owners: { [WORKFLOW]: { ...owner, conclusion: null, via: "action", duplicates: [] } },
  });
  const path = `/deliveries/${values.deliveryId}`;
  const list = (side: string, repository: string) => `/deliveries?side=${side}&repository=${repository}`;
  for (const seen of [path, list("provider", world.provider)]) {
    expect(JSON.stringify(await world.api("acme-dev", "GET", seen)), seen).not.toMatch(/needle|4711/);
  }
  for (const seen of [path, list("consumer", world.consumer)]) {
    expect(JSON.stringify(await world.api("initech-dev", "GET", seen)), seen).toMatch(/needle.*4711/);
  }
});
