import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { awsClients } from "../../app/store/aws/clients.ts";
import { awsStorage } from "../../app/store/aws/storage.ts";
import type { Storage } from "../../app/store/ports.ts";

/*
 * A connection on which nothing answers, as after a network forgot it while a function was frozen. The SDK itself waits
 * for five minutes and longer, a function for half a minute at most.
 */

/** The limits of functions: https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html */
const WEBHOOKS_END = 10_000;
const WORKER_ENDS = 30_000;

const JSON_TYPE = { "content-type": "application/x-amz-json-1.0" };
const SENT = { Id: "0", MD5OfMessageBody: createHash("md5").update("{}").digest("hex") };
/** Answers by the service that a request is for. */
const ANSWERS: Record<string, (answer: ServerResponse) => void> = {
  dynamodb: (answer) => answer.writeHead(200, JSON_TYPE).end("{}"),
  sqs: (answer) => answer.writeHead(200, JSON_TYPE).end(JSON.stringify({ Successful: [SENT], Failed: [] })),
  s3: (answer) => answer.writeHead(200, { "last-modified": "Thu, 01 Jan 2026 00:00:00 GMT" }).end("text"),
};

let server: Server;
let asked: string[];
let storage: Storage;

beforeEach(async () => {
  asked = [];
  server = createServer((incoming, answer) => {
    const [, service = ""] = /\/([a-z0-9]+)\/aws4_request/.exec(incoming.headers.authorization ?? "") ?? [];
    incoming.resume();
    asked.push(service);
    // The first request is never answered.
    if (asked.length > 1) ANSWERS[service]?.(answer);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  vi.stubEnv("AWS_ENDPOINT_URL", url);
  const queueUrls = { routing: `${url}/1/routing`, delivery: `${url}/1/delivery` };
  storage = awsStorage(awsClients(), { tablePrefix: "zekt", bucket: "localhost", queueUrls });
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(async () => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  await storage.close();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

test.each<[name: string, limit: number, ask: () => Promise<unknown>]>([
  ["DynamoDB", WEBHOOKS_END, () => storage.table("guards", { now: () => 0 }).get({ pk: "a", sk: "b" })],
  ["SQS", WEBHOOKS_END, () => storage.queue("routing").send([{ body: "{}", group: "1" }])],
  ["S3", WORKER_ENDS, () => storage.archive.get("events/1/a.json")],
])("%s that is silent is asked again long before a function ends", async (_name, limit, ask) => {
  let ended = "";
  const done = ask().then(
    () => (ended = "answered"),
    (error: unknown) => (ended = String(error)),
  );
  await vi.waitFor(() => expect(asked).toHaveLength(1));
  await vi.advanceTimersByTimeAsync(limit / 2);
  await vi.waitFor(() => expect(asked).toHaveLength(2));
  await done;
  expect(ended).toBe("answered");
});

test("a queue is listened to for as long as it was asked to be", async () => {
  const received = storage.queue("routing").receive(1, { waitSeconds: 20 });
  await vi.waitFor(() => expect(asked).toHaveLength(1));
  await vi.advanceTimersByTimeAsync(20_000);
  expect(asked).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await received).toEqual([]);
});
