import { createHmac, randomUUID } from "node:crypto";
import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startWorld, tokenOf, WORKFLOW, type World } from "../../harness/world.ts";
import { ask, type Seen } from "./unshaken.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

/** Writes bytes to Zekt's port, and reads all that comes until it closes or falls silent. */
function exchange(bytes: string | Buffer, silence = 300): Promise<string> {
  const { hostname, port } = new URL(world.server.url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    const chunks: Buffer[] = [];
    const end = () => {
      socket.destroy();
      resolve(Buffer.concat(chunks).toString("latin1"));
    };
    let timer = setTimeout(end, 3000);
    socket.on("data", (chunk) => {
      chunks.push(chunk);
      clearTimeout(timer);
      timer = setTimeout(end, silence);
    });
    socket.on("close", end).on("error", end);
    socket.write(bytes);
  });
}

const statusesOf = (text: string): number[] =>
  [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));

const INNER = "GET /api/openapi.json HTTP/1.1\r\nHost: zekt\r\n\r\n";
const post = (headers: string, body: string, path = "/api/events/receive"): string =>
  `POST ${path} HTTP/1.1\r\nHost: zekt\r\nContent-Type: application/json\r\n${headers}\r\n${body}`;

/** Requests over whose end two readers could disagree: what is hidden in them must not be answered. */
const SMUGGLED: [string, string][] = [
  ["a length and chunks", post(`Content-Length: 4\r\nTransfer-Encoding: chunked\r\n`, `0\r\n\r\n${INNER}`)],
  ["two lengths", post(`Content-Length: 0\r\nContent-Length: ${INNER.length}\r\n`, INNER)],
  ["a length that is no number", post("Content-Length: +0\r\n", INNER)],
  ["a length as a list", post(`Content-Length: 0, ${INNER.length}\r\n`, INNER)],
  ["an encoding that is almost chunked", post("Transfer-Encoding: xchunked\r\n", `0\r\n\r\n${INNER}`)],
  ["chunked, and identity after it", post("Transfer-Encoding: chunked, identity\r\n", `0\r\n\r\n${INNER}`)],
  ["a space before the colon", post("Transfer-Encoding : chunked\r\n", `0\r\n\r\n${INNER}`)],
  ["a folded header", post("Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n", `0\r\n\r\n${INNER}`)],
  [
    "lines that end without a carriage return",
    `POST /api/events/receive HTTP/1.1\nHost: zekt\nContent-Length: 0\n\n${INNER}`,
  ],
  ["a header with a null", post("X-A: a\u0000b\r\nContent-Length: 0\r\n", INNER)],
  ["a chunk with a length that is none", post("Transfer-Encoding: chunked\r\n", `-1\r\n\r\n${INNER}`)],
  [
    "a chunk's length beyond 64 bits",
    post("Transfer-Encoding: chunked\r\n", `fffffffffffffffff\r\n\r\n${INNER}`),
  ],
];

test.each(SMUGGLED)("a request with %s hides no second one", async (_, bytes) => {
  const text = await exchange(bytes);
  const statuses = statusesOf(text);
  expect(statuses.length, text.slice(0, 500)).toBeLessThanOrEqual(1);
  for (const status of statuses) expect([400, 401, 413, 415, 431]).toContain(status);
  expect(text).not.toContain('"openapi"');
});

test("what follows a body that was too large to read is not taken for a request", async () => {
  const huge = "a".repeat(300 * 1024);
  const text = await exchange(
    `${post(`Content-Length: ${huge.length}\r\nAuthorization: Bearer ghu_x\r\n`, huge, "/api/replay")}${INNER}`,
  );
  expect(statusesOf(text)[0]).toBe(413);
  expect(text).not.toContain('"openapi"');
});

const ODD_PATHS = [
  "/api/../../etc/passwd",
  "/api/%2e%2e/%2e%2e/etc/passwd",
  "/api/deliveries/%00",
  "/api/deliveries/%ff%fe",
  "/api/deliveries/%",
  "/api/deliveries/%E0%A4%A",
  "//api//deliveries//x",
  "/api/deliveries/x?cursor=%ff&cursor[]=1&__proto__[x]=1",
  "/github/webhooks/repositories/%",
  "/github/webhooks?repository=%ff",
  "http://other.example/api/openapi.json?x",
  "http://[::1",
  "*",
  `/api/deliveries/${"a/".repeat(5000)}`,
  "/api/owners/__proto__/export",
  "/\\\\evil.example",
];

test.each(ODD_PATHS)("the address %s is answered with a reason", async (path) => {
  for (const method of ["GET", "POST", "OPTIONS", "TRACE", "HEAD", "PROPFIND"]) {
    const text = await exchange(
      `${method} ${path} HTTP/1.1\r\nHost: zekt\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
    );
    const [status] = statusesOf(text);
    expect(status, `${method} ${path}: ${text.slice(0, 300)}`).toBeLessThan(500);
    expect(text).not.toMatch(/\n\s+at |node_modules|root:x:/);
    expect(text).not.toMatch(/^location: (?:https?:)?\/\/(?!127)/im);
  }
});

test.each([
  ["no host", "GET /api/openapi.json HTTP/1.1\r\n\r\n"],
  ["a host that is none", "GET /api/openapi.json HTTP/1.1\r\nHost: a b/@c\r\n\r\n"],
  ["two hosts", "GET /api/openapi.json HTTP/1.1\r\nHost: zekt\r\nHost: evil\r\n\r\n"],
  ["no HTTP", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003"],
  [
    "bytes above ASCII in a header",
    Buffer.from(
      "GET /api/repositories HTTP/1.1\r\nHost: zekt\r\nAuthorization: Bearer \xff\xfe\r\n\r\n",
      "latin1",
    ),
  ],
  ["headers of 100 kB", `GET /api/openapi.json HTTP/1.1\r\nHost: zekt\r\nX: ${"a".repeat(100_000)}\r\n\r\n`],
  ["10,000 headers", `GET /api/openapi.json HTTP/1.1\r\nHost: zekt\r\n${"A: b\r\n".repeat(10_000)}\r\n`],
])("a request with %s is refused or answered, and the next one is served", async (_, bytes) => {
  const statuses = statusesOf(await exchange(bytes));
  for (const status of statuses) expect(status).toBeLessThan(500);
  expect((await fetch(`${world.server.url}/api/openapi.json`)).status).toBe(200);
});

test("who is refused before the body is read has the connection for what is asked next", async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = async (method: string, path: string, body = ""): Promise<[status: number, port: number]> => {
    const asked = request(`${world.server.url}${path}`, { agent, method });
    asked.setHeader("content-type", "application/json").setHeader("authorization", "Bearer ghu_x");
    const answered = once(asked.end(body), "response");
    const [response] = (await answered) as [IncomingMessage];
    const port = response.socket.localPort as number;
    await response.resume().toArray();
    return [response.statusCode as number, port];
  };
  const [refused, port] = await ask("POST", "/api/replay", "a".repeat(250 * 1024));
  expect(refused).toBe(401);
  // Long enough for whoever would cut it off as stuck.
  for (const end = performance.now() + 1200; performance.now() < end; )
    expect(await ask("GET", "/api/openapi.json")).toEqual([200, port]);
  agent.destroy();
});

describe("a compressed bomb", () => {
  /** 200 MB of a message, in 200 kB. */
  const bomb = gzipSync(
    Buffer.concat([
      Buffer.from('{"eventType":"built","payload":"'),
      Buffer.alloc(200 * 1024 * 1024, "a"),
      Buffer.from('"}'),
    ]),
  );

  /** Asks, and holds the answer to what bytes that nobody inflates cost. */
  async function explode(path: string, headers: Record<string, string>): Promise<Seen> {
    const before = process.memoryUsage.rss();
    const seen = await ask(`${world.server.url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", "content-encoding": "gzip", ...headers },
      body: bomb,
    });
    expect(process.memoryUsage.rss() - before).toBeLessThan(50 * 1024 * 1024);
    expect(seen.ms).toBeLessThan(2000);
    return seen;
  }

  test("of a message is not inflated, though its token is good", async () => {
    const { id } = await world.github.control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
    const seen = await explode("/api/events/receive", {
      authorization: `Bearer ${await tokenOf(world, id)}`,
    });
    expect(seen.status, seen.text).toBe(400);
    const { messages } = await world.server.deps.store.runs.load({
      repositoryId: world.provider,
      runId: String(id),
    });
    expect(messages).toEqual([]);
  });

  test("of a webhook is not inflated, though it is rightly signed", async () => {
    const [app] = world.github.world.apps.values();
    const digest = createHmac("sha256", app?.hook.secret as string)
      .update(bomb)
      .digest("hex");
    const seen = await explode("/github/webhooks", {
      "x-github-event": "push",
      "x-github-delivery": randomUUID(),
      "x-hub-signature-256": `sha256=${digest}`,
    });
    expect(seen.status, seen.text).toBe(400);
  });
});

/** A message without end: chunks until whoever reads it has enough, or too many of them were read. */
async function pourMessage(authorization: Record<string, string>) {
  const chunk = new Uint8Array(256 * 1024).fill(0x20);
  let sent = 0;
  const body = new ReadableStream({
    pull(controller) {
      sent += chunk.length;
      if (sent > 200 * 1024 * 1024) controller.close();
      else controller.enqueue(chunk);
    },
  });
  const before = process.memoryUsage.rss();
  const startedAt = performance.now();
  const answer = await fetch(`${world.server.url}/api/events/receive`, {
    method: "POST",
    headers: { "content-type": "application/json", ...authorization },
    body,
    duplex: "half",
  } as RequestInit).catch(() => null);
  const status = answer?.status ?? null;
  await answer?.body?.cancel();
  const grown = process.memoryUsage.rss() - before;
  return { status, sent, grown, ms: performance.now() - startedAt };
}

test.each([
  ["with a good token", true],
  ["without a token", false],
])("a message without end is refused within bounds, %s", async (_, signed) => {
  const { id } = await world.github.control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
  const poured = await pourMessage(signed ? { authorization: `Bearer ${await tokenOf(world, id)}` } : {});
  // The connection may be cut before the answer is read: that is a refusal too.
  expect([413, null]).toContain(poured.status);
  expect(poured.sent).toBeLessThan(60 * 1024 * 1024);
  expect(poured.grown).toBeLessThan(100 * 1024 * 1024);
  expect(poured.ms).toBeLessThan(3000);
});
