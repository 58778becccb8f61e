import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../../harness/stage.ts";
import {
  callAs,
  dispatchesTo,
  sendMessage,
  startWorld,
  tokenOf,
  WORKFLOW,
  type World,
  zektOf,
} from "../../../harness/world.ts";
import { growthOfAsync } from "../../support/growth.ts";

let world: World;
let runId: number;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

/** A run in progress of the provider. */
const startRun = async (change: object = {}): Promise<number> =>
  (await world.github.control.startRun({ repository: "acme/provider", workflow: WORKFLOW, ...change })).id;

const body = (change: object = {}) => ({
  eventType: "built",
  payload: { a: 1 },
  workflowRunId: String(runId),
  ...change,
});

test("a message and its run's event arrive as one dispatch", async () => {
  runId = await startRun();
  const sent = await sendMessage(world, runId, "built", { version: "1.0" });
  expect(sent.status).toBe(202);
  expect(sent.json).toMatchObject({
    success: true,
    consumersNotified: 1,
    eventId: expect.stringMatching(/^message-/),
  });
  await world.github.control.completeRun(runId, "success");
  await until(() => dispatchesTo(world, "initech/consumer").some(({ eventType }) => eventType === "built"));
  const got = dispatchesTo(world, "initech/consumer").find(({ eventType }) => eventType === "built");
  expect(got?.clientPayload).toMatchObject({
    eventType: "built",
    zekt: {
      correlationId: String(runId),
      payload: { version: "1.0" },
      sourceRepo: "acme/provider",
      attempt: 1,
      messageAttempt: 1,
      isReplay: false,
      durable: false,
    },
    workflow_run: { id: runId, conclusion: "success", path: WORKFLOW },
  });
});

test("a message that comes after its event is delivered all the same", async () => {
  runId = await startRun();
  const token = await tokenOf(world, runId);
  await world.github.control.completeRun(runId, "success");
  const late = await callAs(world, token, "POST", "/events/receive", body({ eventType: "late" }));
  expect(late.status).toBe(202);
  await until(() => dispatchesTo(world, "initech/consumer").some(({ eventType }) => eventType === "late"));
});

test("a run with one message is two dispatches where no types are subscribed to, and one where its type is", async () => {
  const { deliveries, runs } = world.server.deps.store;
  const deliveredOf = async (id: number): Promise<string[]> => {
    await world.github.control.completeRun(id, "success");
    const run = { repositoryId: world.provider, runId: String(id) };
    await until(async () => (await runs.load(run)).events.some(({ dueAt }) => dueAt == null));
    const { items } = await deliveries.list("consumer", world.consumer);
    const made = items.filter(({ correlationId }) => correlationId === String(id));
    return made.map(({ eventType }) => eventType).sort();
  };
  const path = `/subscriptions/${world.subscriptionId}`;
  const [all, listed] = [await startRun(), await startRun()];
  for (const id of [all, listed]) await sendMessage(world, id, "built", {});
  expect(await deliveredOf(all)).toEqual(["built", "zekt-workflow-completed"]);
  await world.api("initech-dev", "PATCH", path, { eventTypes: ["built"] });
  expect(await deliveredOf(listed)).toEqual(["built"]);
  await world.api("initech-dev", "PATCH", path, { eventTypes: [] });
});

test("the same call twice is one message", async () => {
  runId = await startRun();
  const first = await sendMessage(world, runId, "twice", { n: 1 }, { "idempotency-key": "step-1" });
  const second = await sendMessage(world, runId, "twice", { n: 1 }, { "idempotency-key": "step-1" });
  expect(second.json?.eventId).toBe(first.json?.eventId);
  const other = await sendMessage(world, runId, "twice", { n: 2 }, { "idempotency-key": "step-1" });
  expect(other.status).toBe(409);
  const byContent = await sendMessage(world, runId, "twice", { n: 1 });
  expect((await sendMessage(world, runId, "twice", { n: 1 })).json?.eventId).toBe(byContent.json?.eventId);
});

test("a token may repeat its first request, and comes with no other", async () => {
  runId = await startRun();
  const token = await tokenOf(world, runId);
  const first = await callAs(world, token, "POST", "/events/receive", body());
  expect(first.status).toBe(202);
  expect((await callAs(world, token, "POST", "/events/receive", body())).json).toEqual(first.json);
  const replayed = await callAs(world, token, "POST", "/events/receive", body({ payload: { b: 2 } }));
  expect(replayed.status).toBe(401);
  expect(replayed.json?.detail).toContain("used for another request");
  const keyed = { "idempotency-key": "another" };
  expect((await callAs(world, token, "POST", "/events/receive", body(), keyed)).status).toBe(401);
  expect((await callAs(world, token, "POST", "/events/keys", body())).status).toBe(401);
});

test.each([
  ["no token", async () => "", 401, "Send a GitHub Actions OIDC token"],
  ["a token that is none", async () => "rubbish", 401, "not one that GitHub Actions signed"],
  [
    "a forged signature",
    async () => `${(await tokenOf(world, runId)).split(".").slice(0, 2).join(".")}.${"A".repeat(342)}`,
    401,
    "not one that GitHub Actions signed",
  ],
  [
    "an expired token",
    () => tokenOf(world, runId, { exp: Math.floor(Date.now() / 1000) - 120 }),
    401,
    "expired",
  ],
  [
    "a token for another audience",
    () => tokenOf(world, runId, {}, "https://elsewhere.example"),
    401,
    "another audience",
  ],
  [
    "the old audience, which is not allowed here",
    () => tokenOf(world, runId, {}, "api://zekt"),
    401,
    "another audience",
  ],
  [
    "another issuer's token",
    () => tokenOf(world, runId, { iss: "https://elsewhere.example" }),
    401,
    "iss claim",
  ],
  [
    "a token without a run",
    () => tokenOf(world, runId, { run_id: undefined }),
    401,
    "lacks the claim run_id",
  ],
  [
    "a token of a repository that is no provider",
    () => tokenOf(world, runId, { repository_id: world.consumer }),
    403,
    "not enabled as a provider",
  ],
  [
    "a token of a run that the body does not name",
    () => tokenOf(world, runId, { run_id: "99" }),
    403,
    "token is of run 99",
  ],
])("a message with %s is refused", async (_, token, status, detail) => {
  runId = await startRun();
  const answer = await callAs(world, await token(), "POST", "/events/receive", body());
  expect(answer.status).toBe(status);
  expect(answer.type).toContain("application/problem+json");
  expect(answer.json?.detail).toContain(detail);
});

test("a header that names another repository is refused", async () => {
  runId = await startRun();
  const answer = await sendMessage(world, runId, "built", {}, { "x-github-repository": "acme/other" });
  expect(answer).toMatchObject({ status: 403, json: { detail: expect.stringContaining("acme/other") } });
});

test.each([
  ["the reserved event type", { eventType: "zekt-workflow-completed" }, 400, "reserved"],
  ["an event type of 101 characters", { eventType: "x".repeat(101) }, 400, "1 to 100 characters"],
  ["no event type", { eventType: undefined }, 400, "errors[]"],
  ["a payload one byte too large", { payload: "x".repeat(524_287) }, 413, "524289 bytes"],
])("%s is refused", async (_, change, status, detail) => {
  runId = await startRun();
  const answer = await callAs(world, await tokenOf(world, runId), "POST", "/events/receive", body(change));
  expect(answer.status).toBe(status);
  expect(answer.json?.detail).toContain(detail);
});

test("a payload of 512 KB to the byte is taken, in multi-byte characters too", async () => {
  runId = await startRun();
  for (const payload of ["x".repeat(524_286), "ü".repeat(262_143)]) {
    expect((await sendMessage(world, runId, "large", payload)).status).toBe(202);
  }
});

test("bad input is answered with JSON pointers", async () => {
  runId = await startRun();
  const answer = await callAs(
    world,
    await tokenOf(world, runId),
    "POST",
    "/events/receive",
    body({ eventType: 7 }),
  );
  expect(answer.json?.errors).toEqual([{ pointer: "/eventType", detail: expect.any(String) }]);
  const broken = await callAs(world, await tokenOf(world, runId), "POST", "/events/receive", "{");
  expect(broken.status).toBe(400);
  expect(broken.type).toContain("application/problem+json");
});

test("an error's sentence is said as message, too, to clients that read no detail", async () => {
  runId = await startRun();
  const token = await tokenOf(world, runId, { repository_id: world.consumer });
  const refused = await callAs(world, token, "POST", "/events/receive", body());
  expect(refused.json?.message).toContain("not enabled as a provider");
  const answers = [
    refused,
    await callAs(world, "", "POST", "/event-delivery/confirm", {}),
    await callAs(world, "", "POST", "/event-delivery/complete", {}),
    await callAs(world, "", "GET", "/event-delivery/delivery-1/payload"),
    await callAs(world, "", "DELETE", "/events/receive"),
    await callAs(world, await tokenOf(world, runId), "POST", "/events/receive", "{"),
    await callAs(world, await tokenOf(world, runId), "POST", "/events/receive", body({ eventType: 7 })),
  ];
  expect(answers.map(({ status }) => status)).toEqual([403, 401, 401, 401, 405, 400, 400]);
  for (const { json, type } of answers) {
    expect(type).toContain("application/problem+json");
    expect(json?.message).toBe(json?.detail);
  }
});

test.each(["//events/receive", "/events/receive"])(
  "a client may add a slash to the address: %s",
  async (path) => {
    runId = await startRun();
    const token = await tokenOf(world, runId);
    expect((await callAs(world, token, "POST", path, body())).status).toBe(202);
    const response = await fetch(`${world.server.url}//api${path}`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${await tokenOf(world, runId)}`,
        "content-type": "application/json",
      },
      body: JSON.stringify(body()),
    });
    expect(response.status).toBe(202);
  },
);

test("a message's numbers are kept, hashed and delivered as they were written", async () => {
  runId = await startRun();
  const text = '{"id": 9007199254740993, "far": [1e400], "one": 1.0}';
  const sent = body({ eventType: "exact", payload: "X" });
  const whole = JSON.stringify(sent).replace('"X"', text);
  expect((await callAs(world, await tokenOf(world, runId), "POST", "/events/receive", whole)).status).toBe(
    202,
  );
  const { messages } = await world.server.deps.store.runs.load({
    repositoryId: world.provider,
    runId: String(runId),
  });
  const kept = '{"id":9007199254740993,"far":[1e400],"one":1.0}';
  const sha256 = createHash("sha256").update(kept).digest("hex");
  expect(messages).toEqual([expect.objectContaining({ body: kept, sha256, size: kept.length })]);
  await world.github.control.completeRun(runId, "success");
  const sentOn = () => dispatchesTo(world, "initech/consumer").find(({ eventType }) => eventType === "exact");
  await until(() => sentOn() !== undefined);
  // GitHub reads no 1e400.
  const { deliveryId, payload, payloadRef } = zektOf(sentOn());
  expect([payload, payloadRef]).toEqual([null, { size: kept.length, sha256 }]);
  const taker = { repository: "initech/consumer", workflow: WORKFLOW, event: "repository_dispatch" };
  const token = await tokenOf(world, await startRun(taker));
  const redeemed = await callAs(world, token, "GET", `/event-delivery/${deliveryId}/payload`);
  expect([redeemed.text, redeemed.headers.get("x-zekt-sha256")]).toEqual([kept, sha256]);
});

test("a message of twice the size is received in at most twice the time", { timeout: 30_000 }, async () => {
  runId = await startRun();
  const ROWS = 1000;
  // A token is good for one message.
  const tokens = [await tokenOf(world, runId), await tokenOf(world, runId)];
  const requestOf = (rows: number) => {
    const row = (_: unknown, n: number) => ({
      name: `row ${n}`,
      url: "https://a.example/b",
      at: [n, 1.5, null],
    });
    const payload = Array.from({ length: rows }, row);
    return { token: tokens.pop() as string, text: JSON.stringify(body({ payload })) };
  };
  const receive = async ({ token, text }: ReturnType<typeof requestOf>): Promise<void> => {
    expect((await callAs(world, token, "POST", "/events/receive", text)).status).toBe(202);
  };
  expect(await growthOfAsync(requestOf, ROWS, receive, 2)).toBeLessThan(2 * 1.3);
});

test("a message that is nested too deep to be read is refused", async () => {
  runId = await startRun();
  const token = async () => await tokenOf(world, runId);
  const nested = (depth: number) =>
    JSON.stringify(body({ payload: "X" })).replace('"X"', `${"[".repeat(depth)}${"]".repeat(depth)}`);
  const refused = await callAs(world, await token(), "POST", "/events/receive", nested(501));
  expect(refused).toMatchObject({ status: 400, json: { errors: [{ pointer: "/payload" }] } });
  expect((await callAs(world, await token(), "POST", "/events/receive", nested(500))).status).toBe(202);
});

test("of a message of a workflow that is not whitelisted it is said that it will be blocked, and why", async () => {
  const path = `/repositories/${world.provider}/workflows/${encodeURIComponent(WORKFLOW)}`;
  runId = await startRun();
  expect((await sendMessage(world, runId, "built", {})).json).toMatchObject({ blocked: null });
  await world.api("acme-dev", "DELETE", path);
  const why = `${WORKFLOW} is not whitelisted. Whitelist it in Zekt so that its runs may leave.`;
  expect((await sendMessage(world, runId, "other", {})).json).toMatchObject({
    consumersNotified: 0,
    blocked: why,
    message: `Stored, but it will be blocked: ${why}`,
  });
});

test.each([{ ref: "" }, { actor: "" }, { event_name: "" }])(
  "a run whose token has %j, as a deployment's may, sends a message all the same",
  async (claims) => {
    const id = await startRun({ event: "deployment" });
    const token = await tokenOf(world, id, claims);
    const sent = await callAs(world, token, "POST", "/events/receive", body({ workflowRunId: String(id) }));
    expect(sent.status, sent.text).toBe(202);
  },
);
