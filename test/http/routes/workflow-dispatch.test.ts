import { afterAll, beforeAll, expect, test } from "vitest";
import type { Permissions } from "../../../fake-github/state.ts";
import { until } from "../../../harness/stage.ts";
import {
  callAs,
  DEPLOY,
  deliveriesTo,
  publish,
  startWorld,
  tokenOf,
  type World,
} from "../../../harness/world.ts";
import { saveAccount } from "../../support/save-account.ts";
import type { Call } from "../client.ts";
import { documentedClient } from "../documented.ts";

/* A consumer that takes events by workflow_dispatch, through the API and with GitHub's rules. */

const workflow = (inputs: string): string =>
  `on: {workflow_dispatch: {inputs: ${inputs}}}\njobs: {job: {runs-on: ubuntu-latest, steps: [{run: echo hello}]}}\n`;
const GOOD = workflow("{zekt: {type: string, required: true}}");

let world: World;
let call: Call;

beforeAll(async () => {
  world = await startWorld({}, {}, { files: { [DEPLOY]: GOOD } });
  call = await documentedClient(world);
});
afterAll(() => world.close());

const installation = () => {
  const { control, world: github } = world.github;
  const owner = control.account("initech");
  return [...github.installations.values()].find(({ accountId }) => accountId === owner.id);
};

/** Grants permissions as the installation's owner does, on GitHub and where Zekt keeps them. */
async function grant(permissions: Permissions): Promise<void> {
  const there = installation();
  const app = world.github.world.apps.get(there?.appId ?? 0);
  if (!there || !app) throw new Error("The App is not installed.");
  app.permissions = { ...app.permissions, ...permissions };
  there.permissions = permissions;
  const ownerId = String(there.accountId);
  await saveAccount(world.server.deps.store.accounts, { ownerId, login: "initech", permissions });
}

const ask = async (body: object) =>
  await call("initech-dev", `/repositories/${world.consumer}/subscriptions`, {
    method: "POST",
    body: { service: world.serviceId, ...body },
  });

test("where the App may not start workflows the choice is refused, with the address where that is granted", async () => {
  const refused = await ask({ workflow: DEPLOY, start: "workflow_dispatch" });
  expect([refused.status, refused.json.errors]).toEqual([
    403,
    [{ pointer: "/start", detail: expect.stringContaining("read and write") }],
  ]);
  expect(refused.json.detail).toContain(
    `${world.github.url}/organizations/initech/settings/installations/${installation()?.id}`,
  );
});

test("a choice that contradicts itself is refused where it does", async () => {
  const unnamed = await ask({ start: "workflow_dispatch" });
  expect([unnamed.status, unnamed.json.errors[0].pointer]).toEqual([400, "/workflow"]);
  const ref = await ask({ workflow: DEPLOY, ref: "main" });
  expect([ref.status, ref.json.errors[0].pointer]).toEqual([400, "/ref"]);
});

test("a consumer without contents: write has events delivered to the run that GitHub names, by tokens of that right alone", async () => {
  await grant({ metadata: "read", actions: "write", contents: "read" });
  const { json: subscription } = await ask({
    workflow: DEPLOY,
    start: "workflow_dispatch",
    durable: {},
  });
  expect(subscription).toMatchObject({ start: "workflow_dispatch", ref: null, runsKnownBy: "run-id" });
  await call("acme-dev", `/subscriptions/${subscription.subscriptionId}/approve`, { method: "POST" });
  // The subscription of the world goes by repository_dispatch, which this installation does not allow.
  await call("initech-dev", `/subscriptions/${world.subscriptionId}`, { method: "DELETE" });
  await publish(world);
  await until(async () => (await deliveriesTo(world, world.consumer)).at(-1)?.status === "Dispatched");
  const [sent] = world.github.control.workflowDispatches("initech/consumer");
  const delivery = (await deliveriesTo(world, world.consumer)).at(-1);
  expect(delivery?.attempts[0]).toMatchObject({ status: 200, runId: String(sent?.runId) });
  const posts = world.github.control
    .requests()
    .filter(({ method, path }) => method === "POST" && path.endsWith("/dispatches"));
  expect(posts.at(-1)).toMatchObject({ status: 200, permissions: { actions: "write", metadata: "read" } });
  const { json: shown } = await call("initech-dev", `/deliveries/${delivery?.deliveryId}`);
  expect(shown.attempts[0].run).toEqual({
    runId: String(sent?.runId),
    url: `${world.github.url}/initech/consumer/actions/runs/${sent?.runId}`,
  });
  // The provider learns nothing of the consumer's runs.
  const { json: told } = await call("acme-dev", `/deliveries/${delivery?.deliveryId}`);
  expect([told.attempts[0].run, told.owners]).toEqual([null, []]);
});

test("preflight finds nothing in the way of a workflow that takes it, and offers both ways of starting", async () => {
  const { json } = await call("initech-dev", `${await standing()}/preflight`);
  expect(json).toMatchObject({ ok: true, obstacles: [], listeners: [{ path: DEPLOY, types: null }] });
  expect(json.examples.map(({ start }: { start: string }) => start)).toEqual([
    "repository_dispatch",
    "workflow_dispatch",
  ]);
});

const standing = async (): Promise<string> => {
  const path = `/repositories/${world.consumer}/subscriptions`;
  const { json } = await call("initech-dev", path);
  return `/subscriptions/${json.items[0].subscriptionId}`;
};

test("a repeated request is judged by what it names beside what stands, as a change is", async () => {
  const start = "workflow_dispatch";
  const again = (more: object) => ask({ workflow: DEPLOY, ...more });
  // Neither tracking nor a confirm step: the run is the one that GitHub names.
  const changed = await again({ ref: "main", durable: { maxAttempts: 3 } });
  expect([changed.status, changed.json]).toMatchObject([
    201,
    { start, ref: "main", durable: { maxAttempts: 3, confirmWithin: 600 } },
  ]);
  const refused = await again({ start: "repository_dispatch" });
  expect([refused.status, refused.json.errors]).toMatchObject([409, [{ pointer: "/durable" }]]);
  const back = await again({ start: "repository_dispatch", durable: null });
  expect([back.status, back.json]).toMatchObject([
    201,
    { start: "repository_dispatch", ref: null, durable: null },
  ]);
  expect((await again({ start, durable: {} })).json).toMatchObject({ start, ref: null });
});

test.each([
  ["a missing file", null, "workflow-missing"],
  ["another trigger", "on: push\njobs: {}\n", "no-listener"],
  ["no input of Zekt's", "on: workflow_dispatch\njobs: {}\n", "workflow-inputs"],
  ["a required input", workflow("{zekt: {type: string}, place: {required: true}}"), "workflow-inputs"],
  ["a file that GitHub refuses", "on: workflow_dispatch\non: push\njobs: {}\n", "workflow-refused"],
])("preflight names %s", async (_, text, code) => {
  await world.github.control.push("initech/consumer", { [DEPLOY]: text, ".github/workflows/x.yml": "x" });
  const { json } = await call("initech-dev", `${await standing()}/preflight`);
  expect([json.ok, json.obstacles.map((one: { code: string }) => one.code)]).toEqual([false, [code]]);
  expect(json.obstacles[0].link).toContain(world.github.url);
  await world.github.control.push("initech/consumer", { [DEPLOY]: GOOD });
});

test("preflight names a disabled workflow, and a right that was taken back", async () => {
  const { control } = world.github;
  control.setWorkflowState("initech/consumer", DEPLOY, "disabled_manually");
  await grant({ metadata: "read", actions: "read", contents: "read" });
  const { json } = await call("initech-dev", `${await standing()}/preflight`);
  expect(json.obstacles).toEqual([
    expect.objectContaining({
      code: "missing-permission",
      message: expect.stringContaining("actions: write"),
    }),
    expect.objectContaining({
      code: "workflow-disabled",
      link: `${world.github.url}/initech/consumer/actions/workflows/deploy.yml`,
    }),
  ]);
  control.setWorkflowState("initech/consumer", DEPLOY, null);
});

test("preflight names a run that GitHub let begin no job, with the run's page", async () => {
  await grant({ metadata: "read", actions: "write", contents: "read" });
  const [sent] = world.github.control.workflowDispatches("initech/consumer");
  await world.github.control.completeRun(sent?.runId ?? 0, "startup_failure");
  const { json } = await call("initech-dev", `${await standing()}/preflight`);
  expect(json.obstacles).toEqual([
    expect.objectContaining({ code: "run-not-begun", link: expect.stringContaining(`/runs/${sent?.runId}`) }),
  ]);
});

test("a subscription goes back to repository_dispatch only where its durable delivery can be confirmed", async () => {
  const path = await standing();
  const change = async (body: object) => await call("initech-dev", path, { method: "PATCH", body });
  expect((await change({ start: "repository_dispatch" })).status).toBe(409);
  const changed = await change({ start: "repository_dispatch", durable: null });
  expect(changed.json).toMatchObject({ start: "repository_dispatch", runsKnownBy: "inference" });
});

test("a tag as ref has the tag's workflow started, whose run is of that tag, and preflight reads it there", async () => {
  const { control } = world.github;
  await grant({ metadata: "read", actions: "write", contents: "read" });
  await control.push("initech/consumer", { [DEPLOY]: GOOD });
  const { defaultBranch, branches, tags } = control.repository("initech/consumer");
  tags.set("v1", branches.get(defaultBranch) as string);
  await control.push("initech/consumer", { [DEPLOY]: "on: push\njobs: {}\n" });
  const path = await standing();
  const body = { start: "workflow_dispatch", ref: "v1" };
  expect((await call("initech-dev", path, { method: "PATCH", body })).json).toMatchObject({ ref: "v1" });
  const { obstacles } = (await call("initech-dev", `${path}/preflight`)).json;
  expect(obstacles.map(({ code }: { code: string }) => code)).not.toContain("no-listener");
  const before = control.workflowDispatches("initech/consumer").length;
  await publish(world);
  await until(() => control.workflowDispatches("initech/consumer").length > before);
  const run = control.parts.runs.find(control.workflowDispatches("initech/consumer").at(-1)?.runId ?? 0);
  expect(run).toMatchObject({ headBranch: "v1", ofTag: true, payload: { ref: "refs/tags/v1" } });
  const delivery = (await deliveriesTo(world, world.consumer)).at(-1);
  await until(async () => (await deliveriesTo(world, world.consumer)).at(-1)?.status === "Dispatched");
  const confirmed = await callAs(world, await tokenOf(world, run.id), "POST", "/event-delivery/confirm", {
    deliveryId: delivery?.deliveryId,
  });
  expect(confirmed.json).toMatchObject({ deliveryId: delivery?.deliveryId, duplicate: false });
});
