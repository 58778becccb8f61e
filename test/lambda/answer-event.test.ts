import { Hono } from "hono";
import type { LambdaEvent } from "hono/aws-lambda";
import { expect, test, vi } from "vitest";
import { plainPath } from "../../app/http/kit/plain-path.ts";
import { answerEvents } from "../../app/lambda/answer-event.ts";
import { eventOf, type HttpResult } from "./http-event.ts";

const app = new Hono({ getPath: plainPath });
app.notFound(({ req }) => new Response(`no ${req.method}`, { status: 404 }));
app.get("/here", async ({ req }) => new Response(`got ${await req.text()}`));
app.post("/here", async ({ req }) => new Response(`took ${await req.text()}`));
app.get("/api/repositories/:id/workflows/:path", ({ req }) => new Response(req.param("path")));

const answer = answerEvents(app.fetch as Parameters<typeof answerEvents>[0]);
const call = async (event: unknown): Promise<HttpResult> =>
  (await answer(event as LambdaEvent)) as HttpResult;

/** An HTTP API's event of a request that no `Request` could be made of. */
const eventWith = async (method: string, body = "", headers: Record<string, string> = {}) => {
  const event = await eventOf(new Request("https://zekt.example.com/here"), false);
  const { http, ...context } = event.requestContext as { http: object };
  return {
    ...event,
    headers: { ...event.headers, ...headers },
    requestContext: { ...context, http: { ...http, method } },
    ...(body ? { body } : {}),
  };
};

test.each(["GET", "HEAD"])(
  "a body that comes with %s is left aside, as Node's server does",
  async (method) => {
    const complained = vi.spyOn(console, "error");
    const { statusCode, body } = await call(await eventWith(method, "hello", { "content-length": "5" }));
    expect([statusCode, body]).toEqual([200, method === "GET" ? "got " : ""]);
    expect(complained).not.toHaveBeenCalled();
  },
);

test.each(["TRACE", "TRACK", "CONNECT", "PROPFIND", "constructor", "no method"])(
  "%s is answered by the application, as by Node's server",
  async (method) => {
    const { statusCode, body } = await call(await eventWith(method, "hello"));
    expect([statusCode, body]).toEqual([404, `no ${method}`]);
  },
);

test("a body goes with the methods that have one, as text and in base64", async () => {
  expect(await call(await eventWith("POST", "größe"))).toMatchObject({ body: "took größe" });
  const base64 = {
    ...(await eventWith("POST", Buffer.from("größe").toString("base64"))),
    isBase64Encoded: true,
  };
  expect(await call(base64)).toMatchObject({ body: "took größe" });
});

test.each([
  ".github/workflows/a#b.yml",
  ".github/workflows/a?b.yml",
  ".github/workflows/50%.yml",
  "größe %20.yml",
])("the file %s is named by an address that was decoded on the way", async (path) => {
  const address = `https://zekt.example.com/api/repositories/1/workflows/${encodeURIComponent(path)}`;
  const event = await eventOf(new Request(address), false);
  expect(event.rawPath).toContain(path);
  expect(await call(event)).toMatchObject({ statusCode: 200, body: path });
});

test.each([
  {},
  { key1: "value1" },
  { Records: [] },
  { rawPath: "", requestContext: {}, headers: null, body: null },
  { rawPath: "/\ud800", requestContext: { http: { method: "" } } },
  { rawPath: "//evil.example/x", requestContext: { http: { method: "GET" } }, headers: { host: "a" } },
])("an event that is no request, %j, is answered below 500", async (event) => {
  expect((await call(event)).statusCode).toBeLessThan(500);
});

test("headers that none can be are answered with a problem", async () => {
  const { statusCode, headers } = await call(await eventWith("GET", "", { "no name": "a" }));
  expect([statusCode, headers?.["content-type"]]).toEqual([400, "application/problem+json"]);
});
