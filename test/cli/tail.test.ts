import { createHash } from "node:crypto";
import { createServer, type RequestListener } from "node:http";
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

/** Serves a list of deliveries, newest first, by pages of 100, and counts what was asked for. */
async function serveList(changes: RequestListener = (_, response) => void response.writeHead(204).end()) {
  const all: { deliveryId: string; status: string; isFinalized: boolean }[] = [];
  const asked: string[] = [];
  const tokens = new Set<string | undefined>();
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://zekt");
    tokens.add(request.headers.authorization);
    if (pathname === "/api/repositories") {
      const repository = { repositoryId: "1", fullName: "initech/consumer", consumer: true };
      return void response.end(JSON.stringify({ items: [repository], cursor: null }));
    }
    if (pathname === "/api/changes") return changes(request, response);
    asked.push(searchParams.get("cursor") ?? "");
    const newestFirst = all.toReversed();
    const after = searchParams.get("cursor");
    const from = after === null ? 0 : newestFirst.findIndex(({ deliveryId }) => deliveryId === after) + 1;
    const items = newestFirst.slice(from, from + 100).map((one) => ({ ...buildDelivery(), ...one }));
    const cursor = from + 100 < all.length ? items.at(-1)?.deliveryId : null;
    const body = JSON.stringify({ items, cursor });
    const etag = `"${createHash("sha256").update(body).digest("hex")}"`;
    response.setHeader("etag", etag);
    if (request.headers["if-none-match"] === etag) return void response.writeHead(304).end();
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  const add = (count: number, isFinalized = true): void => {
    const status = isFinalized ? "Dispatched" : "Pending";
    for (let n = 0; n < count; n++) all.push({ deliveryId: `delivery-${all.length}`, status, isFinalized });
  };
  return { url, all, asked, tokens, add, close };
}

const buildDelivery = () => ({
  createdAt: "2026-01-31T09:30:00.000Z",
  eventType: "release",
  service: { name: "acme/provider/releases", alias: false },
  consumer: { repositoryId: "1", fullName: "initech/consumer" },
});

/** Reads the deliveries that were printed as JSON, one a line. */
const deliveriesIn = (out: string): { deliveryId: string; status: string }[] =>
  out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

test("of an event with 250 consumers each delivery is printed", async () => {
  const list = await serveList();
  list.add(120);
  let waits = 0;
  const { out } = await zekt(["tail", "initech/consumer", "--url", list.url, "--last", "0", "--json"], {
    wait: () => {
      waits += 1;
      if (waits === 2) list.add(250);
      return waits < 4;
    },
  });
  list.close();
  const printed = deliveriesIn(out).map(({ deliveryId }) => deliveryId);
  expect(printed).toEqual(list.all.slice(120).map(({ deliveryId }) => deliveryId));
  // One page while nothing is new, and all that are needed once something is.
  expect(list.asked.map((cursor) => cursor !== "")).toEqual([false, false, false, true, true, false]);
});

test("one that has not ended is followed though others came after it", async () => {
  const list = await serveList();
  list.add(1, false);
  let waits = 0;
  const { out } = await zekt(["tail", "initech/consumer", "--url", list.url, "--json"], {
    wait: () => {
      waits += 1;
      if (waits === 1) list.add(150);
      if (waits === 2) Object.assign(list.all[0] as object, { status: "Failed", isFinalized: true });
      return waits < 5;
    },
  });
  list.close();
  const of = deliveriesIn(out);
  const first = of.filter(({ deliveryId }) => deliveryId === "delivery-0");
  expect(first.map(({ status }) => status)).toEqual(["Pending", "Failed"]);
  expect(of).toHaveLength(152);
  // Once it has ended one page is enough again.
  expect(list.asked.slice(-2)).toEqual(["", ""]);
});

test("what came before it began is not printed because one beside it is followed", async () => {
  const list = await serveList();
  list.add(200);
  list.add(1, false);
  list.add(99);
  let waits = 0;
  const { out } = await zekt(["tail", "initech/consumer", "--url", list.url, "--last", "0", "--json"], {
    wait: () => {
      waits += 1;
      if (waits === 1) list.add(1);
      if (waits === 2) Object.assign(list.all[200] as object, { status: "Failed", isFinalized: true });
      return waits < 4;
    },
  });
  list.close();
  const printed = deliveriesIn(out).map(({ deliveryId }) => deliveryId);
  expect(printed).toEqual(["delivery-300", "delivery-200"]);
});

test("what changes while a stream is opened again is printed at once", async () => {
  let streams = 0;
  const list = await serveList((_, response) => {
    streams += 1;
    // The first is cut off with the server, and no stream announces what comes before the next.
    if (streams === 2) return void response.writeHead(503).end();
    if (streams === 3) list.add(1);
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(": here\n\n");
    if (streams === 1) response.end();
  });
  let looks = 0;
  const { code, out } = await zekt(["tail", "initech/consumer", "--url", list.url, "--json"], {
    wait: (_, signal) => (signal ? streams < 3 && changed(signal) : ++looks < 5),
  });
  list.close();
  expect({ code, streams, printed: out.match(/delivery-0/g)?.length }).toEqual({
    code: 0,
    streams: 3,
    printed: 1,
  });
});

test("a stream that cannot be opened at the beginning is tried again", async () => {
  let streams = 0;
  const list = await serveList((_, response) => {
    streams += 1;
    if (streams === 1) return void response.destroy();
    if (streams < 4) return void response.writeHead(streams === 2 ? 503 : 429).end();
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(": here\n\n");
  });
  const pauses: number[] = [];
  const { code, err } = await zekt(["tail", "initech/consumer", "--url", list.url], {
    wait(ms, signal) {
      if (signal) return streams < 4 && changed(signal);
      return pauses.push(ms) < 10;
    },
  });
  list.close();
  expect({ code, streams, pauses }).toEqual({ code: 0, streams: 4, pauses: [2000, 2000, 2000] });
  expect(err).not.toContain("Trying again");
});

test("changes that come while it reads are read together", async () => {
  const list = await serveList((_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (let n = 0; n < 500; n++) response.write('event: change\ndata: {"repositories":["1"]}\n\n');
  });
  const ended = Promise.withResolvers<boolean>();
  setTimeout(() => ended.resolve(false), 2000);
  const { code } = await zekt(["tail", "initech/consumer", "--url", list.url], {
    wait: (ms, signal) =>
      signal
        ? Promise.race([changed(signal), ended.promise])
        : new Promise((resolve) => setTimeout(resolve, ms, true)),
  });
  list.close();
  expect(code).toBe(0);
  expect(list.asked.length).toBeLessThan(6);
});

test("a limit of GitHub's is waited for, and a stream that Zekt closed is opened again", async () => {
  let streams = 0;
  const list = await serveList((_, response) => {
    streams += 1;
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(": here\n\n");
  });
  let waits = 0;
  const { code } = await zekt(["tail", "initech/consumer", "--url", list.url], {
    wait: (_, signal) => (signal ? changed(signal) : ++waits < 4),
  });
  list.close();
  // Not at once: a proxy may end each.
  expect({ code, streams, looks: list.asked.length }).toEqual({ code: 0, streams: 4, looks: 4 });

  const limited = createServer((request, response) => {
    if (request.url?.startsWith("/api/repositories")) {
      const repository = { repositoryId: "1", fullName: "initech/consumer", consumer: true };
      return void response.end(JSON.stringify({ items: [repository], cursor: null }));
    }
    if (request.url === "/api/changes") return void response.writeHead(204).end();
    response.writeHead(429).end(JSON.stringify({ detail: "GitHub's rate limit is used up." }));
  });
  await new Promise<void>((resolve) => limited.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(limited.address() as { port: number }).port}`;
  let tries = 0;
  const ran = await zekt(["tail", "initech/consumer", "--url", url], { wait: () => ++tries < 3 });
  limited.close();
  expect(ran).toMatchObject({ code: 0, out: "" });
  expect(ran.err).toContain("GitHub's rate limit is used up. Trying again.");
});

test("a repository that one may not see ends it", async () => {
  expect(await zekt(["tail", "acme/provider"])).toMatchObject({ code: 1, out: "" });
  expect(await zekt(["tail", "initech/consumer", "--every", "0"])).toMatchObject({ code: 2 });
});
