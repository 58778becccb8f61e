import { afterAll, beforeAll, expect, test } from "vitest";
import type { Subscription } from "../../../app/domain/records/subscription.ts";
import { TEST_EVENT } from "../../../app/store/fact-kinds.ts";
import { until } from "../../../harness/stage.ts";
import {
  dispatchesTo,
  startDispatchedRun,
  startWorld,
  WORKFLOW,
  type World,
  zektOf,
} from "../../../harness/world.ts";
import { saveAccount } from "../../support/save-account.ts";
import type { Call } from "../client.ts";
import { documentedClient } from "../documented.ts";

const LISTENER = ".github/workflows/on-built.yml";
const listener = (types: string): string =>
  `on: {repository_dispatch: ${types}}\njobs: {job: {runs-on: ubuntu-latest, steps: [{run: echo hello}]}}\n`;

let world: World;
let call: Call;
let subscription: string;

beforeAll(async () => {
  world = await startWorld({ branches: ["release/*"] }, { eventTypes: ["built", "tested"] });
  call = await documentedClient(world);
  subscription = `/subscriptions/${world.subscriptionId}`;
});
afterAll(() => world.close());

const preflight = async () => (await call("initech-dev", `${subscription}/preflight`)).json;
const codes = async () => (await preflight()).obstacles.map(({ code }: { code: string }) => code);
const pass = (): Promise<void> => world.server.deps.store.facts.remove(TEST_EVENT.of(world));
const tryIt = async (body: object = {}, login = "acme-dev") => {
  await pass();
  return await call(login, `${subscription}/test-event`, { method: "POST", body });
};

test("what no workflow listens to is named, with the page that makes one", async () => {
  const { ok, obstacles } = await preflight();
  expect(ok).toBe(false);
  expect(obstacles).toEqual([
    {
      code: "no-listener",
      message:
        "No workflow on main of initech/consumer listens to the event type built (on: repository_dispatch: types).",
      link: expect.stringContaining(
        `${world.github.url}/initech/consumer/new/main?filename=${encodeURIComponent(".github/workflows/acme-releases.yml")}&value=`,
      ),
    },
    expect.objectContaining({ code: "no-listener", message: expect.stringContaining("tested") }),
  ]);
});

test("a workflow that listens takes what it listens to off the list, as it now stands", async () => {
  const { control } = world.github;
  await control.push("initech/consumer", { [LISTENER]: listener("{types: [built]}") });
  expect((await preflight()).listeners).toEqual([{ path: LISTENER, types: ["built"] }]);
  expect(await codes()).toEqual(["no-listener"]);
  await control.push("initech/consumer", { [LISTENER]: listener("{types: [built, tested]}") });
  expect(await preflight()).toMatchObject({ ok: true, obstacles: [] });
});

test("a workflow that GitHub refuses is an obstacle, with its line and its page", async () => {
  const { control } = world.github;
  const BROKEN = ".github/workflows/broken.yml";
  const text = "on:\n  repository_dispatch:\n    branches: [main]\njobs: {}\n";
  await control.push("initech/consumer", { [BROKEN]: text, ".github/workflows/other.yml": "on: [\n" });
  expect((await preflight()).obstacles).toEqual([
    {
      code: "workflow-refused",
      message: `GitHub refuses ${BROKEN} on main of initech/consumer, line 3: repository_dispatch knows no key branches.`,
      link: `${world.github.url}/initech/consumer/blob/main/${BROKEN}`,
    },
  ]);
  await control.push("initech/consumer", { [BROKEN]: "on: push\njobs: {}\n" });
  expect(await preflight()).toMatchObject({ ok: true, obstacles: [] });
});

test("a file among the workflows that GitHub does not hand over is none that listens", async () => {
  const HUGE = ".github/workflows/huge.yml";
  const text = `${listener("{types: [built]}")}#${"x".repeat(1024 * 1024)}\n`;
  await world.github.control.push("initech/consumer", { [HUGE]: text });
  expect(await preflight()).toMatchObject({ ok: true, obstacles: [] });
  expect((await preflight()).listeners).toEqual([{ path: LISTENER, types: ["built", "tested"] }]);
  await world.github.control.push("initech/consumer", { [HUGE]: null });
});

test("a workflow that is disabled is an obstacle where it would be needed, with its page", async () => {
  const { control } = world.github;
  control.setWorkflowState("initech/consumer", LISTENER, "disabled_inactivity");
  const { obstacles, listeners } = await preflight();
  expect(listeners).toEqual([]);
  expect(obstacles[0]).toEqual({
    code: "workflow-disabled",
    message: `${LISTENER} is disabled in initech/consumer: GitHub disabled it, since nothing happened in the repository for 60 days. Enable it on its page.`,
    link: `${world.github.url}/initech/consumer/actions/workflows/on-built.yml`,
  });
  const other = ".github/workflows/other.yml";
  await control.push("initech/consumer", { [other]: listener("{types: [built, tested]}") });
  expect(await preflight()).toMatchObject({ ok: true, obstacles: [] });
  await control.push("initech/consumer", { [other]: "on: push\njobs: {}\n" });
  control.setWorkflowState("initech/consumer", LISTENER, null);
  expect(await preflight()).toMatchObject({ ok: true, obstacles: [] });
});

test("of many workflows the last one, too, is found to listen", async () => {
  const { control } = world.github;
  const others = Array.from({ length: 62 }, (_, n) => [
    `.github/workflows/a${n}.yml`,
    `name: a${n}\non: push\njobs: {}\n`,
  ]);
  await control.push("initech/consumer", Object.fromEntries(others));
  expect(await preflight()).toMatchObject({ ok: true, listeners: [{ path: LISTENER }] });
});

test("where a repository has more workflows than are read, it is said how many were", async () => {
  const { control } = world.github;
  const paths = Array.from({ length: 310 }, (_, n) => `.github/workflows/a-${n}.yml`);
  const files = (text: string | null) => Object.fromEntries(paths.map((path) => [path, text]));
  await control.push("initech/consumer", { ...files("on: push\njobs: {}\n"), [LISTENER]: null });
  const [obstacle] = (await preflight()).obstacles;
  expect(obstacle).toMatchObject({
    code: "no-listener",
    message: expect.stringMatching(
      /^None of the first 300 of \d+ workflows on main of initech\/consumer listens/,
    ),
  });
  const restored = listener("{types: [built, tested]}");
  await control.push("initech/consumer", { ...files(null), [LISTENER]: restored });
  expect(await preflight()).toMatchObject({ ok: true, listeners: [{ path: LISTENER }] });
});

test("an Actions policy that does not list the App is named by what became of the last run", async () => {
  const { control } = world.github;
  control.setActionsPolicy("initech/consumer", { actors: ["initech-dev"], events: null });
  const run = await startDispatchedRun(world, "initech/consumer", { workflow: LISTENER });
  expect((await preflight()).obstacles).toEqual([
    {
      code: "run-not-begun",
      message: expect.stringMatching(
        new RegExp(`^GitHub started no job of the last run of ${LISTENER} in initech/consumer: .*policy`),
      ),
      link: `${world.github.url}/initech/consumer/actions/runs/${run.id}`,
    },
  ]);
  control.setActionsPolicy("initech/consumer", null);
  await control.completeRun(
    (await startDispatchedRun(world, "initech/consumer", { workflow: LISTENER })).id,
    "success",
  );
  expect(await preflight()).toMatchObject({ ok: true, obstacles: [] });
});

test("a followed plain workflow whose run-name lacks the delivery id is warned of, and one that has it is not", async () => {
  const { accounts, catalog } = world.server.deps.store;
  await accounts.setRepository({ repositoryId: world.consumer, tracking: true });
  const standing = await catalog.findSubscription(world.subscriptionId);
  const durable = { confirmWithin: 600, completeWithin: 3600, maxAttempts: 3, retryOnFailure: false };
  const changed = await catalog.updateSubscription(standing as Subscription, { durable });
  const text = listener("{types: [built, tested]}");
  await world.github.control.push("initech/consumer", { [LISTENER]: text });
  expect(await preflight()).toMatchObject({
    warnings: [
      {
        code: "runs-unnamed",
        message: expect.stringContaining(LISTENER),
        link: `${world.github.url}/initech/consumer/blob/main/${LISTENER}`,
      },
    ],
  });
  const named = `run-name: Built \${{ github.event.client_payload.zekt.deliveryId }}\n${text}`;
  await world.github.control.push("initech/consumer", { [LISTENER]: named });
  expect(await preflight()).toMatchObject({ warnings: [] });
  await accounts.setRepository({ repositoryId: world.consumer, tracking: false });
  await catalog.updateSubscription(changed as Subscription, { durable: null });
});

test("a concurrency group that cancels waiting deliveries is warned of, and one with a queue is not", async () => {
  const { control } = world.github;
  const text = listener("{types: [built, tested]}");
  const pushed = async (rest: string) => {
    await control.push("initech/consumer", { [LISTENER]: `${text}${rest}` });
    return await preflight();
  };
  expect(await pushed("concurrency: deploy\n")).toMatchObject({
    ok: true,
    warnings: [
      {
        code: "runs-cancelled",
        message: expect.stringContaining(`A concurrency group in ${LISTENER} on main of initech/consumer`),
        link: `${world.github.url}/initech/consumer/blob/main/${LISTENER}`,
      },
    ],
  });
  expect(await pushed("concurrency: {group: deploy, queue: max}\n")).toMatchObject({ warnings: [] });
  // Of a workflow that takes none of the subscription's types nothing is said.
  const other = ".github/workflows/other.yml";
  await control.push("initech/consumer", { [other]: `${listener("{types: [shipped]}")}concurrency: ship\n` });
  expect(await pushed("")).toMatchObject({ warnings: [] });
  await control.push("initech/consumer", { [other]: "on: push\njobs: {}\n" });
});

test("an action that the lock file lacks is an obstacle, and GitHub starts no job of the run", async () => {
  const { control } = world.github;
  const LOCK = ".github/workflows/actions.lock";
  const lock = (...held: string[]) =>
    JSON.stringify({
      version: "v0.0.2",
      workflows: { [LISTENER]: ["actions/checkout@v5", ...held] },
      dependencies: {},
    });
  const confirm = "zekt-dev-org/zekt-action/action/confirm@v1";
  const text = `on: {repository_dispatch: {types: [built, tested]}}\njobs: {a: {runs-on: x, steps: [{uses: ${confirm}}]}}\n`;
  await control.push("initech/consumer", { [LISTENER]: text, [LOCK]: lock() });
  expect((await preflight()).obstacles).toEqual([
    {
      code: "actions-unlocked",
      message: `${LOCK} on main of initech/consumer lacks ${confirm} of ${LISTENER}; GitHub starts no job of it. Run gh actions-lock and commit the file.`,
      link: `${world.github.url}/initech/consumer/blob/main/${LOCK}`,
    },
  ]);
  const { id } = await startDispatchedRun(world, "initech/consumer", { workflow: LISTENER });
  expect(world.github.world.runs.get(id)?.attempts.at(-1)?.conclusion).toBe("startup_failure");
  await control.push("initech/consumer", { [LOCK]: lock("zekt-dev-org/zekt-action@v1") });
  const last = await startDispatchedRun(world, "initech/consumer", { workflow: LISTENER });
  await control.completeRun(last.id, "success");
  expect(await preflight()).toMatchObject({ ok: true, obstacles: [], warnings: [] });
  // GitHub asks for each action of the workflow, no matter who publishes it.
  const more = text.replace("steps: [", "steps: [{uses: actions/setup-node@v6}, ");
  await control.push("initech/consumer", { [LISTENER]: more });
  expect((await preflight()).obstacles).toMatchObject([
    { code: "actions-unlocked", message: expect.stringContaining("lacks actions/setup-node@v6 of") },
  ]);
  await control.push("initech/consumer", { [LISTENER]: text, [LOCK]: "version: v9\n" });
  expect(await preflight()).toMatchObject({ ok: true, warnings: [{ code: "lock-unreadable" }] });
  await control.push("initech/consumer", { [LOCK]: lock("zekt-dev-org/zekt-action@v1") });
  await control.push("initech/consumer", { [LISTENER]: listener("{types: [built, tested]}") });
});

test("two subscriptions whose dispatches start each other's workflow are an obstacle", async () => {
  const { catalog } = world.server.deps.store;
  const standing = (await catalog.findSubscription(world.subscriptionId)) as Subscription;
  const other = {
    ...standing,
    subscriptionId: `${standing.subscriptionId}-b`,
    workflow: ".github/workflows/b.yml",
  };
  await catalog.putSubscription(other);
  const shared = async () =>
    (await preflight()).obstacles.filter(({ code }: { code: string }) => code === "type-shared");
  expect(await shared()).toEqual([
    { code: "type-shared", message: expect.stringContaining(other.workflow), link: null },
  ]);
  await catalog.putSubscription({ ...other, start: "workflow_dispatch" });
  expect(await shared()).toEqual([]);
  await catalog.removeSubscription(other);
});

test("a repository that is not enabled, and a provider that is not, are each named", async () => {
  await world.api("initech-dev", "PATCH", `/repositories/${world.consumer}`, { consumer: false });
  await world.api("acme-dev", "PATCH", `/services/${world.serviceId}`, { published: false });
  const { obstacles } = await preflight();
  expect(obstacles).toEqual([
    expect.objectContaining({ code: "service-withdrawn", link: null }),
    expect.objectContaining({
      code: "not-enabled",
      link: `${world.server.url}/console/consumer?repository=${world.consumer}`,
    }),
  ]);
  await world.api("initech-dev", "PATCH", `/repositories/${world.consumer}`, { consumer: true });
  await world.api("acme-dev", "PATCH", `/services/${world.serviceId}`, { published: true });
});

test("a permission that was not granted is named, with the installation's page", async () => {
  const { accounts } = world.server.deps.store;
  const owner = world.github.control.account("initech");
  const ownerId = String(owner.id);
  const { permissions = {} } = (await accounts.getAccount(ownerId)) ?? {};
  await saveAccount(accounts, {
    ownerId,
    login: "initech",
    permissions: { metadata: "read", contents: "read" },
  });
  expect((await preflight()).obstacles).toEqual([
    {
      code: "missing-permission",
      message: "The installation on initech has not granted contents: write; its owner can accept it.",
      link: expect.stringMatching(/\/organizations\/initech\/settings\/installations\/\d+$/),
    },
  ]);
  await saveAccount(accounts, { ownerId, login: "initech", permissions });
});

test("a subscription that waits for its provider says so", async () => {
  await world.api("acme-dev", "POST", `${subscription}/revoke`);
  expect(await codes()).toEqual(["not-approved"]);
  const refused = await tryIt();
  expect([refused.status, refused.json.detail]).toEqual([
    409,
    "The subscription is not approved; its provider has to approve it.",
  ]);
  await world.api("acme-dev", "POST", `${subscription}/approve`);
});

test.each(["acme-dev", "initech-dev"])("%s tries the subscription with a test event", async (login) => {
  const before = dispatchesTo(world, "initech/consumer").length;
  const { status, json } = await tryIt({}, login);
  expect([status, json.eventType]).toEqual([202, "built"]);
  await until(() => dispatchesTo(world, "initech/consumer").length === before + 1);
  const dispatch = dispatchesTo(world, "initech/consumer").at(-1);
  expect(dispatch?.eventType).toBe("built");
  expect(zektOf(dispatch)).toMatchObject({
    deliveryId: json.deliveryId,
    correlationId: json.correlationId,
    isTest: true,
    payload: { test: true },
  });
  const delivery = await call(login, `/deliveries/${json.deliveryId}`);
  expect(delivery.json).toMatchObject({ isTest: true, eventType: "built" });
});

test("a test goes past the filters on runs, which say nothing of it, and to nobody else", async () => {
  const path = `/repositories/${world.consumer}/subscriptions`;
  const other = await world.api<{ subscriptionId: string }>("initech-dev", "POST", path, {
    service: world.serviceId,
    workflow: LISTENER,
  });
  await world.api("acme-dev", "POST", `/subscriptions/${other.subscriptionId}/approve`);
  const before = dispatchesTo(world, "initech/consumer").length;
  const { json } = await tryIt({ eventType: "tested" });
  await until(() => dispatchesTo(world, "initech/consumer").length > before);
  const events = await world.server.deps.store.runs.load({
    repositoryId: world.provider,
    runId: json.correlationId,
  });
  expect(events.events[0]?.plan?.services.flatMap(({ recipients }) => recipients)).toHaveLength(1);
  expect(dispatchesTo(world, "initech/consumer")).toHaveLength(before + 1);
});

test("a type that the subscription does not get is refused, and so is a test right after another", async () => {
  expect((await tryIt({ eventType: "other" })).status).toBe(409);
  expect((await tryIt()).status).toBe(202);
  const again = await call("acme-dev", `${subscription}/test-event`, { method: "POST", body: {} });
  expect([again.status, again.headers.get("retry-after")]).toEqual([429, "10"]);
});

test("tests are in no figure of allowed and blocked events", async () => {
  const { json } = await call("acme-dev", `/repositories/${world.provider}/blocked`);
  expect(json).toMatchObject({ allowed: 0, blocked: 0 });
});

test("a service that was withdrawn stops a test, and the answer says who can offer it again", async () => {
  await world.api("acme-dev", "PATCH", `/services/${world.serviceId}`, { published: false });
  const refused = await tryIt();
  const detail = "The service is not published; its provider has to publish it.";
  expect([refused.status, refused.json.detail]).toEqual([409, detail]);
  await world.api("acme-dev", "PATCH", `/services/${world.serviceId}`, { published: true });
});

test("a workflow that had too many events is taken for a loop, which the answer says", async () => {
  const { settings } = world.server.deps;
  const { breakerLimit } = settings;
  Object.assign(settings, { breakerLimit: 0 });
  const refused = await tryIt();
  Object.assign(settings, { breakerLimit });
  expect(refused.status).toBe(409);
  expect(refused.json.detail).toMatch(/^The workflow had too many events within this hour .* end the loop/);
});

test("a workflow that is not whitelisted stops a test as it stops everything", async () => {
  const path = `/repositories/${world.provider}/workflows/${encodeURIComponent(WORKFLOW)}`;
  await world.api("acme-dev", "DELETE", path);
  const refused = await tryIt();
  expect([refused.status, refused.json.detail]).toEqual([
    409,
    "The service's workflow is not whitelisted; its provider has to whitelist it.",
  ]);
});

test("the page that makes a workflow has one ready that listens to all that is wanted", async () => {
  const { json } = await call("initech-dev", `/directory/${world.serviceId}/example-workflow?durable=true`);
  expect(json).toMatchObject({ path: ".github/workflows/acme-releases.yml" });
  expect(json.text).toContain(world.server.url);
  await world.github.control.push("initech/consumer", { [LISTENER]: null });
  const [obstacle] = (await preflight()).obstacles;
  const text = new URL(obstacle.link).searchParams.get("value") as string;
  await world.github.control.push("initech/consumer", { ".github/workflows/acme-releases.yml": text });
  expect((await preflight()).listeners).toEqual([
    { path: ".github/workflows/acme-releases.yml", types: ["built", "tested"] },
  ]);
});

test("a suspended installation is named, and one that was taken away, each with its page", async () => {
  const { control, world: github } = world.github;
  const owner = control.account("initech");
  const installation = [...github.installations.values()].find(({ accountId }) => accountId === owner.id);
  const { accounts } = world.server.deps.store;
  const isReachable = async () => (await accounts.getRepository(world.consumer))?.reachable;
  await control.suspend(installation?.id ?? 0);
  await until(async () => (await isReachable()) === false);
  const page = `${github.url}/organizations/initech/settings/installations/${installation?.id}`;
  expect((await preflight()).obstacles).toContainEqual({
    code: "suspended",
    message: "The App's installation on initech is suspended; its owner can end that.",
    link: page,
  });
  await control.unsuspend(installation?.id ?? 0);
  await until(async () => (await isReachable()) === true);
  await control.uninstall(installation?.id ?? 0);
  await until(async () => (await isReachable()) === false);
  expect((await preflight()).obstacles).toContainEqual({
    code: "not-installed",
    message: "The App is not installed on initech/consumer.",
    link: `${github.url}/apps/zekt-demo/installations/new`,
  });
});
