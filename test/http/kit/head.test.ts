import { afterAll, beforeAll, expect, test } from "vitest";
import { silent, startWorld, type World } from "../../../harness/world.ts";
import { userToken } from "../client.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld({}, {}, {}, silent, { settings: { ZEKT_METRICS: "127.0.0.1:0" } });
});
afterAll(async () => await world.close());

/** The addresses that the API's document does not name. */
const PAGES = [
  "/",
  "/livez",
  "/healthz",
  "/readyz",
  "/console",
  "/console/",
  "/console/callback",
  "/console/assets/none.js",
  "/api/docs",
  "/api/docs/swagger-ui.css",
  "/api/openapi.json",
  "/api/zekt.schema.json",
  "/api/device-flow",
];

// https://www.rfc-editor.org/rfc/rfc9110#HEAD
test("HEAD is answered as GET is, without the body", async () => {
  const { url, metricsUrl = "" } = world.server;
  const { paths } = (await (await fetch(`${url}/api/openapi.json`)).json()) as {
    paths: Record<string, object>;
  };
  const documented = Object.keys(paths).filter((path) => "get" in (paths[path] ?? {}));
  const known: Record<string, string> = { repositoryId: world.consumer, serviceId: world.serviceId };
  const addresses = [...PAGES, ...documented].map(
    (path) => url + path.replaceAll(/\{(\w+)\}/g, (_, name) => known[name] ?? "1"),
  );
  const authorization = `Bearer ${userToken(world, "initech-dev")}`;
  for (const address of [...addresses, metricsUrl]) {
    const ask = async (method: string) => {
      const ended = new AbortController();
      const { signal } = ended;
      const response = await fetch(address, {
        method,
        redirect: "manual",
        headers: { authorization },
        signal,
      });
      const { status, headers } = response;
      const length = method === "HEAD" ? (await response.text()).length : 0;
      ended.abort();
      return { status, length, type: headers.get("content-type"), location: headers.get("location") };
    };
    expect(await ask("HEAD"), address).toEqual(await ask("GET"));
  }
});
