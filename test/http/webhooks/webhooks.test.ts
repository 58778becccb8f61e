import { randomUUID } from "node:crypto";
import { sign } from "@octokit/webhooks-methods";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Accounts } from "../../../app/store/accounts.ts";
import { until } from "../../../harness/stage.ts";
import { dispatchesTo, startWorld, WORKFLOW, type World } from "../../../harness/world.ts";

let world: World;
let payload: string;
let secret: string;

beforeAll(async () => {
  world = await startWorld();
  const { control } = world.github;
  const run = await control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
  const [delivery] = await control.completeRun(run.id, "success");
  payload = delivery?.request.body as string;
  secret = control.repository("acme/provider").hooks[0]?.secret as string;
});
afterAll(() => world.close());

async function post(path: string, body: string, headers: Record<string, string | undefined> = {}) {
  const all = {
    "content-type": "application/json",
    "x-github-event": "workflow_run",
    "x-github-delivery": randomUUID(),
    "x-hub-signature-256": await sign(secret, body === "" ? "x" : body),
    ...headers,
  };
  const sent = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >;
  const response = await fetch(`${world.server.url}${path}`, { method: "POST", headers: sent, body });
  return { status: response.status, text: await response.text() };
}

const own = () => `/github/webhooks/repositories/${world.provider}`;
const appSecret = () => [...world.github.world.apps.values()][0]?.hook.secret as string;

test("GitHub's log shows every webhook answered 202", () => {
  const statuses = world.github.control
    .deliveries({ repository: "acme/provider" })
    .map(({ statusCode }) => statusCode);
  expect(statuses.length).toBeGreaterThan(0);
  expect(new Set(statuses)).toEqual(new Set([202]));
});

test("a webhook of a repository reads it once", async () => {
  const read = vi.spyOn(Accounts.prototype, "getRepository");
  const requested = JSON.stringify({ ...JSON.parse(payload), action: "requested" });
  expect((await post(own(), requested)).status).toBe(202);
  expect(read.mock.calls).toEqual([[world.provider]]);
  read.mockRestore();
});

test("a forged webhook reads nothing, so that it costs the store nothing", async () => {
  const read = vi.spyOn(Accounts.prototype, "getRepository");
  const forged = { "x-hub-signature-256": `sha256=${"0".repeat(64)}` };
  expect((await post("/github/webhooks/repositories/998", payload, forged)).status).toBe(401);
  expect(read.mock.calls.flat()).not.toContain("998");
  read.mockRestore();
});

test("the same webhook twice is one event", async () => {
  await until(() => dispatchesTo(world, "initech/consumer").length === 1);
  expect((await post(own(), payload)).status).toBe(202);
  expect((await post(own(), payload)).status).toBe(202);
  await world.github.control.idle();
  const { events } = await world.server.deps.store.runs.load({
    repositoryId: world.provider,
    runId: String(JSON.parse(payload).workflow_run.id),
  });
  expect(events).toHaveLength(1);
  expect(dispatchesTo(world, "initech/consumer")).toHaveLength(1);
});

test.each([
  ["no signature", async () => ({ "x-hub-signature-256": undefined }), 401],
  ["a signature that is none", async () => ({ "x-hub-signature-256": "sha256=00" }), 401],
  [
    "a signature with another secret",
    async () => ({ "x-hub-signature-256": await sign("wrong", payload) }),
    401,
  ],
  [
    "the App's secret instead of its own",
    async () => ({ "x-hub-signature-256": await sign(appSecret(), payload) }),
    401,
  ],
  ["no event name", async () => ({ "x-github-event": undefined }), 400],
  ["a form instead of JSON", async () => ({ "content-type": "application/x-www-form-urlencoded" }), 415],
])("a webhook with %s is refused, and nothing is stored", async (_, headers, status) => {
  expect((await post(own(), payload, await headers())).status).toBe(status);
});

test("a repository's secret opens no other repository's address, nor the App's", async () => {
  expect((await post(`/github/webhooks/repositories/${world.consumer}`, payload)).status).toBe(401);
  expect((await post("/github/webhooks", payload)).status).toBe(401);
  expect((await post("/github/webhooks/repositories/999", payload)).status).toBe(401);
});

test("a body of another repository than the address names is refused", async () => {
  const changed = JSON.parse(payload);
  changed.repository.id = 999;
  const answer = await post(own(), JSON.stringify(changed));
  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.text)).toMatchObject({
    detail: `This address takes events of repository ${world.provider} only, and this is none. Remove the webhook that sent it: Zekt places one itself in each repository that needs it.`,
  });
});

test("a signed body that is no JSON is refused", async () => {
  expect((await post(own(), "not json")).status).toBe(400);
});

test("a body over 25 MB is refused", async () => {
  const answer = await post(own(), " ".repeat(25 * 1024 * 1024 + 1), { "x-hub-signature-256": "sha256=00" });
  expect(answer.status).toBe(413);
});

test("an event that could not be stored is answered 500, so that GitHub's log shows it", async () => {
  const { runs } = world.server.deps.store;
  const addEvent = runs.addEvent.bind(runs);
  runs.addEvent = () => Promise.reject(new Error("DynamoDB is away"));
  expect((await post(own(), payload)).status).toBe(500);
  runs.addEvent = addEvent;
});

test("a webhook by a smee channel is told by its query", async () => {
  expect((await post(`/github/webhooks?repository=${world.provider}`, payload)).status).toBe(202);
});
