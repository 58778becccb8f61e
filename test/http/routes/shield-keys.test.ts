import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exportAtOnce } from "../../../app/steps/installations/export-owner.ts";
import { bringOn, callAs, startWorld, tokenOf, WORKFLOW, type World } from "../../../harness/world.ts";
import type { Call } from "../client.ts";
import { documentedClient } from "../documented.ts";

let world: World;
let call: Call;
let path: string;

beforeAll(async () => {
  world = await startWorld();
  call = await documentedClient(world);
  path = `/repositories/${world.consumer}/keys`;
});
afterAll(() => world.close());

const pair = () => generateKeyPairSync("x25519");
const publicKey = () => pair().publicKey.export({ format: "jwk" });
const add = (key: unknown, login = "initech-dev") => call(login, path, { method: "POST", body: { key } });
const remove = (kid: string, login = "initech-dev") => call(login, `${path}/${kid}`, { method: "DELETE" });
const list = async () => (await call("initech-dev", path)).json.items as { kid: string }[];
const clear = async () => {
  for (const { kid } of await list()) await remove(kid);
};

/** Asks for a message's keys as a step of a new run. */
async function askKeys(repository = "acme/provider", change: object = {}) {
  const run = await world.github.control.startRun({ repository, workflow: WORKFLOW });
  const body = { eventType: "built", ...change };
  return await callAs(world, await tokenOf(world, run.id), "POST", "/events/keys", body);
}

test("a key is registered, listed with who did it and when, and removed; the trail has both", async () => {
  const jwk = publicKey();
  const added = await add(jwk);
  expect(added).toMatchObject({ status: 201, json: { jwk, addedBy: "initech-dev" } });
  const { kid } = added.json;
  expect(await list()).toEqual([added.json]);
  // The same again is the same key, which nobody added anew.
  expect((await add(jwk)).json).toEqual(added.json);
  expect(await remove(kid)).toMatchObject({ status: 204 });
  expect(await list()).toEqual([]);
  expect(await remove(kid)).toMatchObject({ status: 404 });
  const { json } = await call("initech-dev", `/repositories/${world.consumer}/audit`);
  const trail = json.items.filter(({ action }: { action: string }) => action.startsWith("key-"));
  expect(trail).toMatchObject([
    { action: "key-removed", subject: kid, by: "initech-dev", via: "api" },
    { action: "key-added", subject: kid, by: "initech-dev", detail: "X25519" },
  ]);
});

test("a private key is refused, and is in no answer and no store", async () => {
  const jwk = pair().privateKey.export({ format: "jwk" });
  const { status, json, text } = await add(jwk);
  expect([status, json.errors[0].pointer]).toEqual([400, "/key"]);
  expect(text).not.toContain(jwk.d);
  expect(await list()).toEqual([]);
});

test("only who may change the repository changes its keys, and strangers see none", async () => {
  const { kid } = (await add(publicKey())).json;
  for (const login of ["acme-dev", null]) {
    const statuses = [call(login, path), add(publicKey(), login as never), remove(kid, login as never)];
    for (const { status } of await Promise.all(statuses)) expect(status).toBe(login === null ? 401 : 404);
  }
  expect((await list()).map((one) => one.kid)).toEqual([kid]);
  await clear();
});

test("a repository has at most five keys, and several added at once are all there", async () => {
  const added = await Promise.all(Array.from({ length: 5 }, () => add(publicKey())));
  expect(added.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
  expect(await list()).toHaveLength(5);
  expect(await add(publicKey())).toMatchObject({
    status: 409,
    json: { detail: expect.stringContaining("5 keys") },
  });
  await clear();
});

test("an export has the keys with who registered them", async () => {
  const { kid } = (await add(publicKey())).json;
  const { ownerId } = (await world.server.deps.store.accounts.getRepository(world.consumer)) ?? {};
  const text = (await exportAtOnce(world.server.deps, ownerId as string)) as string;
  const [{ repository }] = JSON.parse(text).repositories;
  expect(repository.shieldKeys).toEqual([expect.objectContaining({ kid, addedBy: "initech-dev" })]);
  await clear();
});

test("the preflight names the key that a service's messages need", async () => {
  const demand = (shield: string) =>
    call("acme-dev", `/services/${world.serviceId}`, { method: "PATCH", body: { shield } });
  const missing = async () =>
    (await call("initech-dev", `/subscriptions/${world.subscriptionId}/preflight`)).json.obstacles.filter(
      ({ code }: { code: string }) => code === "no-key",
    );
  expect(await missing()).toEqual([]);
  expect((await demand("required")).json.shield).toBe("required");
  expect(await missing()).toMatchObject([
    {
      message: expect.stringContaining("initech/consumer has no key"),
      link: expect.stringMatching(/\/console\/consumer\/\d+\/keys$/),
    },
  ]);
  await add(publicKey());
  expect(await missing()).toEqual([]);
  await demand("optional");
  await clear();
});

test("a step of the provider's run gets the keys and nothing else; no other run does", async () => {
  expect(await askKeys()).toMatchObject({
    status: 409,
    json: { detail: expect.stringMatching(/^initech\/consumer has no key, /), message: expect.any(String) },
  });
  const { kid, jwk } = (await add(publicKey())).json;
  const asked = await askKeys();
  expect([asked.status, asked.json]).toEqual([
    200,
    { eventType: "built", keys: [{ kid, jwk }], subscriptions: 1, types: [], blocked: null },
  ]);
  // Another's run, even a consumer's own, and anyone without a token of a run.
  await bringOn(world, "hooli/other");
  for (const other of ["initech/consumer", "hooli/other"]) {
    const { status, text } = await askKeys(other);
    expect(status).toBe(403);
    expect(text).not.toContain(kid);
  }
  const unsigned = await callAs(world, "", "POST", "/events/keys", { eventType: "built" });
  expect(unsigned.status).toBe(401);
  const user = await call("acme-dev", "/events/keys", { method: "POST", body: { eventType: "built" } });
  expect(user.status).toBe(401);
  expect((await askKeys("acme/provider", { eventType: "zekt-workflow-completed" })).status).toBe(400);
  await clear();
});
