import { afterAll, beforeAll, expect, test } from "vitest";
import { bringOn, startWorld, WORKFLOW, type World, workflowFile } from "../../../harness/world.ts";
import type { Call } from "../client.ts";
import { documentedClient } from "../documented.ts";

const NIGHTLY = ".github/workflows/nightly.yml";
let world: World;
let call: Call;

beforeAll(async () => {
  world = await startWorld();
  await world.github.control.push("acme/provider", { [NIGHTLY]: workflowFile("Nightly") });
  call = await documentedClient(world);
});
afterAll(() => world.close());

const encoded = encodeURIComponent;
const slugsOf = ({ json }: { json: { items: { slug: string }[] } }) => json.items.map(({ slug }) => slug);

test("a repository says what it is enabled for and what its reader may do", async () => {
  const { json } = await call("acme-dev", `/repositories/${world.provider}`);
  expect(json).toMatchObject({
    fullName: "acme/provider",
    owner: { login: "acme", type: "Organization", verified: false },
    provider: true,
    consumer: false,
    reachable: true,
    managedBy: null,
    webhookProblem: null,
    right: "change",
  });
  expect(json.webhook.pingedAt).toEqual(expect.any(String));
});

test("repositories are listed by name, page by page, and found by a part of it", async () => {
  for (const name of ["c", "b", "a"]) await bringOn(world, `acme/${name}`);
  // Another user, of whom nothing is remembered from before.
  const { control } = world.github;
  control.createAccount({ login: "lister" });
  for (const name of ["a", "b", "c"]) control.setRole(`acme/${name}`, "lister", "triage");
  const names: string[] = [];
  let cursor: string | null = "";
  for (let pages = 0; cursor !== null; pages++) {
    const { json } = await call("lister", `/repositories?limit=2${cursor && `&cursor=${cursor}`}`);
    names.push(...json.items.map(({ fullName }: { fullName: string }) => fullName));
    cursor = json.cursor;
    expect(pages).toBeLessThan(2);
  }
  expect(names).toEqual(["acme/a", "acme/b", "acme/c"]);
  const found = await call("lister", "/repositories?text=ME/B");
  expect(found.json.items).toMatchObject([{ fullName: "acme/b", right: "see" }]);
});

test("workflows are whitelisted and blocked by their path", async () => {
  const path = `/repositories/${world.provider}/workflows`;
  const listed = async () => (await call("acme-dev", path)).json.items;
  expect(await listed()).toEqual([
    { path: NIGHTLY, whitelisted: false, exists: true },
    { path: WORKFLOW, whitelisted: true, exists: true },
  ]);
  expect((await call("acme-dev", `${path}/${encoded(NIGHTLY)}`, { method: "PUT" })).status).toBe(204);
  expect(await listed()).toContainEqual({ path: NIGHTLY, whitelisted: true, exists: true });
  expect((await call("acme-dev", `${path}/${encoded(NIGHTLY)}`, { method: "DELETE" })).status).toBe(204);
  expect(await listed()).toContainEqual({ path: NIGHTLY, whitelisted: false, exists: true });
  for (const wrong of ["README.md", ".github/workflows/none.yml"]) {
    expect((await call("acme-dev", `${path}/${encoded(wrong)}`, { method: "PUT" })).status).toBe(400);
  }
});

test("a workflow of GitHub's own cannot be whitelisted, and the refusal says that its runs cannot leave", async () => {
  const path = `/repositories/${world.provider}/workflows/${encoded("dynamic/pages/pages-build-deployment")}`;
  const { status, json } = await call("acme-dev", path, { method: "PUT" });
  expect([status, json.detail]).toEqual([
    400,
    "Workflows of GitHub's own (dynamic/…) have no file in the repository; their runs cannot leave.",
  ]);
});

test("the directory shows a service's types, and describes them by AsyncAPI and TypeScript, to those who may see it", async () => {
  const [service] = (await call("acme-dev", `/repositories/${world.provider}/services`)).json.items;
  const types = [{ name: "built", example: { version: "1" }, schema: { required: ["version"] } }];
  const path = `/services/${service.serviceId}`;
  await call("acme-dev", path, { method: "PATCH", body: { types, visibility: "organization" } });
  world.github.control.createAccount({ login: "stranger" });
  for (const part of ["", "/asyncapi", "/typescript"]) {
    const shown = await call("acme-dev", `/directory/${service.serviceId}${part}`);
    expect([shown.status, shown.text]).toEqual([200, expect.stringContaining("version")]);
    expect((await call("stranger", `/directory/${service.serviceId}${part}`)).status).toBe(404);
  }
  const { json } = await call("acme-dev", `/directory/${service.serviceId}/typescript`);
  expect(json).toMatchObject({ path: "releases.d.ts", text: expect.stringContaining("BuiltMessage = {") });
  await call("acme-dev", path, { method: "PATCH", body: { types: [], visibility: service.visibility } });
});

test("a service is offered, changed and taken back", async () => {
  const path = `/repositories/${world.provider}/services`;
  const body = { slug: "second", workflow: WORKFLOW, tags: ["one"] };
  const made = await call("acme-dev", path, { method: "POST", body });
  expect([made.status, made.json]).toMatchObject([201, { slug: "second", visibility: "organization" }]);
  expect((await call("acme-dev", path, { method: "POST", body })).status).toBe(409);
  const unlisted = { ...body, slug: "third", workflow: NIGHTLY };
  expect((await call("acme-dev", path, { method: "POST", body: unlisted })).json).toMatchObject({
    status: 400,
    errors: [{ pointer: "/workflow" }],
  });
  const first = await call("acme-dev", `${path}?limit=1`);
  const second = await call("acme-dev", `${path}?limit=1&cursor=${first.json.cursor}`);
  expect([slugsOf(first), slugsOf(second), second.json.cursor]).toEqual([["releases"], ["second"], null]);
  const service = `/services/${made.json.serviceId}`;
  const change = { method: "PATCH", body: { description: "better" } };
  expect((await call("acme-dev", service, change)).json).toMatchObject({
    description: "better",
    tags: ["one"],
  });
  expect((await call("acme-dev", service)).json.description).toBe("better");
  expect((await call("acme-dev", service, { method: "DELETE" })).status).toBe(204);
  expect((await call("acme-dev", service)).status).toBe(404);
});

test("a subscription is asked for by one side and answered by the other", async () => {
  const body = { slug: "asked", workflow: WORKFLOW, visibility: "public" };
  const offers = `/repositories/${world.provider}/services`;
  const { serviceId } = (await call("acme-dev", offers, { method: "POST", body })).json;
  const wants = `/repositories/${world.consumer}/subscriptions`;
  const asked = await call("initech-dev", wants, {
    method: "POST",
    body: { service: "acme/provider/asked", eventTypes: ["built"] },
  });
  expect([asked.status, asked.json]).toMatchObject([
    201,
    {
      status: "requested",
      service: { slug: "asked", provider: "acme", alias: false, repository: "acme/provider" },
      repository: "initech/consumer",
      requestedBy: "initech-dev",
    },
  ]);
  const subscription = `/subscriptions/${asked.json.subscriptionId}`;
  const requests = await call("acme-dev", `/services/${serviceId}/subscriptions?status=requested`);
  expect(requests.json.items).toEqual([asked.json]);
  const decide = (verb: string) => call("acme-dev", `${subscription}/${verb}`, { method: "POST" });
  expect((await decide("revoke")).status).toBe(409);
  expect((await decide("approve")).json.status).toBe("approved");
  expect(
    (await call("acme-dev", `/services/${serviceId}/subscriptions?status=requested`)).json.items,
  ).toEqual([]);
  const change = { method: "PATCH", body: { eventTypes: [] } };
  expect((await call("initech-dev", subscription, change)).json).toMatchObject({
    status: "approved",
    eventTypes: [],
  });
  for (const login of ["acme-dev", "initech-dev"])
    expect((await call(login, subscription)).json.status).toBe("approved");
  expect((await decide("revoke")).json.status).toBe("revoked");
  expect((await call("initech-dev", `${wants}?status=revoked`)).json.items).toHaveLength(1);
  expect((await call("initech-dev", subscription, { method: "DELETE" })).status).toBe(204);
  expect((await call("acme-dev", subscription)).status).toBe(404);
});

test("subscribers are listed page by page, each once", async () => {
  const { catalog } = world.server.deps.store;
  const known = await catalog.findSubscription(world.subscriptionId);
  for (let n = 0; n < 7; n++) {
    await catalog.putSubscription({
      ...(known as NonNullable<typeof known>),
      subscriptionId: `subscription-${n}`,
      status: n % 3 === 0 ? "denied" : "approved",
    });
  }
  const page = (query: string) =>
    call("acme-dev", `/services/${world.serviceId}/subscriptions?limit=3${query}`);
  const ids: string[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const { json }: Awaited<ReturnType<Call>> = await page(cursor && `&cursor=${cursor}`);
    ids.push(...json.items.map((one: { subscriptionId: string }) => one.subscriptionId));
    cursor = json.cursor;
  }
  expect(ids).toHaveLength(8);
  expect(new Set(ids).size).toBe(8);
  const denied = await page("&status=denied");
  expect([denied.json.items.length, denied.json.cursor]).toEqual([3, null]);
});

test("completion tracking and the consumer's side are switched by one call", async () => {
  const path = `/repositories/${world.consumer}`;
  const change = (body: object) => call("initech-dev", path, { method: "PATCH", body });
  expect((await change({ tracking: true })).json).toMatchObject({ consumer: true, tracking: true });
  expect((await change({ tracking: false, consumer: false })).json).toMatchObject({
    consumer: false,
    tracking: false,
    webhook: null,
  });
});

test("a repository that its file manages is read-only here, and says which file", async () => {
  const { accounts } = world.server.deps.store;
  await accounts.setRepository({ repositoryId: world.provider, managedBy: ".github/zekt.yml" });
  const path = `/repositories/${world.provider}`;
  expect((await call("acme-dev", path)).json.managedBy).toBe(".github/zekt.yml");
  const refused = await call("acme-dev", path, { method: "PATCH", body: { provider: false } });
  expect([refused.status, refused.json.detail]).toEqual([409, expect.stringContaining(".github/zekt.yml")]);
});

test("a service whose provider is switched off or out of reach is neither listed nor to be had, and the refusal says why", async () => {
  const world = await startWorld();
  try {
    const other = await bringOn(world, "umbrella/other");
    await world.api("umbrella-dev", "PATCH", `/repositories/${other}`, { consumer: true });
    const listed = async () =>
      (await world.api<{ items: object[] }>("umbrella-dev", "GET", "/directory")).items.length;
    const ask = () =>
      world.api("umbrella-dev", "POST", `/repositories/${other}/subscriptions`, { service: world.serviceId });
    expect(await listed()).toBe(1);
    await world.api("acme-dev", "PATCH", `/repositories/${world.provider}`, { provider: false });
    expect(await listed()).toBe(0);
    await expect(world.api("umbrella-dev", "GET", `/directory/${world.serviceId}`)).rejects.toThrow("404");
    await expect(ask()).rejects.toThrow("switched its repository off");
    await world.api("acme-dev", "PATCH", `/repositories/${world.provider}`, { provider: true });
    const { accounts } = world.server.deps.store;
    await accounts.setRepository({ repositoryId: world.provider, reachable: false });
    expect(await listed()).toBe(0);
    await expect(ask()).rejects.toThrow("cannot be reached");
  } finally {
    await world.close();
  }
});
