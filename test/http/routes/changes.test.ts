import { afterAll, beforeAll, expect, test } from "vitest";
import { createApi } from "../../../app/http/api.ts";
import { until } from "../../../harness/stage.ts";
import { startWorld, type World } from "../../../harness/world.ts";
import { clientOf, userToken } from "../client.ts";

let world: World;
let headers: Record<string, string>;

beforeAll(async () => {
  world = await startWorld();
  headers = { authorization: `Bearer ${userToken(world, "acme-dev")}`, accept: "text/event-stream" };
});
afterAll(() => world.close());

const open = (init: RequestInit = {}) => fetch(`${world.server.url}/api/changes`, { headers, ...init });
const listeners = () => world.server.deps.store.changes.listeners;

test("a stream is of the type that the document names, and names what has changed", async () => {
  const { json: document } = await clientOf(world)(null, "/openapi.json");
  const ended = new AbortController();
  const response = await open({ signal: ended.signal });
  const [type] = response.headers.get("content-type")?.split(";") ?? [];
  expect(Object.keys(document.paths["/api/changes"].get.responses[200].content)).toEqual([type]);
  expect(listeners()).toBe(1);
  world.server.deps.store.changes.publish(world.provider);
  let text = "";
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += new TextDecoder().decode(chunk);
    if (text.includes("event: change")) break;
  }
  expect(text).toContain(`event: change\ndata: {"repositories":["${world.provider}"]}\n\n`);
  ended.abort();
  await until(() => listeners() === 0);
});

test("a request for the headers alone leaves no stream behind", async () => {
  for (let n = 0; n < 3; n++) {
    const response = await open({ method: "HEAD" });
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
  }
  expect(listeners()).toBe(0);
});

test("what changes while its reader is slow is one event, and nothing of it is lost", async () => {
  const { deps } = world.server;
  const { body } = await createApi(deps).request("/api/changes", { headers });
  await until(() => listeners() === 1);
  for (let n = 0; n < 5000; n++) deps.store.changes.publish(world.provider, world.consumer);
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  const read = async () => new TextDecoder().decode((await reader.read()).value);
  expect([await read(), await read()]).toEqual([
    "retry: 3000\n\n",
    `event: change\ndata: {"repositories":["${world.provider}"]}\n\n`,
  ]);
  // The next is of the next change.
  deps.store.changes.publish(world.provider);
  expect(await read()).toContain(world.provider);
  await reader.cancel();
  expect(listeners()).toBe(0);
});

test("who does not ask for a stream gets none", async () => {
  const { authorization = "" } = headers;
  const response = await open({ headers: { authorization } });
  expect([response.status, await response.text()]).toEqual([204, ""]);
});
