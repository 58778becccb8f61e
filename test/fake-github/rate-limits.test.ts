import { afterEach, beforeEach, expect, test } from "vitest";
import { type Stage, setStage } from "./stage.ts";

let stage: Stage;
let token: string;
beforeEach(async () => {
  stage = await setStage();
  stage.github.world.settings.runWorkflows = false;
  token = await stage.token();
});
afterEach(() => stage.close());

const read = () => stage.request(token, "GET", "/repos/acme/site");
const dispatch = () => stage.request(token, "POST", "/repos/acme/site/dispatches", { event_type: "a" });
const times = async (count: number, what: () => Promise<unknown>) => {
  for (let n = 0; n < count; n++) await what();
};
const seconds = () => Math.floor(stage.clock.now() / 1000);

test("every answer tells how the primary limit stands", async () => {
  await read();
  const { headers } = await read();
  expect(headers.get("x-ratelimit-limit")).toBe("5000");
  expect(headers.get("x-ratelimit-used")).toBe("2");
  expect(headers.get("x-ratelimit-remaining")).toBe("4998");
  expect(headers.get("x-ratelimit-reset")).toBe(String(seconds() + 3600));
  expect(headers.get("x-ratelimit-resource")).toBe("core");
});

test("a spent primary limit refuses until it resets", async () => {
  stage.control.configure({ requestsPerHour: 3 });
  await times(3, read);
  const refused = await read();
  expect([refused.status, refused.json.message]).toEqual([
    403,
    `API rate limit exceeded for installation ID ${stage.installationId}.`,
  ]);
  expect(refused.headers.get("x-ratelimit-remaining")).toBe("0");
  expect(refused.headers.get("retry-after")).toBeNull();
  const reset = Number(refused.headers.get("x-ratelimit-reset"));
  stage.clock.advance((reset - seconds()) * 1000 - 1000);
  token = await stage.token();
  expect((await read()).status).toBe(403);
  stage.clock.advance(1000);
  expect((await read()).status).toBe(200);
});

test("installations have limits of their own", async () => {
  stage.control.createAccount({ login: "globex", type: "Organization" });
  stage.control.createRepository({ owner: "globex", name: "blog" });
  const { id } = await stage.control.install({ app: "carrier", account: "globex" });
  const other = await stage.request(await stage.jwt(), "POST", `/app/installations/${id}/access_tokens`);
  stage.control.configure({ requestsPerHour: 1 });
  await times(2, read);
  expect((await read()).status).toBe(403);
  expect((await stage.request(other.json.token, "GET", "/repos/globex/blog")).status).toBe(200);
});

test("asking how the limit stands is free", async () => {
  await read();
  await stage.request(token, "GET", "/rate_limit");
  const { json } = await stage.request(token, "GET", "/rate_limit");
  expect(json.resources.core).toMatchObject({ limit: 5000, used: 1, remaining: 4999 });
  expect(json.rate).toEqual(json.resources.core);
});

test("a POST costs five points of 900 a minute", async () => {
  stage.control.configure({ pointsPerMinute: 11 });
  await times(2, dispatch);
  expect((await read()).status).toBe(200);
  const refused = await read();
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([403, "60"]);
  expect(refused.json.message).toContain("secondary rate limit");
  expect(Number(refused.headers.get("x-ratelimit-remaining"))).toBeGreaterThan(0);
  stage.clock.advance(60_000);
  expect((await read()).status).toBe(200);
});

test("80 dispatches a minute, and not one more", async () => {
  await times(80, dispatch);
  stage.clock.advance(15_000);
  const refused = await dispatch();
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([403, "45"]);
  expect((await read()).status).toBe(200);
  stage.clock.advance(45_000);
  expect((await dispatch()).status).toBe(204);
  expect(stage.control.dispatches("acme/site")).toHaveLength(81);
});

test("500 dispatches an hour, and not one more", async () => {
  stage.control.configure({ contentPerHour: 5 });
  for (let n = 0; n < 5; n++) {
    await dispatch();
    stage.clock.advance(60_000);
  }
  const refused = await dispatch();
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([403, String(55 * 60)]);
});

test("no more requests at once than GitHub takes, for as long as it answers them", async () => {
  stage.control.configure({ concurrent: 2, latencyMs: 200 });
  const answers = await Promise.all([read(), read(), read()]);
  const refused = answers.filter(({ status }) => status === 403);
  expect(refused).toHaveLength(1);
  expect(refused[0]?.json.message).toContain("secondary rate limit");
  expect(refused[0]?.headers.get("retry-after")).toBe("60");
  expect((await Promise.all([read(), read()])).map(({ status }) => status)).toEqual([200, 200]);
});

test("a fault's delay counts as under way, and others have requests of their own", async () => {
  stage.control.configure({ concurrent: 1 });
  stage.github.faults.add({ route: "/repos/acme/site", latency_ms: 200, count: 1 });
  const slow = read();
  const app = async () => (await stage.request(await stage.jwt(), "GET", "/app")).status;
  while (stage.github.faults.list().length > 0) await new Promise(setImmediate);
  expect([(await read()).status, await app()]).toEqual([403, 200]);
  expect([(await slow).status, (await read()).status]).toEqual([200, 200]);
});

test("without authentication there are 60 an hour", async () => {
  const { headers } = await stage.request(null, "GET", "/repos/acme/site");
  expect(headers.get("x-ratelimit-limit")).toBe("60");
});
