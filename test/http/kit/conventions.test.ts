import { Writable } from "node:stream";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { type Stage, setStage } from "../../../harness/stage.ts";
import { bringOn, callAs, tokenOf, WORKFLOW } from "../../../harness/world.ts";
import { type Call, clientOf, userToken } from "../client.ts";
import { documentedClient } from "../documented.ts";

const log: Record<string, unknown>[] = [];
const sink = new Writable({
  write(chunk: Buffer, _, done) {
    for (const line of chunk.toString().split("\n").filter(Boolean)) log.push(JSON.parse(line));
    done();
  },
});

let stage: Stage;
let call: Call;
let repositoryId: string;

beforeAll(async () => {
  stage = await setStage({ log: pino({ level: "info" }, sink) });
  stage.github.world.settings.runWorkflows = false;
  repositoryId = await bringOn(stage, "acme/provider");
  call = clientOf(stage);
});
afterAll(() => stage.close());
beforeEach(() => {
  log.length = 0;
});
afterEach(() => {
  vi.restoreAllMocks();
  stage.github.faults.clear();
});

test("an unknown address is not found, whoever asks", async () => {
  for (const path of ["/nowhere", "/repositories/1/nowhere"]) {
    const answer = await call(null, path);
    expect(answer.status).toBe(404);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.json).toEqual({
      type: "about:blank",
      title: "Not Found",
      status: 404,
      detail: "There is no such address.",
    });
  }
});

test("another method of a known address is told which there are", async () => {
  const answer = await call("acme-dev", `/repositories/${repositoryId}`, { method: "DELETE" });
  expect(answer.status).toBe(405);
  expect(answer.headers.get("allow")).toBe("GET, HEAD, PATCH");
  expect(answer.json.detail).toContain("DELETE is not for this address");
});

test("who may not is refused before what they sent is looked at", async () => {
  const sent = { method: "PATCH", body: "{" };
  expect((await call(null, `/repositories/${repositoryId}`, sent)).status).toBe(401);
  stage.github.control.createAccount({ login: "stranger" });
  expect((await call("stranger", `/repositories/${repositoryId}`, sent)).status).toBe(404);
});

test("a body that is no JSON is malformed, one of another type unsupported, one too large refused", async () => {
  const path = `/repositories/${repositoryId}`;
  const patch = (body: string, type = "application/json") =>
    call("acme-dev", path, { method: "PATCH", body, headers: { "content-type": type } });
  const malformed = await patch("{");
  expect([malformed.status, malformed.json.detail]).toEqual([400, "Malformed JSON in request body."]);
  const form = await patch("provider=true", "application/x-www-form-urlencoded");
  expect([form.status, form.json.detail]).toEqual([
    415,
    "Send the body as JSON: content-type: application/json.",
  ]);
  const large = await patch(JSON.stringify({ provider: "x".repeat(300_000) }));
  expect([large.status, large.json.detail]).toEqual([413, "The body is larger than 262144 bytes."]);
});

test.each([
  "application/json",
  "application/json ; charset=utf-8",
  "application/json;",
  "Application/JSON;charset=UTF-8",
  'application/json; charset="utf-8"; x=',
  "application/vnd.github.v3+json",
  "application/vnd.github+json; charset=utf-8",
  "application/merge-patch+json",
])("a body of the type %s is taken as JSON", async (type) => {
  const headers = { "content-type": type };
  const path = `/repositories/${repositoryId}`;
  const answer = await call("acme-dev", path, { method: "PATCH", body: { provider: true }, headers });
  expect([answer.status, answer.json.provider]).toEqual([200, true]);
});

test.each([
  "application/jsonl",
  "text/json",
  "application/x-json; a=application/json",
  "json",
  "application/+json/x",
])("a body of the type %s is not taken as JSON", async (type) => {
  const headers = { "content-type": type };
  const path = `/repositories/${repositoryId}`;
  const answer = await call("acme-dev", path, { method: "PATCH", body: { provider: true }, headers });
  expect(answer.status).toBe(415);
});

test("each place of bad input is named by a JSON pointer", async () => {
  const answer = await call("acme-dev", `/repositories/${repositoryId}`, {
    method: "PATCH",
    body: { provider: "yes", other: 1, "a/b": 2 },
  });
  expect(answer.status).toBe(400);
  expect(answer.json.detail).toBe("Fix the fields named in errors[]: the request's body is invalid.");
  expect(answer.json.errors).toEqual([
    { pointer: "/provider", detail: expect.stringContaining("boolean") },
    { pointer: "/other", detail: "there is no such field" },
    { pointer: "/a~1b", detail: "there is no such field" },
  ]);
  const body = {};
  const missing = await call("acme-dev", `/repositories/${repositoryId}/services`, { method: "POST", body });
  expect(missing.json.errors).toEqual(
    ["/slug", "/workflow"].map((pointer) => ({ pointer, detail: "is missing" })),
  );
  const key = await call("acme-dev", `/repositories/${repositoryId}/keys`, { method: "POST", body });
  expect(key.json.errors).toEqual([
    { pointer: "/key", detail: "must be a public key of X25519 or P-256, as a JWK or as PEM" },
  ]);
  const query = await call("acme-dev", "/repositories?limit=1000");
  expect(query.json).toMatchObject({ status: 400, errors: [{ pointer: "/limit" }] });
});

test("an id that is longer than any is refused with its name and what it may have", async () => {
  const answer = await call("acme-dev", `/services/${"x".repeat(130)}`);
  expect([answer.status, answer.json.detail]).toEqual([
    400,
    "Correct the address: its serviceId must have 1 to 100 characters and has 130.",
  ]);
});

test("without a good token the answer says which one to send", async () => {
  const answer = await call(null, "/repositories");
  expect(answer.status).toBe(401);
  expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="zekt"');
  expect(answer.json.detail).toContain("ghu_");
});

test("what is unforeseen is answered with nothing but the request's id, which the log knows", async () => {
  const { accounts } = stage.server.deps.store;
  vi.spyOn(accounts, "getRepositories").mockRejectedValue(new Error("the inside of things"));
  const answer = await (await documentedClient(stage))("acme-dev", "/repositories");
  const requestId = answer.headers.get("x-request-id");
  expect(answer.status).toBe(500);
  expect(answer.text).not.toContain("inside");
  expect(answer.json.detail).toContain(requestId);
  expect(log).toContainEqual(
    expect.objectContaining({
      event: "request.failed",
      requestId,
      err: expect.objectContaining({ message: "the inside of things" }),
    }),
  );
});

test("a request has one log line: what it concerned, and nothing that was sent", async () => {
  const token = userToken(stage, "acme-dev");
  const headers = { authorization: `Bearer ${token}` };
  const path = `/repositories/${repositoryId}/services?text=secret-query`;
  const body = { slug: "secret-slug", workflow: WORKFLOW };
  const answer = await call(null, path, { method: "POST", body, headers });
  expect(log.filter(({ event }) => event === "request.answered")).toEqual([
    expect.objectContaining({
      requestId: answer.headers.get("x-request-id"),
      method: "POST",
      route: "/api/repositories/:repositoryId/services",
      status: answer.status,
      ms: expect.any(Number),
      repositoryId,
      userId: String(stage.github.control.account("acme-dev").id),
    }),
  ]);
  expect(JSON.stringify(log)).not.toMatch(new RegExp(`secret-query|secret-slug|${token}`));
});

test("a request that finds nothing changed has no line, so that pages may poll", async () => {
  const path = `/repositories/${repositoryId}`;
  const first = await call("acme-dev", path);
  const headers = { "if-none-match": first.headers.get("etag") as string };
  expect((await call("acme-dev", path, { headers })).status).toBe(304);
  const lines = log.filter(({ event }) => event === "request.answered");
  expect(lines.map(({ status }) => status)).toEqual([200]);
});

test("a step's log line names its correlation id and delivery, never its message or token", async () => {
  const run = await stage.github.control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
  const message = { eventType: "built", payload: { secret: "needle" } };
  const sent = await tokenOf(stage, run.id);
  await callAs(stage, sent, "POST", "/events/receive", message);
  const named = { correlationId: "4711", deliveryId: "delivery-x" };
  const confirmed = await tokenOf(stage, run.id);
  await callAs(stage, confirmed, "POST", "/event-delivery/confirm", named);
  const lines = log.filter(({ event }) => event === "request.answered");
  expect(lines).toEqual([
    expect.objectContaining({ route: "/api/events/receive", correlationId: String(run.id), repositoryId }),
    expect.objectContaining({ route: "/api/event-delivery/confirm", ...named }),
  ]);
  expect(JSON.stringify(log)).not.toMatch(new RegExp(`needle|${sent}|${confirmed}`));
});

test("answers are for their reader alone, and an unchanged one is not sent again", async () => {
  const call = await documentedClient(stage);
  const first = await call("acme-dev", `/repositories/${repositoryId}`);
  expect(first.headers.get("cache-control")).toBe("private, no-cache");
  expect(first.headers.get("x-content-type-options")).toBe("nosniff");
  const again = await call("acme-dev", `/repositories/${repositoryId}`, {
    headers: { "if-none-match": first.headers.get("etag") as string },
  });
  expect([again.status, again.text]).toEqual([304, ""]);
  // A list travels compressed, and is told apart by its words all the same.
  const list = await call("acme-dev", "/repositories");
  expect(list.headers.get("content-encoding")).toBe("gzip");
  const etag = list.headers.get("etag") as string;
  expect((await call("acme-dev", "/repositories", { headers: { "if-none-match": etag } })).status).toBe(304);
  const plain = { "accept-encoding": "identity", "if-none-match": etag };
  expect((await call("acme-dev", "/repositories", { headers: plain })).status).toBe(304);
  const asNobody = await call(null, `/repositories/${repositoryId}`, { headers: { "if-none-match": "*" } });
  expect(asNobody.status).toBe(401);
});

test("calls are counted for the owner they concern, and only theirs", async () => {
  const { store, clock } = stage.server.deps;
  const ownerId = String(stage.github.control.account("acme").id);
  const calls = async () =>
    (await store.meters.total(`owner#${ownerId}`, clock.now() - 3_600_000, clock.now())).apiCalls ?? 0;
  const before = await calls();
  await call("acme-dev", `/repositories/${repositoryId}`);
  expect(await calls()).toBe(before + 1);
  stage.github.control.createAccount({ login: "stranger" });
  await call("stranger", `/repositories/${repositoryId}`);
  await call(null, `/repositories/${repositoryId}`);
  expect(await calls()).toBe(before + 1);
});

test("a call that cannot be counted is answered all the same", async () => {
  vi.spyOn(stage.server.deps.store.meters, "record").mockRejectedValue(new Error("no meters"));
  expect((await call("acme-dev", `/repositories/${repositoryId}`)).status).toBe(200);
  expect(log).toContainEqual(expect.objectContaining({ event: "request.uncounted" }));
});

test("health is what the store says", async () => {
  const health = () => fetch(`${stage.server.url}/healthz`);
  expect(await (await health()).json()).toEqual({ status: "ok" });
  vi.spyOn(stage.server.deps.store.facts, "get").mockRejectedValue(new Error("no store"));
  expect((await health()).status).toBe(503);
});
