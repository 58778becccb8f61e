import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { renewConnections } from "../../app/lambda/renew-connections.ts";

/** The sockets on which requests came, in their order. */
let used: Socket[];
let server: Server;
let url: string;
const ask = async (): Promise<void> => {
  const answer = await fetch(url, { method: "POST", body: "{}" });
  await answer.text();
  // The connection is free for the next request a turn later.
  await turn();
};

beforeEach(async () => {
  used = [];
  server = createServer((incoming, answer) => {
    used.push(incoming.socket);
    incoming.resume().on("end", () => answer.end("{}"));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

test("a call that comes long after the one before sends on no connection of before", async () => {
  let now = Date.now();
  renewConnections(now);
  await ask();
  // Frozen: nothing in the process goes on meanwhile, the library's timers among it.
  now += 10_000;
  renewConnections(now);
  await ask();
  expect(new Set(used).size).toBe(2);
});

test("calls that follow each other send on the same connection", async () => {
  const now = Date.now() + 60_000;
  renewConnections(now);
  await ask();
  renewConnections(now + 500);
  await ask();
  expect(new Set(used).size).toBe(1);
});

test("what is under way on a connection goes on there", async () => {
  const now = Date.now() + 120_000;
  renewConnections(now);
  const asked = ask();
  renewConnections(now + 10_000);
  await asked;
  await ask();
  expect(new Set(used).size).toBe(2);
});
