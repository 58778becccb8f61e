import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Stage, setStage } from "./stage.ts";

let stage: Stage;
let token: string;
beforeAll(async () => {
  stage = await setStage();
  token = await stage.token();
});
afterAll(() => stage.close());
beforeEach(() => stage.github.faults.clear());

const inject = (fault: object) => stage.request(null, "POST", "/_control/faults", fault);
const read = () => stage.request(token, "GET", "/repos/acme/site");
const dispatch = () => stage.request(token, "POST", "/repos/acme/site/dispatches", { event_type: "a" });

test("a status is answered as often as asked, and then the truth", async () => {
  await inject({
    route: "/repos/acme/*",
    count: 2,
    status: 503,
    headers: { "x-why": "test" },
    body: { no: 1 },
  });
  const refused = await read();
  expect([refused.status, refused.headers.get("x-why"), refused.json]).toEqual([503, "test", { no: 1 }]);
  expect((await read()).status).toBe(503);
  expect((await read()).status).toBe(200);
});

test.each([
  ["another method", { method: "POST", status: 500 }],
  ["another route", { route: "/repos/globex/*", status: 500 }],
  ["another route by a regular expression", { route: "^/repos/[^a]", status: 500 }],
  ["webhooks", { target: "webhook", status: 500 }],
])("a fault for %s leaves a request alone", async (_, fault) => {
  await inject(fault);
  expect((await read()).status).toBe(200);
});

test("a regular expression says where a fault hits", async () => {
  await inject({ route: "^/repos/acme/.*dispatches$", status: 500 });
  expect((await read()).status).toBe(200);
  expect((await dispatch()).status).toBe(500);
});

test("a connection dropped before does nothing, one dropped after has done it", async () => {
  const count = () => stage.control.dispatches("acme/site").length;
  const before = count();
  await inject({ route: "/repos/*/*/dispatches", drop: "before" });
  await expect(dispatch()).rejects.toThrow();
  expect(count()).toBe(before);
  await inject({ route: "/repos/*/*/dispatches", drop: "after" });
  await expect(dispatch()).rejects.toThrow();
  expect(count()).toBe(before + 1);
});

test("an answer can be cut within its body", async () => {
  await inject({ route: "/repos/acme/site", drop: "within" });
  await expect(read()).rejects.toThrow();
  await inject({ route: "/repos/acme/site", drop: "within", status: 404 });
  await expect(read()).rejects.toThrow();
  expect((await read()).status).toBe(200);
});

test("a gateway's error after a dispatch was done stands in its answer's place", async () => {
  const count = () => stage.control.dispatches("acme/site").length;
  const before = count();
  await inject({ route: "/repos/*/*/dispatches", drop: "after", status: 502 });
  expect((await dispatch()).status).toBe(502);
  expect(count()).toBe(before + 1);
});

test("rate limits are answered with their headers", async () => {
  await inject({ rate_limit: "primary" });
  const primary = await read();
  expect([primary.status, primary.headers.get("x-ratelimit-remaining")]).toEqual([403, "0"]);
  expect(Number(primary.headers.get("x-ratelimit-reset"))).toBeGreaterThan(stage.clock.now() / 1000);
  await inject({ rate_limit: "secondary", status: 429, headers: { "retry-after": "7" } });
  const secondary = await read();
  expect([secondary.status, secondary.headers.get("retry-after")]).toEqual([429, "7"]);
});

test("webhooks can fail without reaching anybody", async () => {
  await stage.control.push("acme/site", { "a.txt": "a" });
  const count = stage.receiver.received.length;
  await inject({ target: "webhook", status: 500 });
  await stage.control.push("acme/site", { "a.txt": "b" });
  expect(stage.control.deliveries({ event: "push" }).at(-1)).toMatchObject({ statusCode: 500 });
  expect(stage.receiver.received).toHaveLength(count);
});

test("a webhook whose answer is lost has arrived all the same", async () => {
  const count = stage.receiver.received.length;
  await inject({ target: "webhook", route: "**/webhooks", drop: "after" });
  await stage.control.push("acme/site", { "a.txt": "c" });
  expect(stage.control.deliveries({ event: "push" }).at(-1)?.status).toBe("failed to connect to host");
  expect(stage.receiver.received).toHaveLength(count + 1);
});

test("the OIDC provider can fail too", async () => {
  await inject({ route: "/_services/**", status: 500 });
  const jwks = `${stage.github.oidcIssuer}/.well-known/jwks`;
  expect((await stage.request(null, "GET", jwks)).status).toBe(500);
  expect((await stage.request(null, "GET", jwks)).status).toBe(200);
});

test("the control API is never hit", async () => {
  await inject({ count: -1, status: 500 });
  const listed = await stage.request(null, "GET", "/_control/faults");
  expect(listed.json).toMatchObject([{ count: -1, status: 500 }]);
  await stage.request(null, "DELETE", `/_control/faults/${listed.json[0].id}`);
  expect((await read()).status).toBe(200);
});

test("a fault that makes no sense is refused", async () => {
  const { status, json } = await inject({ status: 99, drop: "never" });
  expect(status).toBe(422);
  expect(json.message).toContain("drop");
});
