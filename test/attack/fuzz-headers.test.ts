import { request } from "node:http";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startWorld, type World } from "../../harness/world.ts";
import { userToken } from "../http/client.ts";
import { growthOfAsync } from "../support/growth.ts";
import { HOSTILE_TEXTS, headerText } from "./arbitrary-of.ts";
import { expectUnshaken, type Seen } from "./unshaken.ts";

/* Every header that is read, with whatever HTTP lets through: an answer with a reason, in time that grows linearly. */

/** Texts for each header; `ZEKT_FUZZ` has more of them made. */
const RUNS = Number(process.env.ZEKT_FUZZ ?? 12);

let world: World;
let token: string;
beforeAll(async () => {
  world = await startWorld();
  Object.assign(world.github.world.settings, { requestsPerHour: 1e9, pointsPerMinute: 1e9 });
  token = userToken(world, "acme-dev");
}, 60_000);
afterAll(() => world.close());

type Headers = Record<string, string>;

/** Asks without a library that would correct or refuse a header on its way. */
async function ask(method: string, path: string, headers: Headers, body = ""): Promise<Seen> {
  const startedAt = performance.now();
  return await new Promise<Seen>((resolve, reject) => {
    const asked = request(
      `${world.server.url}${path}`,
      { method, headers, agent: false },
      async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk as Buffer);
        resolve({
          status: response.statusCode ?? 0,
          text: response.headers["content-encoding"] ? "" : Buffer.concat(chunks).toString(),
          type: response.headers["content-type"] ?? null,
          ms: performance.now() - startedAt,
        });
      },
    );
    asked.on("error", reject);
    asked.end(body);
  });
}

const UNKNOWN = "delivery-7d0c2a8e-52f7-5f0a-9a0e-3a1d7c0b9c12";

/** A request that reads some headers, each of which the fuzz replaces in turn. */
interface Asked {
  method: string;
  path: string;
  body?: string;
  headers: () => Headers;
  read: readonly string[];
}

const REQUESTS: Record<string, Asked> = {
  "a step's message": {
    method: "POST",
    path: "/api/events/receive",
    body: '{"eventType":"built"}',
    headers: () => ({ authorization: "Bearer a.b.c", "content-type": "application/json" }),
    read: ["authorization", "idempotency-key", "content-type", "x-github-repository", "content-encoding"],
  },
  "a user's question": {
    method: "GET",
    path: "/api/repositories",
    headers: () => ({ authorization: `Bearer ${token}` }),
    read: [
      "authorization",
      "if-none-match",
      "accept-encoding",
      "x-forwarded-for",
      "x-forwarded-host",
      "forwarded",
    ],
  },
  "a browser's change": {
    method: "POST",
    path: "/api/services",
    body: "{}",
    headers: () => ({ cookie: "zekt-session=x", "content-type": "application/json" }),
    read: ["cookie", "origin", "sec-fetch-site", "x-csrf-token", "x-forwarded-proto"],
  },
  "a wish to follow changes": {
    method: "GET",
    path: "/api/changes",
    headers: () => ({ authorization: `Bearer ${token}`, accept: "*/*" }),
    read: ["accept"],
  },
  "a wish to replay": {
    method: "POST",
    path: `/api/replay/${UNKNOWN}`,
    body: "{}",
    headers: () => ({ authorization: `Bearer ${token}`, "content-type": "application/json" }),
    read: ["idempotency-key"],
  },
  "a webhook": {
    method: "POST",
    path: "/github/webhooks",
    body: "{}",
    headers: () => ({
      "content-type": "application/json",
      "x-github-event": "push",
      "x-github-delivery": "1",
      "x-hub-signature-256": `sha256=${"0".repeat(64)}`,
    }),
    read: [
      "content-type",
      "x-github-event",
      "x-github-delivery",
      "x-hub-signature-256",
      "x-github-hook-id",
      "x-hub-signature",
    ],
  },
};

const cases = Object.entries(REQUESTS).flatMap(([name, asked]) =>
  asked.read.map((header) => [header, name, asked] as const),
);

test.each(cases)("%s of %s is answered whatever it holds", { timeout: 60_000 }, async (header, _, asked) => {
  const given = fc.oneof(
    fc.string({ maxLength: 300 }),
    fc.string({ unit: "binary", maxLength: 300 }),
    fc.constantFrom(...HOSTILE_TEXTS, "", " ", ",".repeat(4000), ";".repeat(4000), "a".repeat(8000)),
  );
  await fc.assert(
    fc.asyncProperty(given, fc.boolean(), async (text, isBegun) => {
      const before = asked.headers()[header] ?? "";
      const value = headerText(isBegun ? before + text : text, 8000);
      const headers = { ...asked.headers(), [header]: value };
      const seen = await ask(asked.method, asked.path, headers, asked.body);
      expectUnshaken(seen, `${asked.method} ${asked.path} with ${header}: ${value}`);
    }),
    { numRuns: RUNS },
  );
});

test.each(["0", "-1", "1e3", "0x10", "5, 5", "9".repeat(30), "five"])(
  "a webhook that says it is %s bytes long is refused",
  async (length) => {
    const webhook = REQUESTS["a webhook"] as Asked;
    const headers = { ...webhook.headers(), "content-length": length };
    const seen = await ask(webhook.method, webhook.path, headers).catch(
      (error: NodeJS.ErrnoException) => error,
    );
    // The server's parser answers some of them itself, and closes the connection.
    if (!("status" in seen)) return expect(seen.code).toMatch(/ECONNRESET|EPIPE|ERR_HTTP|HPE_/);
    expect(seen.status).toBeGreaterThanOrEqual(400);
    expect(seen.status).toBeLessThan(500);
  },
);

test("forwarded headers change neither the address of a page nor who asks", async () => {
  const asked = REQUESTS["a browser's change"] as Asked;
  const spoofed = {
    "x-forwarded-host": "zekt.example",
    "x-forwarded-proto": "https",
    "x-forwarded-for": "::1",
  };
  const plain = await ask(asked.method, asked.path, asked.headers(), asked.body);
  const forwarded = await ask(asked.method, asked.path, { ...asked.headers(), ...spoofed }, asked.body);
  expect([forwarded.status, forwarded.text]).toEqual([plain.status, plain.text]);
});

test.each(Object.entries(REQUESTS))(
  "%s with headers twice as long takes at most twice the time",
  { timeout: 60_000 },
  async (_, asked) => {
    const headersOf = (size: number): Headers[] =>
      asked.read.flatMap((header) =>
        ["a", ", ", "=;"].map((piece) => {
          const before = asked.headers()[header] ?? "";
          return { ...asked.headers(), [header]: before + piece.repeat(size / piece.length) };
        }),
      );
    const askAll = async (all: readonly Headers[]): Promise<void> => {
      for (const headers of all) await ask(asked.method, asked.path, headers, asked.body);
    };
    const growth = await growthOfAsync(headersOf, 6000, askAll, asked.read.length > 1 ? 2 : 24);
    expect(growth).toBeLessThan(2 * 1.3);
  },
);

test("a token of 40 KB, as of a job with many properties, is read", async () => {
  const asked = REQUESTS["a step's message"] as Asked;
  const headers = { ...asked.headers(), authorization: `Bearer ${"a".repeat(40_000)}` };
  expect((await ask(asked.method, asked.path, headers, asked.body)).status).toBe(401);
});
