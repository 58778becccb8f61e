import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startWorld, type World } from "../support/world.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

/** Writes bytes to Zekt's port, and reads all that comes until it closes or falls silent. */
function exchange(bytes: string | Buffer, silence = 300): Promise<string> {
  const { hostname, port } = new URL(world.zekt.url);
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
  expect((await fetch(`${world.zekt.url}/api/openapi.json`)).status).toBe(200);
});

test("a compressed body is not inflated", async () => {
  const response = await fetch(`${world.zekt.url}/api/events/receive`, {
    method: "POST",
    headers: { "content-type": "application/json", "content-encoding": "gzip" },
    body: Buffer.from("H4sIAAAAAAAAA6tWqlWyUqiuBQAkMKkFCgAAAA==", "base64"),
  });
  expect(response.status).toBe(401);
});
