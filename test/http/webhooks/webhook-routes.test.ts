import { sign } from "@octokit/webhooks-methods";
import { afterAll, beforeAll, expect, test } from "vitest";
import { enableProvider } from "../../../app/steps/catalog/enable-provider.ts";
import { type AppWorld, startAppWorld, type WebhookWish, WORKFLOW } from "../../main/app-world.ts";

const LIMIT = 200_000;

let world: AppWorld;
let repositoryId: string;
let secret: string;
let payload: { repository: object; workflow_run: { id: number; run_attempt: number } };
beforeAll(async () => {
  world = await startAppWorld({ maxBodyBytes: LIMIT });
  world.organisation("acme", "tools", "quiet");
  await world.install("acme");
  repositoryId = world.repositoryId("acme/tools");
  await enableProvider(world.deps, repositoryId, "mona");
  secret = world.deps.hookSecrets.secret(repositoryId, 1) as string;
  const { control } = world.github;
  const run = await control.startRun({ repository: "acme/tools", workflow: WORKFLOW });
  const [delivery] = await control.completeRun(run.id, "success");
  payload = JSON.parse(delivery?.request.body as string);
});
afterAll(() => world.close());

const post = (wish: Partial<WebhookWish> = {}) =>
  world.post({
    path: `/github/webhooks/repositories/${repositoryId}`,
    event: "workflow_run",
    payload,
    secret,
    ...wish,
  });

/** A run like the one GitHub told of, under an id of its own. */
const anotherRun = (id: number) => ({ ...payload, workflow_run: { ...payload.workflow_run, id } });
const eventsOf = async (id: number) =>
  (await world.deps.store.runs.load({ repositoryId, runId: String(id) })).events;

test("a refusal is a problem document that says what to do", async () => {
  const answer = await post({ secret: null });
  expect(answer.status).toBe(401);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(await answer.json()).toMatchObject({
    status: 401,
    title: "Unauthorized",
    detail: "The webhook is not signed: the header x-hub-signature-256 is missing.",
  });
});

test("a repository that is not enabled and one that is unknown get the same answer, signed or forged", async () => {
  for (const id of [world.repositoryId("acme/quiet"), "987654321"]) {
    const path = `/github/webhooks/repositories/${id}`;
    const signed = await post({ path, secret: world.deps.hookSecrets.secret(id, 1) });
    expect(signed.status).toBe(404);
    expect(await signed.json()).toMatchObject({ detail: "No webhook is expected from this repository." });
    const forged = await post({ path, secret: "somebody's" });
    expect(forged.status).toBe(401);
    expect(await forged.json()).toMatchObject({ detail: "The signature does not match." });
  }
});

test.each([
  ["no body", { payload: "", secret: null, headers: { "x-hub-signature-256": "sha256=00" } }, 400],
  ["a list instead of an object", { payload: "[]" }, 400],
  ["a content type that only begins like JSON", { headers: { "content-type": "application/jsonl" } }, 415],
  ["no delivery id", { headers: { "x-github-delivery": "" } }, 400],
  ["a signature of another kind", { headers: { "x-hub-signature-256": "sha1=1234" } }, 401],
  ["more bytes than are taken in", { payload: `{"a":"${"x".repeat(LIMIT)}"}` }, 413],
])("a webhook with %s is refused", async (_, wish, status) => {
  expect((await post(wish)).status).toBe(status);
});

test("a body that grows beyond the limit without saying its length is refused too", async () => {
  const body = new ReadableStream({
    start(controller) {
      for (let n = 0; n < 5; n++) controller.enqueue(new TextEncoder().encode("x".repeat(LIMIT / 4)));
      controller.close();
    },
  });
  const answer = await fetch(`${world.url}/github/webhooks/repositories/${repositoryId}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-github-event": "workflow_run",
      "x-github-delivery": "1",
      "x-hub-signature-256": "sha256=00",
    },
    body,
    duplex: "half",
  } as RequestInit);
  expect(answer.status).toBe(413);
  // What is still to come of the body is not taken in.
  expect(answer.headers.get("connection")).toBe("close");
});

test("a signature is over the bytes exactly: one space more is forged", async () => {
  const text = JSON.stringify(payload);
  const headers = { "x-hub-signature-256": await sign(secret, text) };
  expect((await post({ payload: text, headers })).status).toBe(202);
  expect((await post({ payload: `${text} `, headers })).status).toBe(401);
});

test("a run told to the App itself is taken in nowhere: it comes by the repository's own webhook", async () => {
  const answer = await post({ path: "/github/webhooks", payload: anotherRun(1), secret: world.appSecret });
  expect(answer.status).toBe(202);
  expect(await eventsOf(1)).toEqual([]);
  expect((await post({ payload: anotherRun(1) })).status).toBe(202);
  expect(await eventsOf(1)).toHaveLength(1);
});

test("what else a repository's webhook was made to send is acknowledged and does nothing", async () => {
  const deleted = { action: "deleted", repository: payload.repository };
  expect((await post({ event: "repository", payload: deleted })).status).toBe(202);
  await world.settle();
  expect(await world.repository("acme/tools")).toMatchObject({ provider: true });
});

test("an App's ping, and an event nobody listens to, are acknowledged", async () => {
  for (const event of ["ping", "star"]) {
    const answer = await post({
      path: "/github/webhooks",
      event,
      payload: { zen: "-", hook_id: 1 },
      secret: world.appSecret,
    });
    expect(answer.status).toBe(202);
  }
});

test("a webhook asks nothing of GitHub while it is answered", async () => {
  world.github.faults.add({ target: "api", count: -1, status: 500 });
  expect((await post({ payload: anotherRun(2) })).status).toBe(202);
  const suspended = { action: "suspend", installation: { id: 1, account: { id: 2 } } };
  const app = { path: "/github/webhooks", secret: world.appSecret };
  expect((await post({ ...app, event: "installation", payload: suspended })).status).toBe(202);
  world.github.faults.clear();
  await world.settle();
});

test("an event that could not be stored is answered 500, and no log line holds its payload", async () => {
  const { runs } = world.deps.store;
  const addEvent = runs.addEvent.bind(runs);
  runs.addEvent = () => Promise.reject(new Error("DynamoDB is away"));
  const marked = { ...anotherRun(3), secretly: "do-not-log-me" };
  expect((await post({ payload: marked })).status).toBe(500);
  runs.addEvent = addEvent;
  expect(world.log.join("")).toContain("DynamoDB is away");
  expect(world.log.join("")).not.toContain("do-not-log-me");
  expect((await post({ payload: marked })).status).toBe(202);
});

test("an address whose repository id is no id of GitHub's is refused before anything is looked up", async () => {
  const before = [...world.deps.failedWebhooks];
  for (const id of ["9".repeat(20), "9".repeat(2000), "0", "abc", "-1"]) {
    for (const path of [`/github/webhooks/repositories/${id}`, `/github/webhooks?repository=${id}`]) {
      const answer = await post({ path, secret: "somebody's" });
      expect(answer.status, path.slice(0, 60)).toBe(404);
      expect(await answer.json()).toMatchObject({
        detail: "The address holds no repository id of GitHub's.",
      });
    }
  }
  expect([...world.deps.failedWebhooks]).toEqual(before);
});
