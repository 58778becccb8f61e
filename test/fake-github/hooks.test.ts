import { createHmac } from "node:crypto";
import { verify } from "@octokit/webhooks-methods";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { type Receiver, type Stage, setStage, startReceiver, WORKFLOW } from "./stage.ts";

const HOOKS = "/repos/acme/site/hooks";
const DAY = 86_400_000;

let stage: Stage;
let token: string;
let receiver: Receiver;
beforeAll(async () => {
  stage = await setStage();
  receiver = await startReceiver();
});
afterAll(async () => {
  receiver.close();
  await stage.close();
});
beforeEach(async () => {
  token = await stage.token();
  for (const { id } of [...stage.control.repository("acme/site").hooks]) {
    await stage.control.deleteHook("acme/site", id);
  }
  await stage.control.idle();
  Object.assign(receiver, { received: [], status: 202, silent: false });
});

const place = (body: object) => stage.request(token, "POST", HOOKS, body);
const config = (more: object = {}) => ({
  url: receiver.url,
  content_type: "json",
  secret: "s3cret",
  ...more,
});
const placed = async (): Promise<number> =>
  (await place({ config: config(), events: ["workflow_run"] })).json.id as number;
const log = async (hook: number) => (await stage.request(token, "GET", `${HOOKS}/${hook}/deliveries`)).json;
/** Completes a run, and returns how its webhooks went. */
const complete = async () => {
  const run = await stage.control.startRun({ repository: "acme/site", workflow: WORKFLOW });
  return await stage.control.completeRun(run.id, "success");
};

test("a webhook is pinged when it is placed, and signed with its own secret", async () => {
  const { status, json } = await place({ config: config(), events: ["workflow_run"] });
  expect([status, json.config.secret]).toEqual([201, "********"]);
  await stage.control.idle();
  const [ping] = receiver.received;
  expect(ping?.headers).toMatchObject({
    "content-type": "application/json",
    "x-github-event": "ping",
    "x-github-hook-id": String(json.id),
    "x-github-hook-installation-target-type": "repository",
    "x-github-hook-installation-target-id": String(stage.control.repository("acme/site").id),
  });
  expect(ping?.headers["user-agent"]).toMatch(/^GitHub-Hookshot\//);
  const signature = ping?.headers["x-hub-signature-256"] as string;
  expect(await verify("s3cret", ping?.body ?? "", signature)).toBe(true);
});

test("a webhook without a content type gets forms", async () => {
  await place({ config: { url: receiver.url, secret: "s3cret" }, events: ["workflow_run"] });
  await stage.control.idle();
  const [ping] = receiver.received;
  expect(ping?.headers["content-type"]).toBe("application/x-www-form-urlencoded");
  expect(JSON.parse(new URLSearchParams(ping?.body).get("payload") ?? "")).toHaveProperty("zen");
  const hmac = createHmac("sha256", "s3cret")
    .update(ping?.body ?? "")
    .digest("hex");
  expect(ping?.headers["x-hub-signature-256"]).toBe(`sha256=${hmac}`);
});

test("a webhook's body has no installation, as GitHub sends it", async () => {
  await placed();
  await complete();
  const bodies = receiver.received.map(({ body }) => JSON.parse(body));
  expect(bodies.map(({ action }) => action)).toEqual([undefined, "requested", "in_progress", "completed"]);
  for (const body of bodies) expect(body).not.toHaveProperty("installation");
});

test("a re-run sends webhooks from its beginning on, without a second requested", async () => {
  await placed();
  const { id } = await stage.control.startRun({ repository: "acme/site", workflow: WORKFLOW });
  await stage.control.completeRun(id, "failure");
  receiver.received.length = 0;
  await stage.control.rerun(id);
  await stage.control.completeRun(id, "success");
  await stage.control.idle();
  const bodies = receiver.received.map(({ body }) => JSON.parse(body));
  expect(bodies.map(({ action, workflow_run: { run_attempt } }) => [action, run_attempt])).toEqual([
    ["in_progress", 2],
    ["completed", 2],
  ]);
});

test.each([
  ["the same webhook twice", async () => {}, "Hook already exists on this repository"],
  [
    "a 21st webhook for an event",
    async () => {
      for (let n = 1; n < 20; n++)
        await place({ config: config({ url: `${receiver.url}/${n}` }), events: ["push"] });
    },
    `The "push" event cannot have more than 20 hooks`,
  ],
])("%s is refused", async (name, prepare, message) => {
  await place({ config: config(), events: ["push"] });
  await prepare();
  const url = name.startsWith("the same") ? receiver.url : `${receiver.url}/more`;
  const { status, json } = await place({ config: config({ url }), events: ["push"] });
  expect([status, json.message, json.errors[0].message]).toEqual([422, "Validation Failed", message]);
});

test("a webhook at an address that is not public is refused as github.com refuses it", async () => {
  onTestFinished(() => void stage.control.configure({ publicHooksOnly: false }));
  stage.control.configure({ publicHooksOnly: true });
  const { status, json } = await place({ config: { url: "http://localhost:3000/github/webhooks" } });
  expect([status, json.errors[0]]).toEqual([
    422,
    expect.objectContaining({
      field: "url",
      message: "url is not supported because it isn't reachable over the public Internet (localhost)",
    }),
  ]);
  expect((await place({ config: { url: "https://example.com/hooks" } })).status).toBe(201);
});

test.each([
  ["without a URL", { config: {} }],
  ["of no web address", { config: { url: "ftp://example.com" } }],
  ["for an event that is none", { config: { url: "https://example.com" }, events: ["nothing"] }],
  ["of another name", { name: "email", config: { url: "https://example.com" } }],
])("a webhook %s is refused", async (_, body) => {
  expect((await place(body)).status).toBe(422);
});

test("a configuration that is changed without its secret loses it", async () => {
  const hook = await placed();
  const { json } = await stage.request(token, "PATCH", `${HOOKS}/${hook}`, {
    config: { url: receiver.url, content_type: "json" },
  });
  expect(json.config).not.toHaveProperty("secret");
  await stage.request(token, "POST", `${HOOKS}/${hook}/pings`);
  await stage.control.idle();
  expect(receiver.received.at(-1)?.headers).not.toHaveProperty("x-hub-signature-256");
});

test("a webhook that listens to meta hears of its own end", async () => {
  const { json } = await place({ config: config(), events: ["meta"] });
  await stage.request(token, "DELETE", `${HOOKS}/${json.id}`);
  await stage.control.idle();
  const last = receiver.received.at(-1);
  expect(last?.headers["x-github-event"]).toBe("meta");
  expect(JSON.parse(last?.body ?? "")).toMatchObject({ action: "deleted", hook_id: json.id });
});

test("a failed webhook is logged, not sent again, and delivered under its GUID when that is asked", async () => {
  const hook = await placed();
  receiver.status = 500;
  const [sent] = await complete();
  expect(sent).toMatchObject({ statusCode: 500, status: "Invalid HTTP Response: 500", redelivery: false });
  const count = receiver.received.length;
  stage.clock.advance(DAY);
  token = await stage.token();
  await stage.control.idle();
  expect(receiver.received).toHaveLength(count);
  receiver.status = 202;
  const listed = await stage.request(token, "GET", `${HOOKS}/${hook}/deliveries`);
  const id = /"id":(\d+),/.exec(listed.text)?.[1] as string;
  const attempt = await stage.request(token, "POST", `${HOOKS}/${hook}/deliveries/${id}/attempts`);
  expect(attempt.status).toBe(202);
  await stage.control.idle();
  const [again] = await log(hook);
  expect(again).toMatchObject({ guid: sent?.guid, redelivery: true, status: "OK", status_code: 202 });
  expect(receiver.received.at(-1)?.headers["x-github-delivery"]).toBe(sent?.guid);
});

test("delivery ids have more digits than a JavaScript number holds", async () => {
  const hook = await placed();
  await complete();
  const { text } = await stage.request(token, "GET", `${HOOKS}/${hook}/deliveries`);
  const exact = /"id":(\d+),/.exec(text)?.[1] as string;
  expect(exact).toHaveLength(19);
  const rounded = String(JSON.parse(text)[0].id);
  expect((await stage.request(token, "GET", `${HOOKS}/${hook}/deliveries/${exact}`)).status).toBe(200);
  expect((await stage.request(token, "GET", `${HOOKS}/${hook}/deliveries/${rounded}`)).status).toBe(404);
});

test("a log is read page by page, by cursor", async () => {
  const hook = await placed();
  await complete();
  const guids: string[] = [];
  let next: string | undefined = `${HOOKS}/${hook}/deliveries?per_page=3`;
  while (next) {
    const page = await stage.request(token, "GET", next);
    guids.push(...page.json.map(({ guid }: { guid: string }) => guid));
    next = /<([^>]+)>; rel="next"/.exec(page.headers.get("link") ?? "")?.[1];
  }
  expect(guids).toEqual((await log(hook)).map(({ guid }: { guid: string }) => guid));
  expect(guids).toHaveLength(4);
});

test("a log forgets what is older than three days", async () => {
  const hook = await placed();
  await complete();
  stage.clock.advance(3 * DAY + 1);
  token = await stage.token();
  expect(await log(hook)).toEqual([]);
});

test("one event has one GUID at every webhook that hears of it", async () => {
  await placed();
  await place({ config: config({ url: `${receiver.url}/other` }), events: ["workflow_run"] });
  const sent = await complete();
  expect(sent.map((one) => one?.guid)).toEqual([sent[0]?.guid, sent[0]?.guid]);
});

test("a receiver that is too slow is a failure, whatever it does later", async () => {
  await placed();
  await stage.control.idle();
  stage.control.configure({ webhookTimeoutMs: 50 });
  receiver.silent = true;
  const [sent] = await complete();
  stage.control.configure({ webhookTimeoutMs: 10_000 });
  expect(sent).toMatchObject({ status: "timed out", statusCode: 504 });
});

test("a receiver that is not there is a failure", async () => {
  await place({ config: config({ url: "http://127.0.0.1:1/" }), events: ["workflow_run"] });
  const [sent] = await complete();
  expect(sent).toMatchObject({ status: "failed to connect to host", statusCode: 502 });
});

test("a webhook that is off hears nothing", async () => {
  await place({ config: config(), events: ["workflow_run"], active: false });
  expect(await complete()).toEqual([null]);
  expect(receiver.received).toEqual([]);
});
