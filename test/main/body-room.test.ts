import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Listener, listen } from "../../app/main/start-server.ts";

const KB = 1024;
/** The room of these servers, which every test has to itself. */
const ROOM = 1000 * KB;

let server: Listener;
let refused: number[];
/** Resolves when the requests whose answer takes its time are to be answered. */
let answer: PromiseWithResolvers<void>;

beforeEach(async () => {
  server = await listen("127.0.0.1", 0, ROOM);
  refused = [];
  answer = Promise.withResolvers();
  server.bodies.onRefused = (bytes) => refused.push(bytes);
  server.serve(async (request) => {
    const { byteLength } = await request.arrayBuffer();
    if (new URL(request.url).pathname === "/slow") await answer.promise;
    return new Response(String(byteLength));
  });
});

afterEach(async () => {
  answer.resolve();
  await server.close();
});

interface Sending {
  sent: ClientRequest;
  answered: Promise<{ status: number | undefined; headers: IncomingMessage["headers"]; text: string }>;
}

/** Begins a request whose body has so many bytes, of which so many come now. */
function post(path: string, length: number, now: number): Sending {
  const sent = request(`${server.url}${path}`, { method: "POST", headers: { "content-length": length } });
  // A connection that the server closes while it is written to.
  sent.on("error", () => {});
  sent.write("x".repeat(now));
  const answered = once(sent, "response").then(async ([response]) => {
    const { statusCode: status, headers } = response as IncomingMessage;
    const chunks = await (response as IncomingMessage).toArray();
    return { status, headers, text: Buffer.concat(chunks).toString() };
  });
  return { sent, answered };
}

/** Sends a whole request. */
const postAll = (path: string, length: number): Sending["answered"] => {
  const { sent, answered } = post(path, length, length);
  sent.end();
  return answered;
};

/** Waits until so many requests are under way, and what they sent has arrived. */
async function arrived(count: number): Promise<void> {
  await vi.waitFor(() => expect(server.active).toBe(count));
  await new Promise((resolve) => setTimeout(resolve, 100));
}

test("of bodies that come slowly the largest makes room for others, and gives its own back", async () => {
  const large = post("/", 900 * KB, 600 * KB);
  const other = post("/", 900 * KB, 300 * KB);
  await arrived(2);
  expect(refused).toEqual([]);
  expect(await postAll("/", 300 * KB)).toMatchObject({ status: 200, text: String(300 * KB) });
  const { status, headers, text } = await large.answered;
  expect({ status, retryAfter: headers["retry-after"], connection: headers.connection }).toEqual({
    status: 503,
    retryAfter: "5",
    connection: "close",
  });
  expect(JSON.parse(text)).toMatchObject({
    detail: "Too many large requests are under way. Try again in a moment.",
  });
  expect(refused).toEqual([600 * KB]);
  other.sent.end("x".repeat(600 * KB));
  expect(await other.answered).toMatchObject({ status: 200, text: String(900 * KB) });
  expect(await postAll("/", 950 * KB)).toMatchObject({ status: 200 });
});

test("what is worked on is not given up, and small ones come past large ones", async () => {
  const slow = [postAll("/slow", 500 * KB), postAll("/slow", 450 * KB)];
  await arrived(2);
  expect(await postAll("/", 300 * KB)).toMatchObject({ status: 503 });
  expect(await postAll("/", 200 * KB)).toMatchObject({ status: 200 });
  answer.resolve();
  expect(await Promise.all(slow)).toMatchObject([{ status: 200 }, { status: 200 }]);
  expect(refused).toHaveLength(1);
});

test("one that leaves in the middle of its body leaves its room to others", async () => {
  for (let times = 0; times < 3; times += 1) {
    const { sent, answered } = post("/", 900 * KB, 800 * KB);
    answered.catch(() => {});
    await arrived(1);
    sent.destroy();
    await vi.waitFor(() => expect(server.active).toBe(0));
  }
  expect(await postAll("/", 900 * KB)).toMatchObject({ status: 200 });
  expect(refused).toEqual([]);
});
