import { gunzipSync } from "node:zlib";
import { OpenAPIHono } from "@hono/zod-openapi";
import { Hono } from "hono";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { madeOnce } from "../../../app/http/kit/made-once.ts";
import { type Stage, setStage } from "../../../harness/stage.ts";
import { silent } from "../../../harness/world.ts";

const counted = vi.hoisted(() => ({ compressions: 0 }));
vi.mock("node:zlib", async (original) => {
  const zlib = await original<typeof import("node:zlib")>();
  const gzip = (...given: Parameters<typeof zlib.gzip>): void => {
    counted.compressions += 1;
    zlib.gzip(...given);
  };
  return { ...zlib, gzip };
});

/** The document is made from what this has. */
const REGISTRY = Object.getPrototypeOf(new OpenAPIHono().openAPIRegistry) as { definitions: object };

let stage: Stage;
beforeAll(async () => {
  stage = await setStage({ log: silent });
});
afterAll(() => stage.close());

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${stage.server.url}/api${path}`, { headers: { "accept-encoding": "gzip", ...headers } });

test.each(["/openapi.json", "/zekt.schema.json", "/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css"])(
  "%s is made and compressed once, however often and in whatever encoding it is asked for",
  async (path) => {
    counted.compressions = 0;
    const described = vi.spyOn(REGISTRY, "definitions", "get");
    const streams = vi.spyOn(globalThis, "CompressionStream");
    const texts = new Set<string>();
    for (const encoding of ["gzip", "gzip", "deflate", "identity", "br, gzip;q=0.5", "gzip;q=0"]) {
      const answer = await get(path, { "accept-encoding": encoding });
      expect(answer.status).toBe(200);
      expect(answer.headers.get("content-encoding")).toBe(/gzip(?!;q=0$)/.test(encoding) ? "gzip" : null);
      expect(answer.headers.get("vary")).toContain("Accept-Encoding");
      texts.add(await answer.text());
    }
    expect(texts.size).toBe(1);
    expect(counted.compressions).toBe(1);
    expect(streams).not.toHaveBeenCalled();
    expect(described).toHaveBeenCalledTimes(path === "/openapi.json" ? 1 : 0);
    vi.restoreAllMocks();
  },
);

test("who has it already is told so, and is sent nothing", async () => {
  const etag = (await get("/openapi.json")).headers.get("etag") ?? "";
  const again = await get("/openapi.json", { "if-none-match": etag });
  expect([again.status, await again.text()]).toEqual([304, ""]);
});

test("what could not be made is made by the next request", async () => {
  const make = vi.fn().mockRejectedValueOnce(new Error("broken")).mockResolvedValue("content");
  const app = new Hono();
  app.onError((error, context) => context.text(error.message, 500));
  app.get("/", madeOnce("text/plain", make));
  expect((await app.request("/")).status).toBe(500);
  const packed = await app.request("/", { headers: { "accept-encoding": "gzip" } });
  expect(gunzipSync(await packed.arrayBuffer()).toString()).toBe("content");
  expect(await (await app.request("/")).text()).toBe("content");
  expect(make).toHaveBeenCalledTimes(2);
});
