import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { GitHub } from "../../app/github/client.ts";
import { dispatch } from "../../app/github/dispatch.ts";
import { outageOf } from "../../app/github/outage.ts";
import { Requests, withinTime } from "../../app/github/requests.ts";

/* Work that a function cuts off at its time limit asks GitHub for nothing that might take it beyond. */

/** A GitHub that answers so, and the addresses that it was asked for. */
function answering(...answers: Response[]) {
  const asked: string[] = [];
  const send: typeof fetch = async (url) => {
    asked.push(String(url));
    return answers.shift() ?? Response.json({});
  };
  return { asked, fetch: send };
}

test("a request that might outlast its work is not sent, and the work is to go on later", async () => {
  const github = answering();
  const client = new Requests(github).client("https://github.test", { quota: "owner 1" });
  const ask = () => client.request("GET /app");
  const error = await withinTime(9_900, ask).catch((thrown: unknown) => thrown);
  expect(outageOf(error)).toMatchObject({
    code: "unavailable",
    message: "GitHub took too long; try again in a minute.",
    retryAfter: 30,
  });
  expect(github.asked).toEqual([]);
  // That says nothing of the quota, nor of other work.
  await ask();
  await withinTime(10_500, ask);
  expect(github.asked).toHaveLength(2);
});

test("no further try begins that might outlast the work", async () => {
  const bad = () => Response.json({ message: "Bad Gateway" }, { status: 502 });
  const waited: number[] = [];
  const wait = async (ms: number) => void waited.push(ms);
  const github = answering(bad(), bad());
  const requests = new Requests({ ...github, wait });
  const ask = () => requests.send("https://github.test/", {}, { quota: "owner 1" });
  expect((await withinTime(10_900, ask)).status).toBe(502);
  expect([github.asked.length, waited]).toEqual([1, []]);
  expect((await withinTime(11_900, ask)).status).toBe(200);
  expect([github.asked.length, waited]).toEqual([3, [1000]]);
});

test("a dispatch has longer, and one that might outlast its work is no attempt that GitHub may have", async () => {
  const github = answering(new Response(null, { status: 204 }));
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const client = new GitHub({ apiUrl: "https://github.test", appId: "1", privateKey }, github);
  const minted = { token: "t", mintedAt: 0 };
  const installation = { installationId: "1", ownerId: "1" };
  const access = { minted, renew: async () => minted, installation };
  const body = { event_type: "built", client_payload: {} };
  const now = () => 0;
  const post = () => dispatch(client, access, "1", body, now);
  expect(await withinTime(14_900, post)).toMatchObject({ outcome: "limited", retryAt: 30_000 });
  expect(github.asked).toEqual([]);
  expect(await withinTime(15_500, post)).toMatchObject({ outcome: "dispatched" });
});

test("what waits for a place waits no longer than its work may", async () => {
  const requests = new Requests({ atOnce: 1, fetch: () => new Promise(() => {}) });
  const options = { quota: "owner 1", repeats: "never" as const };
  void requests.send("https://github.test/1", {}, options).catch(() => {});
  await new Promise(setImmediate);
  const began = performance.now();
  const second = withinTime(10_100, () => requests.send("https://github.test/2", {}, options));
  expect((await second).status).toBe(429);
  expect(performance.now() - began).toBeLessThan(1000);
});
