import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { readParameters } from "../../app/lambda/parameters.ts";
import { startParameterStore } from "./parameter-store.ts";

/** A clock that only pauses move on. */
function pausesFrom(random: () => number) {
  let at = 0;
  const waited: number[] = [];
  return {
    waited,
    pauses: {
      now: () => at,
      random,
      wait: async (milliseconds: number) => {
        waited.push(milliseconds);
        at += milliseconds;
      },
    },
  };
}

const NAMES = ["WEBHOOK_SECRET", "ZEKT_MASTER_KEY"];
let store: Awaited<ReturnType<typeof startParameterStore>>;
let at = 0;

beforeEach(async () => {
  at = 0;
  store = await startParameterStore({ WEBHOOK_SECRET: "a", ZEKT_MASTER_KEY: "b" }, () => at);
  vi.stubEnv("AWS_ENDPOINT_URL_SSM", store.url);
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await store.close();
});

/** Spends all that the store answers at this moment. */
const exhaust = () => Promise.all(Array.from({ length: 40 }, () => readParameters("/zekt/test/", NAMES)));

test("a function that starts while 40 others do reads its settings a moment later", async () => {
  await exhaust();
  const { waited, pauses } = pausesFrom(() => 0.5);
  const wait = async (milliseconds: number) => {
    await pauses.wait(milliseconds);
    at += milliseconds;
  };
  expect(await readParameters("/zekt/test/", NAMES, { ...pauses, wait })).toEqual({
    WEBHOOK_SECRET: "a",
    ZEKT_MASTER_KEY: "b",
  });
  expect(waited).toEqual([75]);
  expect(store.asked).toHaveLength(42);
});

test.each([0, 0.5, 1])(
  "a store that goes on refusing is left after 3 seconds at most: chance %s",
  async (chance) => {
    await exhaust();
    const { waited, pauses } = pausesFrom(() => chance);
    await expect(readParameters("/zekt/test/", NAMES, pauses)).rejects.toThrow("ThrottlingException");
    expect(waited.length).toBeGreaterThanOrEqual(4);
    expect(waited.length).toBeLessThanOrEqual(6);
    expect(waited.reduce((all, one) => all + one)).toBeLessThanOrEqual(3000);
  },
);

test("a store that cannot be reached is tried again, and its error given at last", async () => {
  vi.stubEnv("AWS_ENDPOINT_URL_SSM", "http://127.0.0.1:1");
  const { waited, pauses } = pausesFrom(() => 1);
  await expect(readParameters("/zekt/test/", NAMES, pauses)).rejects.toThrow("ECONNREFUSED");
  expect(waited.length).toBeGreaterThan(3);
});

/** Answers every request with a body, and counts them; null leaves it unanswered. */
async function answering(body: string | null): Promise<{ url: string; asked(): number; close(): void }> {
  let asked = 0;
  const server = createServer((_, answer) => {
    asked += 1;
    if (body !== null) answer.writeHead(400).end(body);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: () => asked,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

test("a refusal that no time changes is given at once", async () => {
  const denying = await answering('{"__type":"AccessDeniedException","message":"no"}');
  vi.stubEnv("AWS_ENDPOINT_URL_SSM", denying.url);
  const { pauses } = pausesFrom(() => 1);
  await expect(readParameters("/zekt/test/", NAMES, pauses)).rejects.toThrow("AccessDeniedException: no");
  expect(denying.asked()).toBe(1);
  denying.close();
});

test("a store that never answers is not waited for beyond 2 seconds", async () => {
  const silent = await answering(null);
  vi.stubEnv("AWS_ENDPOINT_URL_SSM", silent.url);
  const over = { ...pausesFrom(() => 1).pauses, now: vi.fn(() => Date.now()).mockReturnValueOnce(0) };
  await expect(readParameters("/zekt/test/", NAMES, over)).rejects.toThrow(/timed out|timeout/i);
  silent.close();
});

test("the store is asked with the session's token, without which a role's keys are good for nothing", async () => {
  const handle = vi.spyOn(NodeHttpHandler.prototype, "handle");
  vi.stubEnv("AWS_SESSION_TOKEN", "session");
  expect(await readParameters("/zekt/test/", NAMES)).toEqual({ WEBHOOK_SECRET: "a", ZEKT_MASTER_KEY: "b" });
  expect(handle.mock.calls[0]?.[0].headers).toMatchObject({
    "x-amz-security-token": "session",
    authorization: expect.stringMatching(
      /^AWS4-HMAC-SHA256 Credential=test\/\d{8}\/us-east-1\/ssm\/.*SignedHeaders=[^,]*x-amz-security-token/,
    ),
  });
  handle.mockRestore();
});

test.each([
  ["eu-central-1", "amazonaws.com", "ssm.eu-central-1.amazonaws.com"],
  ["cn-north-1", "amazonaws.com.cn", "ssm.cn-north-1.amazonaws.com.cn"],
])("in %s the store is asked at the partition's own address", async (region, domain, host) => {
  const handle = vi.spyOn(NodeHttpHandler.prototype, "handle").mockRejectedValue(new Error("not asked"));
  vi.stubEnv("AWS_ENDPOINT_URL_SSM", undefined);
  vi.stubEnv("AWS_ENDPOINT_URL", undefined);
  vi.stubEnv("AWS_REGION", region);
  vi.stubEnv("ZEKT_AWS_DOMAIN", domain);
  await readParameters("/zekt/test/", NAMES, pausesFrom(() => 1).pauses).catch(() => {});
  const [request] = handle.mock.calls[0] ?? [];
  expect(request?.hostname).toBe(host);
  handle.mockRestore();
});
