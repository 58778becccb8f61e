import { afterAll, beforeAll, expect, test } from "vitest";
import type { Delivery } from "../../app/domain/delivery.ts";
import { createApi } from "../../app/http/api.ts";
import type { DefinedRoute } from "../../app/http/route.ts";
import { until } from "../../demo/stage.ts";
import {
  bringOn,
  dispatchesTo,
  sendMessage,
  startWorld,
  WORKFLOW,
  type World,
  zektOf,
} from "../support/world.ts";

/*
 * Somebody of another organisation, who may read acme's and initech's public repositories as everyone on
 * GitHub may, tries every route there is on their ids. The routes are asked of the API itself, so that a
 * new one cannot be forgotten: what is not refused must be on the list of what anyone may see.
 */

let world: World;
let routes: DefinedRoute[];
let values: Record<string, string>;

beforeAll(async () => {
  world = await startWorld();
  await bringOn(world, "mallory/own");
  const run = await world.github.control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
  await sendMessage(world, run.id, "built", { hidden: "needle" });
  await world.github.control.completeRun(run.id, "success");
  await until(() => dispatchesTo(world, "initech/consumer").length === 2);
  routes = [];
  createApi(world.zekt.zekt, routes);
  const repository = await world.zekt.zekt.store.accounts.getRepository(world.provider);
  values = {
    repositoryId: world.provider,
    serviceId: world.serviceId,
    subscriptionId: world.subscriptionId,
    deliveryId: zektOf(dispatchesTo(world, "initech/consumer")[0]).deliveryId as string,
    ownerId: repository?.ownerId as string,
    path: encodeURIComponent(WORKFLOW),
  };
});
afterAll(() => world.close());

/** What a stranger may do: browse what is public, and list what is theirs. */
const OPEN_TO_ALL = new Set([
  "get /api/user",
  "get /api/repositories",
  "get /api/directory",
  "get /api/directory/{serviceId}",
]);

const BODIES: Record<string, object> = {
  "patch /api/repositories/{repositoryId}": { provider: false },
  "post /api/repositories/{repositoryId}/services": { slug: "mine", workflow: WORKFLOW },
  "patch /api/services/{serviceId}": { description: "mine" },
  "post /api/repositories/{repositoryId}/subscriptions": { service: "service-x" },
  "patch /api/subscriptions/{subscriptionId}": { eventTypes: [] },
};

async function call(login: string | null, route: DefinedRoute, ids: Record<string, string>) {
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? "missing");
  const query = route.path === "/api/deliveries" ? `?repository=${ids.repositoryId}&side=provider` : "";
  const body = BODIES[`${route.method} ${route.path}`];
  const appId = [...world.github.world.apps.values()][0]?.clientId as string;
  const response = await fetch(`${world.zekt.url}${path}${query}`, {
    method: route.method.toUpperCase(),
    headers: {
      ...(login ? { authorization: `Bearer ${world.github.control.userToken(login, appId)}` } : {}),
      ...(body ? { "content-type": "application/json" } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: response.status, text: await response.text() };
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

test("a token of another App is refused", async () => {
  const other = world.github.control.createApp({ name: "Other", owner: "mallory" });
  const token = world.github.control.userToken("acme-dev", other.client_id);
  const response = await fetch(`${world.zekt.url}/api/repositories`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(response.status).toBe(401);
});

test("to see needs triage, to change needs maintain", async () => {
  world.github.control.createAccount({ login: "helper" });
  world.github.control.setRole("acme/provider", "helper", "triage");
  const api = (method: string, body?: object) =>
    world.api("helper", method, `/repositories/${world.provider}`, body);
  await expect(api("GET")).resolves.toMatchObject({ fullName: "acme/provider" });
  await expect(api("PATCH", { consumer: true })).rejects.toThrow("maintain or admin");
});

test("a provider sees no run and no error text of its consumer", async () => {
  const { deliveries } = world.zekt.zekt.store;
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

test("the published OpenAPI names every route", async () => {
  const document = (await (await fetch(`${world.zekt.url}/api/openapi.json`)).json()) as {
    openapi: string;
    paths: Record<string, object>;
  };
  expect(document.openapi).toBe("3.1.0");
  for (const { method, path } of routes)
    expect(Object.keys(document.paths[path] ?? {}), path).toContain(method);
});

test("lists are paged by cursor", async () => {
  const list = (cursor: string) =>
    world.api<{ items: { deliveryId: string }[]; cursor: string | null }>(
      "acme-dev",
      "GET",
      `/deliveries?repository=${world.provider}&side=provider&limit=1${cursor}`,
    );
  const first = await list("");
  const second = await list(`&cursor=${first.cursor}`);
  expect(new Set([...first.items, ...second.items].map(({ deliveryId }) => deliveryId)).size).toBe(2);
  await expect(list("&cursor=rubbish")).rejects.toThrow("400");
});

test("an unchanged answer is not sent again", async () => {
  const appId = [...world.github.world.apps.values()][0]?.clientId as string;
  const headers = { authorization: `Bearer ${world.github.control.userToken("acme-dev", appId)}` };
  const url = `${world.zekt.url}/api/repositories/${world.provider}`;
  const etag = (await fetch(url, { headers })).headers.get("etag") as string;
  expect((await fetch(url, { headers: { ...headers, "if-none-match": etag } })).status).toBe(304);
});
