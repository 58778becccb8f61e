import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { startWorld, type World } from "../../harness/world.ts";
import { startProxy } from "../support/proxy.ts";
import { runZekt, zektAs } from "./run-zekt.ts";

let world: World;
const servers: Server[] = [];
beforeAll(async () => {
  world = await startWorld();
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
afterAll(async () => await world.close());

const LIST = ["deliveries", "initech/consumer"];
const MAIN = fileURLToPath(new URL("../../cli/main.ts", import.meta.url));

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

const at = (url: string) => runZekt(LIST, { env: { ZEKT_URL: url, ZEKT_TOKEN: "ghu_1" } });

test("a server that is not there ends with exit code 3", async () => {
  const url = await serve(() => {});
  await new Promise((resolve) => servers.splice(0)[0]?.close(resolve));
  expect(await at(url)).toMatchObject({
    code: 3,
    out: "",
    err: `zekt: ${url} cannot be reached: ECONNREFUSED.\n`,
  });
});

test("a server that fails ends with exit code 3 and its reason", async () => {
  const url = await serve((_, response) => response.writeHead(503).end('{"detail": "GitHub is down."}'));
  expect(await at(url)).toMatchObject({ code: 3, err: `zekt: ${url} answered 503: GitHub is down.\n` });
});

test.each<[string, object, string]>([
  [
    "that the sentence has already",
    {
      detail: "There is no such service.",
      errors: [{ pointer: "/service", detail: "There is no such service." }],
    },
    "zekt: There is no such service.\n",
  ],
  [
    "that the sentence has not",
    { detail: "The query is invalid.", errors: [{ pointer: "/text", detail: "must not be empty" }] },
    "zekt: The query is invalid. /text: must not be empty\n",
  ],
])("a refusal with a place %s is printed once", async (_, problem, said) => {
  const url = await serve((__, response) => response.writeHead(422).end(JSON.stringify(problem)));
  expect(await at(url)).toMatchObject({ code: 1, err: said });
});

test.each([
  ["a page", 200],
  ["a page that is not found", 404],
])("%s is not taken for Zekt's answer", async (_, status) => {
  const url = await serve((__, response) => response.writeHead(status).end("<html>"));
  const { code, err } = await at(url);
  expect(code).toBe(3);
  expect(err).toContain(`answered ${status}, and not as Zekt does. Check the address.`);
});

test("a redirect is not followed, so that the token goes nowhere else", async () => {
  const seen: (string | undefined)[] = [];
  const other = await serve((request, response) => {
    seen.push(request.url);
    response.end("{}");
  });
  const url = await serve((_, response) => response.writeHead(302, { location: other }).end());
  expect((await at(url)).code).toBe(3);
  expect(seen).toEqual([]);
});

test("a token that GitHub does not know is refused, with exit code 1", async () => {
  const { code, err } = await zektAs(world, "initech-dev")([...LIST, "--token", "ghu_nothing"]);
  expect(code).toBe(1);
  expect(err).toMatch(/^zekt: \S/);
  expect(err).not.toContain("ghu_nothing");
});

test("options come before the environment", async () => {
  const env = { ZEKT_URL: "http://127.0.0.1:1" };
  expect(
    await zektAs(world, "initech-dev")([...LIST, "--url", `${world.server.url}/`], { env }),
  ).toMatchObject({
    code: 0,
  });
});

test.each([
  ["no address", {}, "Set ZEKT_URL or --url"],
  ["an address without a scheme", { ZEKT_URL: "zekt.example.com", ZEKT_TOKEN: "t" }, "is no address"],
  ["no token", { ZEKT_URL: "http://127.0.0.1:1" }, "Set ZEKT_TOKEN or --token"],
  ["a token with a line break", { ZEKT_URL: "http://127.0.0.1:1", ZEKT_TOKEN: "t\n" }, "no token has"],
])("%s is wrong usage", async (_, env, message) => {
  const { code, err } = await runZekt(LIST, { env });
  expect(code).toBe(2);
  expect(err).toContain(message);
});

test("zekt goes through the proxy that its environment names", async () => {
  const proxy = await startProxy(null);
  const run = async (HTTPS_PROXY: string) => {
    const env = {
      PATH: process.env.PATH,
      ZEKT_URL: "https://zekt.example.invalid",
      ZEKT_TOKEN: "t",
      HTTPS_PROXY,
    };
    const child = spawn(process.execPath, [MAIN, ...LIST], { env: env as NodeJS.ProcessEnv, stdio: "pipe" });
    let said = "";
    child.stderr.on("data", (data: Buffer) => {
      said += data;
    });
    const [code] = await once(child, "close");
    return { code, said };
  };
  expect(await run(proxy.address)).toMatchObject({ code: 3 });
  expect(proxy.asked).toEqual(["zekt.example.invalid:443"]);
  expect(await run("socks5://127.0.0.1:1")).toEqual({
    code: 2,
    said: "zekt: HTTPS_PROXY must be an address such as http://proxy.example.com:8080.\n",
  });
  proxy.close();
});
