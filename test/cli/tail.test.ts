import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../harness/stage.ts";
import { deliveriesTo, publish, startWorld, type World } from "../../harness/world.ts";
import { zektAs } from "./run-zekt.ts";

let world: World;
let zekt: ReturnType<typeof zektAs>;
beforeAll(async () => {
  world = await startWorld();
  zekt = zektAs(world, "initech-dev");
  await publishAndWait("first");
});
afterAll(async () => await world.close());

async function publishAndWait(type: string): Promise<true> {
  const before = (await deliveriesTo(world, world.consumer)).length;
  await publish(world, type);
  await until(async () => {
    const all = await deliveriesTo(world, world.consumer);
    return all.length === before + 2 && all.every(({ status }) => status === "Dispatched");
  });
  return true;
}

test("it prints what came before, then what comes, each once", async () => {
  let waits = 0;
  const { code, out } = await zekt(["tail", "initech/consumer", "--every", "1"], {
    wait: () => {
      waits += 1;
      if (waits === 2) return publishAndWait("second");
      return waits < 5;
    },
  });
  expect(code).toBe(0);
  const lines = out.trimEnd().split("\n");
  expect(lines).toHaveLength(4);
  expect(lines.filter((line) => line.includes("second"))).toHaveLength(1);
  expect(lines.slice(0, 2).join()).toContain("first");
});

test("--last 0 begins with what comes; --json prints a delivery a line", async () => {
  let waits = 0;
  const { out } = await zekt(
    ["tail", "initech/consumer", "--last", "0", "--json", "--event-type", "third", "--every", "1"],
    {
      wait: () => {
        waits += 1;
        return waits === 1 ? publishAndWait("third") : false;
      },
    },
  );
  const lines = out.trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line).eventType)).toEqual(["third"]);
});

test("it follows the stream of changes, and asks only where something changed", async () => {
  let published: Promise<true> | null = null;
  const { code, out, err } = await zekt(
    ["tail", "initech/consumer", "--last", "0", "--event-type", "fourth"],
    {
      wait: (_, signal) => {
        if (!signal) return true;
        if (published === null) published = publishAndWait("fourth");
        else if (published)
          return Promise.race([changed(signal), published.then(() => changed(signal, 500))]);
        return changed(signal);
      },
    },
  );
  expect({ code, err: err.split("\n").length }).toEqual({ code: 0, err: 2 });
  expect(out.split("\n").some((line) => line.includes("Dispatched"))).toBe(true);
  expect(out.match(/fourth/g)?.length).toBeLessThan(5);
});

/** Resolves to true at the signal, and to false where it does not come within some milliseconds. */
const changed = (signal: AbortSignal, ms = 10_000): Promise<boolean> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms);
    const over = () => {
      clearTimeout(timer);
      resolve(true);
    };
    if (signal.aborted) over();
    signal.addEventListener("abort", over);
  });

test("while nothing changes Zekt sends no list", async () => {
  const { createServer } = await import("node:http");
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    if (request.url?.startsWith("/api/repositories"))
      return response.end(JSON.stringify({ items: [repository], cursor: null }));
    if (request.url === "/api/changes") return response.writeHead(204).end();
    asked.push(request.headers["if-none-match"]);
    if (request.headers["if-none-match"] === '"a"') return response.writeHead(304).end();
    return response.setHeader("etag", '"a"').end(JSON.stringify({ items: [], cursor: null }));
  });
  const repository = { repositoryId: "1", fullName: "initech/consumer", consumer: true, provider: false };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  let waits = 0;
  const ran = await zekt(["tail", "initech/consumer", "--url", url], { wait: () => ++waits < 3 });
  server.close();
  expect(ran).toMatchObject({ code: 0, out: "" });
  expect(asked).toEqual([undefined, '"a"', '"a"']);
});

test("a Zekt that cannot be reached is tried again, ever later, and said once", async () => {
  const { createServer } = await import("node:http");
  let isUp = true;
  const server = createServer((request, response) => {
    const items = request.url?.startsWith("/api/repositories")
      ? [{ repositoryId: "1", fullName: "initech/consumer", consumer: true }]
      : [];
    if (!isUp) response.writeHead(503);
    response.end(JSON.stringify({ items, cursor: null }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  const waits: number[] = [];
  const { code, err } = await zekt(["tail", "initech/consumer", "--url", url], {
    wait(ms) {
      waits.push(ms);
      isUp = waits.length === 3;
      return waits.length < 4;
    },
  });
  server.close();
  expect(code).toBe(0);
  expect(waits).toEqual([2000, 4000, 8000, 2000]);
  expect(err.match(/Trying again/g)).toHaveLength(1);
  expect(err).toContain("Zekt answers again.");
});

test("a repository that one may not see ends it", async () => {
  expect(await zekt(["tail", "acme/provider"])).toMatchObject({ code: 1, out: "" });
  expect(await zekt(["tail", "initech/consumer", "--every", "0"])).toMatchObject({ code: 2 });
});
